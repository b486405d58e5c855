"""The saga of a composite payment that took money and cannot be completed (money.md §4.3, F9).

It runs outside the order: each leg that has paid gets a refund of its own, the payment is COMPENSATING until
all of them are with the payer and then FAILED. A refund that fails for good makes it MANUAL: the money stays
on 2201 until a person has paid it out.

With one external leg, as scenarios allow, that happens when the order was paid otherwise while this payment
was open. An external success after the hold was released is no case for the saga: the payment is FAILED or
CLOSED by then, and late money goes back by itself (F10).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app import leg_writes, refund_writes
from checkstand.app.attempt_writes import tell_payment
from checkstand.app.case import Case, Leg
from checkstand.app.edges import edge
from checkstand.app.facts import payment_facts
from checkstand.infra.ops import Op, Update
from checkstand.kernel import new_id
from checkstand.monitoring import event_op
from checkstand.payment import PaymentEvent, PaymentState, RefundEvent, payment

CAUSE: Final = "compensation"


def compensate(case: Case, taken: Sequence[Leg], reason: str, now: datetime) -> WriteSet:
    """J9.5 for what was set aside and J9.7 for every leg that has paid; the refunds go out as jobs."""
    writes = WriteSet(ops=edge("payment", case.payment, PaymentEvent.COMPENSATE, now, values={"reason": reason}))
    writes += leg_writes.release(case, now)
    for leg in taken:
        number, minor = new_id("rfd"), leg.row.amount_minor
        new = refund_writes.NewRefund(number, number, minor, leg.row.currency, 0, CAUSE, f"{reason} payment")
        writes += refund_writes.reserve(replace(case, attempt=leg.attempt), new, now, captured_minor=minor)
    return writes


def refunded(case: Case, row: Row[Any], at: datetime, now: datetime, channel_refund_no: str | None) -> WriteSet:
    """J9.8: one leg's money is back. With the last one the payment has failed, and the merchant is told."""
    writes = refund_writes.succeeded(case, row, at, now, channel_refund_no)
    paid = case.payment
    if paid.refunded_minor + row.amount_minor < paid.captured_minor:
        key = {"tenant_id": case.tenant_id, "payment_id": paid.payment_id}
        # Two refunds that succeed at once must see each other, or neither would be the last.
        return writes + WriteSet(ops=[Update(payment, key, add={"version": 1}, guard={"version": paid.version})])
    ops: list[Op] = [
        *edge("payment", paid, PaymentEvent.COMPENSATED, now),
        event_op("pay_fail", case.tenant_id, paid.mode, now, error_code=paid.reason, **case.event_fields()),
        *tell_payment(case, "payment.failed", payment_facts(case, "FAILED", reason=paid.reason), now),
    ]
    return writes + WriteSet(ops=ops)


def hand_over(case: Case, row: Row[Any], failure: str, now: datetime) -> WriteSet:
    """The channel will not give it back: nothing is undone, a person pays it out."""
    ops = edge("refund", row, RefundEvent.HAND_OVER, now, values={"failure": failure})
    if case.payment.status == PaymentState.COMPENSATING:
        ops += edge("payment", case.payment, PaymentEvent.GIVE_UP, now)
    return WriteSet(ops=ops)
