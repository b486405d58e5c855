"""Who may do what in the console: roles as a table of permissions, read by pages, tests and documentation alike."""

from __future__ import annotations

from typing import Final

ROLES: Final = ("owner", "developer", "finance", "analyst", "reviewer")

# Permission → the roles of a business unit that have it. A platform administrator has all of them in every unit.
PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    "unit.read": frozenset(ROLES),
    "unit.write": frozenset({"owner"}),
    "people.read": frozenset(ROLES),
    "people.write": frozenset({"owner"}),
    "scenarios.read": frozenset(ROLES),
    "scenarios.write": frozenset({"owner", "developer"}),
    "scenarios.request_live": frozenset({"owner", "developer"}),
    "scenarios.approve": frozenset({"owner", "reviewer"}),
    "experiments.read": frozenset(ROLES),
    "experiments.write": frozenset({"owner", "developer"}),
    "keys.read": frozenset({"owner", "developer"}),
    "keys.write": frozenset({"owner", "developer"}),
    "requests.read": frozenset({"owner", "developer"}),
    "webhooks.read": frozenset({"owner", "developer"}),
    "webhooks.write": frozenset({"owner", "developer"}),
    "simulator.use": frozenset({"owner", "developer"}),
    "simulator.clock": frozenset(),  # one clock for all units, so it is the platform administrators' own
    "payments.read": frozenset({"owner", "developer", "finance", "analyst"}),
    "payments.export": frozenset({"owner", "finance", "analyst"}),
    "refunds.write": frozenset({"owner", "finance"}),
    "members.read": frozenset({"owner", "finance"}),
    "members.write": frozenset({"owner", "finance"}),
    "settlement.read": frozenset({"owner", "finance", "analyst"}),
    "settlement.approve": frozenset({"owner", "finance"}),
    "payouts.read": frozenset({"owner", "finance", "analyst"}),
    "payouts.approve": frozenset({"owner", "finance"}),
    "reconciliation.read": frozenset({"owner", "finance", "analyst"}),
    "reconciliation.resolve": frozenset({"owner", "finance"}),
    "ledger.read": frozenset({"owner", "finance", "analyst"}),
    "ledger.adjust": frozenset({"owner", "finance"}),
    "transactions.read": frozenset({"owner", "finance", "analyst"}),
    "transactions.write": frozenset({"owner", "finance"}),
    "messages.read": frozenset({"owner"}),  # an invitation among them is the right to use it
    "audit.read": frozenset({"owner", "reviewer"}),
}


def may(role: str | None, permission: str, *, is_admin: bool = False) -> bool:
    """Whether this role has this permission. An unknown permission is a mistake of ours and raises KeyError."""
    return is_admin or role in PERMISSIONS[permission]
