"""The write sets behind `attempt_story`: state edges, journals, history, outbox and timers of one outcome."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from checkstand.accounting import Journal, WriteSet, journals
from checkstand.accounting.composite_journals import composite_in
from checkstand.app import leg_writes
from checkstand.app.case import Case
from checkstand.app.clear_transaction import settle
from checkstand.app.edges import anomaly, edge, session_edge
from checkstand.app.facts import order_facts, payment_facts
from checkstand.app.outbox import outbox_ops
from checkstand.app.refund_writes import automatic_refund
from checkstand.app.trade.paid import paid_ops
from checkstand.channel.port import action_to_json
from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Op, Update
from checkstand.member import still_the_same
from checkstand.member.states import MemberState
from checkstand.monitoring import event_op
from checkstand.order import OrderEvent
from checkstand.payment import AttemptEvent, PaymentEvent, payment

if TYPE_CHECKING:
    from checkstand.app.evidence import Evidence


def succeeded(case: Case, evidence: Evidence, now: datetime) -> WriteSet:
    """The money is there in time: attempt, payment, transaction and order move together with J1.1–J1.3."""
    at = evidence.occurred_at or now
    cleared = settle(case, at)
    ops: list[Op] = [
        *attempt_paid(case, evidence, AttemptEvent.SUCCEED, at, now),
        *edge(
            "payment",
            case.payment,
            PaymentEvent.SUCCEED,
            now,
            values={"paid_at": at, "fee_minor": cleared.fee_minor},
            add={"captured_minor": case.payment.amount_minor},
        ),
        *paid_ops(case.transaction, case.payment.amount_minor, now),
        *edge("order", case.order, OrderEvent.PAYMENT_SUCCEEDED, now, values={"paid_at": at}),
        *session_edge(case.session, ("open", "expired"), "complete"),
        event_op("pay_success", case.tenant_id, case.payment.mode, at, **case.event_fields()),
        *tell_payment(case, "payment.succeeded", payment_facts(case, "SUCCEEDED", paid_at=at), now),
    ]
    booked = [channel_in(case, at), *cleared.writes.journals, *cost_journals(case, at)]
    return WriteSet([*ops, *cleared.writes.ops], booked)


def accepted_late(case: Case, evidence: Evidence, now: datetime) -> WriteSet:
    """`late_success: accept`: the closed order is reopened because the business wants the money."""
    at = evidence.occurred_at or now
    cleared = settle(case, at)
    ops: list[Op] = [
        *attempt_paid(case, evidence, AttemptEvent.SUCCEED_LATE, at, now),
        *edge(
            "payment",
            case.payment,
            PaymentEvent.ACCEPT_LATE,
            now,
            values={"paid_at": at, "fee_minor": cleared.fee_minor, "reason": None},
            add={"captured_minor": case.payment.amount_minor},
        ),
        *paid_ops(case.transaction, case.payment.amount_minor, now, late=True),
        *edge("order", case.order, OrderEvent.LATE_ACCEPTED, now, values={"paid_at": at}),
        *session_edge(case.session, ("open", "expired"), "complete"),
        event_op("pay_success", case.tenant_id, case.payment.mode, at, props={"late": True}, **case.event_fields()),
        *tell_payment(case, "payment.succeeded", payment_facts(case, "SUCCEEDED", paid_at=at), now),
    ]
    if case.payee is not None:
        ops.append(still_the_same(case.payee))  # it may be closed at this moment
    booked = [channel_in(case, at), *cleared.writes.journals, *cost_journals(case, at)]
    return WriteSet([*ops, *cleared.writes.ops], booked)


def succeeded_late(case: Case, evidence: Evidence, now: datetime) -> WriteSet:
    """Money after closing: refunded by itself, accepted, or held, as the scenario says (F10)."""
    policy = case.transaction.late_success
    if case.payee is not None and case.payee.status == MemberState.CLOSED:
        policy = "refund"  # nothing begins with a closed member again
    # The other legs of a composite payment were released with it: late money alone does not pay the order.
    if policy == "accept" and case.order.status == "CLOSED" and not case.legs:
        return accepted_late(case, evidence, now)
    paid_otherwise = case.order.status in ("PAID", "PART_REFUNDED", "REFUNDED")
    cause = "duplicate" if paid_otherwise else "late"
    return _book_and_return(
        case, evidence, AttemptEvent.SUCCEED_LATE, cause, now, hold=policy == "hold" and not paid_otherwise
    )


def duplicate_success(case: Case, evidence: Evidence, now: datetime) -> WriteSet:
    """A second payment of an order that is already paid: the payment is closed, its money goes back."""
    writes = _book_and_return(case, evidence, AttemptEvent.SUCCEED, "duplicate", now, hold=False)
    events: tuple[PaymentEvent, ...] = (PaymentEvent.CLOSE, PaymentEvent.CLOSE_DONE)
    if case.payment.status == "CLOSING":
        events = (PaymentEvent.CLOSE_DONE,)
    return writes + WriteSet(ops=edge("payment", case.payment, events, now, values={"reason": "duplicate"}))


def refused(case: Case, evidence: Evidence, now: datetime) -> WriteSet:
    """A definite refusal: no money moved under this number. The shopper may try again."""
    reason = evidence.reason or "refused"
    facts = {"source": evidence.source, "code": evidence.code}
    ops: list[Op] = [
        *edge("attempt", case.attempt, AttemptEvent.REFUSE, now, values={"reason": reason}, facts=facts),
        *edge("payment", case.payment, PaymentEvent.FAIL, now, values={"reason": reason}),
        event_op("pay_fail", case.tenant_id, case.payment.mode, now, error_code=reason, **case.event_fields()),
        *tell_payment(case, "payment.failed", payment_facts(case, "FAILED", reason=reason), now),
        *go_on_closing(case, now),
    ]
    return WriteSet(ops=ops)


def closed(case: Case, evidence: Evidence, now: datetime) -> WriteSet:
    """The channel will take no more money under this number."""
    events: tuple[PaymentEvent, ...] = (
        (PaymentEvent.CLOSE_DONE,)
        if case.payment.status == "CLOSING"
        else (PaymentEvent.CLOSE, PaymentEvent.CLOSE_DONE)
    )
    reason = evidence.reason or "closed"
    facts = {"source": evidence.source, "code": evidence.code}
    return WriteSet(
        ops=[
            *edge("attempt", case.attempt, AttemptEvent.CLOSE_DONE, now, values={"reason": reason}, facts=facts),
            *edge("payment", case.payment, events, now, values={"reason": reason}),
            event_op("pay_timeout", case.tenant_id, case.payment.mode, now, error_code=reason, **case.event_fields()),
            *go_on_closing(case, now),
        ]
    )


def accepted(case: Case, evidence: Evidence, now: datetime) -> WriteSet:
    """The channel knows the number and waits for the shopper."""
    values = {"channel_no": evidence.channel_no or case.attempt.channel_no}
    if evidence.action is not None:
        values["action"] = action_to_json(evidence.action)
    return WriteSet(ops=edge("attempt", case.attempt, AttemptEvent.ACCEPT, now, values=values))


def cost_journals(case: Case, at: datetime) -> list[Journal]:
    """J1.3: what the channel keeps by contract, accrued when the money arrives."""
    attempt = case.attempt
    booked = journals.channel_cost(
        case.tenant_id,
        attempt_id=attempt.attempt_id,
        channel_account=attempt.channel_account_id,
        currency=case.amount.currency,
        amount_minor=case.amount.minor,
        cost_ppm=attempt.instruction.get("cost_ppm", 0),
        event_at=at,
    )
    return [booked] if booked else []


def attempt_paid(case: Case, evidence: Evidence, event: AttemptEvent, at: datetime, now: datetime) -> list[Op]:
    """The channel has the money."""
    values = {"succeeded_at": at, "channel_no": evidence.channel_no or case.attempt.channel_no, "reason": None}
    return edge("attempt", case.attempt, event, now, values=values, facts={"source": evidence.source})


def _book_and_return(
    case: Case, evidence: Evidence, event: AttemptEvent, cause: str, now: datetime, *, hold: bool
) -> WriteSet:
    at = evidence.occurred_at or now
    attempt, payment_row = case.attempt, case.payment
    key = {"tenant_id": case.tenant_id, "payment_id": payment_row.payment_id}
    late_in = journals.late_in(
        case.tenant_id,
        attempt_id=attempt.attempt_id,
        channel_account=attempt.channel_account_id,
        currency=case.amount.currency,
        amount_minor=case.amount.minor,
        event_at=at,
    )
    writes = WriteSet(ops=attempt_paid(case, evidence, event, at, now), journals=[late_in])
    if hold:
        held = anomaly("payment", payment_row, "late_money_held", now, {"amount_minor": case.amount.minor})
        kept = Update(payment, key, add={"captured_minor": case.amount.minor})
        return writes + WriteSet(ops=[kept, held, *leg_writes.capture(case.own_leg)])
    return writes + automatic_refund(case, cause, now)


def channel_in(case: Case, at: datetime) -> Journal:
    """J1.1, or J9.2 where the channel pays together with what was set aside."""
    if case.legs:
        return composite_in(
            case.tenant_id,
            attempt_id=case.attempt.attempt_id,
            payment_id=case.payment.payment_id,
            channel_account=case.attempt.channel_account_id,
            currency=case.amount.currency,
            external_minor=case.amount.minor,
            held=leg_writes.held(case),
            event_at=at,
        )
    return journals.pay_channel_in(
        case.tenant_id,
        attempt_id=case.attempt.attempt_id,
        payment_id=case.payment.payment_id,
        channel_account=case.attempt.channel_account_id,
        currency=case.amount.currency,
        amount_minor=case.amount.minor,
        event_at=at,
    )


def go_on_closing(case: Case, now: datetime) -> list[Op]:
    """An order that is being closed waited for this attempt: let its job look again."""
    if case.order.status != "CLOSING":
        return []
    order_id = case.order.order_id
    payload = {"order_id": order_id}
    return [
        job_op(case.tenant_id, "order.close", f"{order_id}:{case.attempt.attempt_id}", payload, due_at=now, now=now)
    ]


def tell_payment(case: Case, type_: str, data: dict[str, object], now: datetime) -> list[Op]:
    """Tell the business unit about its payment."""
    body = {**order_facts(case.order, case.session), "payment": data}
    version = case.payment.version + 1
    return outbox_ops(case.tenant_id, case.payment.mode, type_, case.payment.payment_id, version, body, now)
