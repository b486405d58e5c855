"""The clearing rule of a new transaction: what the scenario says and what was agreed with the payee, pinned."""

from __future__ import annotations

from typing import Any

from checkstand.app.platform import Platform
from checkstand.clearing import ClearingRule, FeeRule, RuleDoesNotSum, SplitRule, excess, rule_to_json
from checkstand.clearing.errors import ReceiverUnknown
from checkstand.member import find_member, get_member, member
from checkstand.member.settlement_profile import Profile, get_profile, settlement_profile
from checkstand.scenario.plan import Plan


def pinned_rule(
    platform: Platform, plan: Plan, tenant_id: str, mode: str, payee: str, amount_minor: int
) -> dict[str, Any]:
    """As it is stored on the transaction. Raises `RuleDoesNotSum` when this amount cannot bear the fee and the shares.

    It is refused before anybody pays: once the money is here, it has to be somebody's.
    """
    rule = _rule(platform, plan, tenant_id, mode, payee)
    over = excess(rule, amount_minor)
    if over > 0:
        raise RuleDoesNotSum(
            f"scenario {plan.scenario_id}: fee and shares are {over} minor units more than {amount_minor}",
            pointer="/amount/minor",
            over_minor=over,
        )
    return rule_to_json(rule)


def _rule(platform: Platform, plan: Plan, tenant_id: str, mode: str, payee: str) -> ClearingRule:
    profile = _profile(platform, tenant_id, mode, payee)
    fee = plan.fee
    return ClearingRule(
        FeeRule(fee.rate_ppm, fee.min_minor, fee.max_minor, fee.bearer, fee.timing, fee.rounding),
        tuple(
            SplitRule(
                each.id, _receiver(platform, tenant_id, mode, each.id, each.member), each.rate_ppm, each.amount_minor
            )
            for each in plan.splits
        ),
        profile.reserve_ppm,
        profile.reserve_days,
        # A profile is an agreement with the payee; without one the scenario says when its sales are settled.
        profile.cycle_days if profile.version else int(plan.settlement_cycle.removeprefix("T+")),
    )


def _profile(platform: Platform, tenant_id: str, mode: str, owner_id: str) -> Profile:
    def read() -> Profile:
        with platform.db.read() as connection:
            return get_profile(connection, tenant_id, mode, owner_id)

    return platform.memory.recall(("settlement_profile", tenant_id, mode, owner_id), (settlement_profile,), read)


def _receiver(platform: Platform, tenant_id: str, mode: str, split_id: str, named: str) -> str:
    """The member behind a share: named by our id, or by the business unit's own."""

    def read() -> str | None:
        with platform.db.read() as connection:
            row = get_member(connection, tenant_id, named) or find_member(connection, tenant_id, mode, named)
        return row.member_id if row is not None and row.mode == mode and row.status == "active" else None

    found = platform.memory.recall(("split_receiver", tenant_id, mode, named), (member,), read)
    if found is None:
        raise ReceiverUnknown(f"settlement.splits, share {split_id}: no active member {named!r} in {mode} mode")
    return found
