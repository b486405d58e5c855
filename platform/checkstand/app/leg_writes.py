"""What is written on the legs of a composite payment: set aside, spent, released, given back (F9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from checkstand.accounting import WriteSet, journals
from checkstand.accounting.composite_journals import NOTHING_HELD, Held
from checkstand.app.case import Case, Leg
from checkstand.app.edges import edge
from checkstand.infra.ops import Op, Update
from checkstand.kernel import must
from checkstand.payment import AttemptEvent, AttemptState, payment_leg

RELEASED = "released"  # why an internal attempt is CLOSED: the member can spend the amount again


def held(case: Case) -> Held:
    """What the internal leg has set aside; the hold carries the attempt's number."""
    waiting = [Held(leg.row.attempt_id, leg.row.member_id, leg.row.amount_minor) for leg in _waiting(case)]
    must(len(waiting) <= 1, "one balance pays a part", payment=case.payment.payment_id)
    return waiting[0] if waiting else NOTHING_HELD


def spend(case: Case, at: datetime, now: datetime) -> list[Op]:
    """All legs commit together: the internal attempts succeed, and every leg has paid its part."""
    ops: list[Op] = []
    for leg in _waiting(case):
        ops += edge("attempt", leg.attempt, AttemptEvent.SUCCEED, now, values={"succeeded_at": at})
    for leg in case.legs:
        ops += capture(leg)
    return ops


def capture(leg: Leg | None) -> list[Op]:
    """The leg has paid; once only, whether alone before the others or together with them."""
    if leg is None or leg.row.captured_minor:
        return []
    return [_change(leg, {"captured_minor": leg.row.amount_minor})]


def release(case: Case, now: datetime) -> WriteSet:
    """J9.5: the payment will not be completed; what was set aside goes back into the balance."""
    writes = WriteSet()
    for leg in _waiting(case):
        released = journals.hold_release(
            case.tenant_id,
            hold_id=leg.row.attempt_id,
            member_id=leg.row.member_id,
            currency=leg.row.currency,
            amount_minor=leg.row.amount_minor,
            event_at=now,
        )
        ops = edge("attempt", leg.attempt, AttemptEvent.CLOSE_DONE, now, values={"reason": RELEASED})
        writes += WriteSet(ops=ops, journals=[released])
    return writes


def give_back(case: Case, external_minor: int, internal_minor: int, *, captured_minor: int = 0) -> list[Op]:
    """Reserve a refund's parts on their legs (negative: take the reservation back); the CHECK of the table guards.

    `captured_minor` comes with money that arrives and goes back in one commit.
    """
    ops: list[Op] = []
    own = case.own_leg
    if own is not None and not own.internal and external_minor:
        fresh = captured_minor if not own.row.captured_minor else 0
        ops.append(_change(own, {"captured_minor": fresh, "refund_reserved_minor": external_minor}))
    inner = next((leg for leg in case.legs if leg.internal), None)
    if inner is not None and internal_minor:
        ops.append(_change(inner, {"refund_reserved_minor": internal_minor}))
    return ops


def _waiting(case: Case) -> list[Leg]:
    return [leg for leg in case.legs if leg.internal and leg.status == AttemptState.ACCEPTED]


def _change(leg: Leg, add: Mapping[str, Any]) -> Op:
    key = {"tenant_id": leg.row.tenant_id, "payment_id": leg.row.payment_id, "leg": leg.row.leg}
    return Update(payment_leg, key, add=add)
