"""What the outcome of one external leg means for a composite payment: a pure decision (money.md §4.3).

A scenario allows one external leg, so the rows with "another external leg" do not come from the cashier;
they decide all the same, because a payment that was begun is finished by whatever its rows say.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from checkstand.accounting import Journal, WriteSet
from checkstand.app import attempt_writes, leg_writes
from checkstand.app.case import Case, Leg
from checkstand.app.compensate_payment import compensate
from checkstand.app.edges import edge
from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Edge, Op, Update
from checkstand.kernel import present
from checkstand.payment import OPEN_ATTEMPT, AttemptEvent, AttemptState, PaymentEvent, PaymentState, attempt, payment

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkstand.app.evidence import Evidence

    Alone = Callable[[Case, Evidence, datetime], WriteSet]

A = AttemptState
OPEN_ORDER: Final = ("CREATED", "PAYING", "CLOSING")


def succeeded(case: Case, evidence: Evidence, now: datetime) -> WriteSet:
    """This leg's money is there in time: complete the payment, wait for the other leg, or give all back."""
    at = evidence.occurred_at or now
    others = _others(case)
    wanted = case.order.status in OPEN_ORDER and all(leg.status in (*OPEN_ATTEMPT, A.SUCCEEDED) for leg in others)
    if wanted and all(leg.status == A.SUCCEEDED for leg in others):
        return attempt_writes.succeeded(case, evidence, now) + WriteSet(ops=leg_writes.spend(case, at, now))
    leg_in = WriteSet(
        ops=attempt_writes.attempt_paid(case, evidence, AttemptEvent.SUCCEED, at, now),
        journals=[_leg_in(case, at), *attempt_writes.cost_journals(case, at)],
    )
    if any(leg.status in OPEN_ATTEMPT for leg in others):
        more = leg_writes.capture(case.own_leg)
        return leg_in + WriteSet(ops=[*more, *(_same_state(case) if wanted else _close_others(case, now))])
    reason = "leg_failed" if case.order.status in OPEN_ORDER else "duplicate"
    taken = [present(case.own_leg, "a leg in time is the payment's own"), *_taken(case)]
    return leg_in + compensate(case, taken, reason, now)


def refused(case: Case, evidence: Evidence, now: datetime) -> WriteSet:
    """This leg will not be paid: J9.5 if nobody has paid yet, else whatever was paid goes back."""
    if not _others(case):
        return attempt_writes.refused(case, evidence, now) + leg_writes.release(case, now)
    return _ended(case, evidence, AttemptEvent.REFUSE, attempt_writes.refused, now)


def closed(case: Case, evidence: Evidence, now: datetime) -> WriteSet:
    """The same for a leg that the channel has closed."""
    if not _others(case):
        return attempt_writes.closed(case, evidence, now) + leg_writes.release(case, now)
    return _ended(case, evidence, AttemptEvent.CLOSE_DONE, attempt_writes.closed, now)


def _ended(case: Case, evidence: Evidence, event: AttemptEvent, alone: Alone, now: datetime) -> WriteSet:
    others, taken = _others(case), _taken(case)
    open_left = any(leg.status in OPEN_ATTEMPT for leg in others)
    if not open_left and not taken:
        return alone(case, evidence, now) + leg_writes.release(case, now)
    reason = evidence.reason or "leg_failed"
    facts = {"source": evidence.source, "code": evidence.code}
    ops = edge("attempt", case.attempt, event, now, values={"reason": reason}, facts=facts)
    if open_left:
        return WriteSet(ops=[*ops, *_close_others(case, now)])
    return WriteSet(ops=[*ops, *attempt_writes.go_on_closing(case, now)]) + compensate(case, taken, reason, now)


def _close_others(case: Case, now: datetime) -> list[Op]:
    """The payment cannot be completed: ask the legs that are still open to close, and decide when they answer."""
    ops: list[Op] = []
    if case.payment.status == PaymentState.PROCESSING:
        ops += edge("payment", case.payment, PaymentEvent.CLOSE, now)
    else:
        ops += _same_state(case)
    for leg in _others(case):
        number = leg.row.attempt_id
        if leg.status in (A.ACCEPTED, A.UNKNOWN):
            ops += edge("attempt", leg.attempt, AttemptEvent.CLOSE, now)
            ops.append(job_op(case.tenant_id, "attempt.query", number, {"attempt_id": number}, due_at=now, now=now))
        elif leg.status in OPEN_ATTEMPT:
            # It is being sent or closed; should it have moved on meanwhile, this is decided again.
            ops.append(Edge(attempt, {"tenant_id": case.tenant_id, "attempt_id": number}, (leg.status,), leg.status))
    return ops


def _same_state(case: Case) -> list[Op]:
    """Two legs that move at once must see each other: the later one reads again."""
    key = {"tenant_id": case.tenant_id, "payment_id": case.payment.payment_id}
    return [Update(payment, key, add={"version": 1}, guard={"version": case.payment.version})]


def _leg_in(case: Case, at: datetime) -> Journal:
    """J9.6: one leg's money, before or without the others'."""
    return attempt_writes.channel_in(replace(case, legs=()), at)


def _others(case: Case) -> list[Leg]:
    return [leg for leg in case.legs if not leg.internal and leg.row.attempt_id != case.attempt.attempt_id]


def _taken(case: Case) -> list[Leg]:
    return [leg for leg in _others(case) if leg.status == A.SUCCEEDED]
