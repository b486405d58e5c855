"""Whose accounts a checkout is booked to: the business unit's own merchant, an enterprise member, or who recharges.

The rows that are looked at here are guarded in the commit that makes the checkout: a payee that is frozen in this
moment gets no new one, and a member that is closed has none open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from checkstand.app.platform import Platform
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError, Kind, present
from checkstand.member import find_member, get_member, member_op, require_active, still_active
from checkstand.member.abilities import require_ability
from checkstand.member.enterprise import get_enterprise
from checkstand.member.merchant import merchant_owner
from checkstand.scenario.plan import Plan


class PayeeUnknown(CheckstandError):
    code = "session.payee_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such payee."
    remedy = "Name an enterprise member of your business unit in this mode, or leave `payee` out to sell yourself."


class PayeeTakesNone(CheckstandError):
    code = "session.payee_takes_none"
    kind = Kind.CONFLICT
    message = "The payee takes none of this scenario's payment methods."
    remedy = "Permit one of the methods on the member's page in the console, or use another scenario."


class RechargeHasNoPayee(CheckstandError):
    code = "session.recharge_has_no_payee"
    message = "A recharge goes to the shopper's own balance, so it has no payee."
    remedy = "Leave `payee` out, or use a scenario that sells something."


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is credited, and the writes that keep that true or make the member."""

    owner_id: str
    ops: tuple[Op, ...] = ()


def payee_of(
    platform: Platform, plan: Plan, *, tenant_id: str, mode: str, payee: str | None, shopper_id: str | None
) -> Payee:
    """Raises `PayeeUnknown`, `PayeeTakesNone`, `RechargeHasNoPayee`, and what a frozen or closed member raises."""
    if plan.mode == "recharge":
        if payee is not None:
            raise RechargeHasNoPayee(pointer="/payee")
        return _recharged(platform, tenant_id, mode, str(shopper_id))
    if payee is None:
        return Payee(merchant_owner(tenant_id, mode))
    with platform.db.read() as connection:
        return _enterprise(connection, plan, tenant_id, mode, payee)


def payee_methods(connection: Connection, tenant_id: str, payee_id: str | None) -> frozenset[str] | None:
    """The method types that this payee takes; None for all."""
    known = get_enterprise(connection, tenant_id, payee_id) if payee_id is not None else None
    return None if known is None or known.method_types is None else frozenset(known.method_types)


def _recharged(platform: Platform, tenant_id: str, mode: str, external_id: str) -> Payee:
    with platform.db.read() as connection:
        known = find_member(connection, tenant_id, mode, external_id)
        if known is not None:
            require_active(known)
            require_ability(connection, known, "recharge")
            return Payee(known.member_id, (still_active(known),))
    member_id, op = member_op(tenant_id, mode, external_id, platform.clock.now())
    return Payee(member_id, (op,))


def _enterprise(connection: Connection, plan: Plan, tenant_id: str, mode: str, payee: str) -> Payee:
    row = get_member(connection, tenant_id, payee)
    if row is None or row.mode != mode or row.kind != "enterprise":
        raise PayeeUnknown(pointer="/payee", payee=payee)
    require_active(row)
    known = present(get_enterprise(connection, tenant_id, payee), "an enterprise member is known", payee=payee)
    taken = known.method_types
    if taken is not None and not any(method.type in taken for method in plan.methods):
        raise PayeeTakesNone(pointer="/payee", payee=payee)
    owner: Row[Any] = row
    if known.settlement_owner_id != payee:
        whole = "an enterprise's settlement owner is a member"
        owner = present(get_member(connection, tenant_id, known.settlement_owner_id), whole, payee=payee)
        require_active(owner)
    guards = {each.member_id: still_active(each) for each in (row, owner)}
    return Payee(owner.member_id, tuple(guards.values()))
