"""A merchant asks for a refund: reserved in one commit, sent by a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from types import SimpleNamespace
from typing import Any, Final

import msgspec
from sqlalchemy import Row

from checkstand.accounting import BalanceTooLow, ConstraintBroken, EdgeRefused, RowExists, WriteSet
from checkstand.app import refund_writes
from checkstand.app.case import Case, load_case
from checkstand.app.facts import money, refund_facts
from checkstand.app.members.refund_guards import refund_guards
from checkstand.app.platform import Platform
from checkstand.app.refund_sources import RefundFundsMissing
from checkstand.app.trade import escrow_refund
from checkstand.infra.idempotency import IdempotencyKey, refuse_repeat
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError, Kind, must, new_id
from checkstand.payment import attempts_of_payments, find_refund, get_payment
from checkstand.payment.rules import LegLeft, split_refund

RefundRow = Row[Any] | SimpleNamespace  # as read, or as just written

# Inner state → what merchants read (a person's work and a retry are both still "processing").
PUBLIC_STATUS: Final = {
    "CREATED": "processing",
    "RESERVED": "processing",
    "SENDING": "processing",
    "PROCESSING": "processing",
    "UNKNOWN": "processing",
    "RETRY": "processing",
    "MANUAL": "processing",
    "SUCCEEDED": "succeeded",
    "SUCCEEDED_LATE": "succeeded",
    "FAILED": "failed",
    "REJECTED": "failed",
    "RETURNED": "failed",
}


class PaymentNotFound(CheckstandError):
    code = "payment.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such payment."
    remedy = "Check the id; a payment of another business unit or of the other mode is not visible with this key."


class NotRefundable(CheckstandError):
    code = "refund.not_refundable"
    kind = Kind.CONFLICT
    message = "This payment has no money that could be given back."
    remedy = "Only a payment that succeeded can be refunded; read it with GET /v1/payments/{id}."


class RefundTooLarge(CheckstandError):
    code = "refund.too_large"
    kind = Kind.CONFLICT
    message = "The refund is larger than what is left of the payment."
    remedy = "Refund at most the amount that the answer's `detail` names."


class RefundNumberTaken(CheckstandError):
    code = "refund.number_taken"
    kind = Kind.MISMATCH
    message = "This refund_no was used before for another refund."
    remedy = "Use a new refund_no for a new refund; repeat one only with the same payment and amount."


@dataclass(frozen=True, slots=True)
class CreateRefund:
    """`refund_no` is the merchant's own number and the natural idempotency key."""

    tenant_id: str
    mode: str
    payment_id: str
    amount_minor: int
    currency: str
    refund_no: str | None = None
    reason: str = ""


def create_refund(
    platform: Platform, command: CreateRefund, *, idempotency: IdempotencyKey | None = None, also: Sequence[Op] = ()
) -> RefundRow:
    """Reserve a refund and tell its row. The same `refund_no` and amount again tells the first one.

    `also` is written in the same commit, and only with a new refund: the line of an audit trail, for instance.

    The row is told as it was committed: a job may have moved it on since, and then the first answer
    would differ from the stored one that a retry gets.
    """
    refund_id = new_id("rfd")
    refund_no = command.refund_no or refund_id
    for _ in range(8):
        with platform.db.read() as connection:
            existing = find_refund(connection, command.tenant_id, command.mode, refund_no)
            payment = get_payment(connection, command.tenant_id, command.payment_id)
            if payment is None or payment.mode != command.mode:
                raise PaymentNotFound(payment=command.payment_id)
            if existing is not None:
                refuse_repeat(connection, idempotency)
                return _same(existing, command)
            case = _paid_case(connection, payment)
            case, new = over_legs(case, _plan(case, command, refund_id, refund_no))
            guards = refund_guards(connection, case, to_balance=new.internal_minor > 0)
            try:
                new = refund_writes.with_sources(connection, case, new)
            except EdgeRefused:
                continue  # another refund took its part after this payment was read: look at what is left now
        row, now = _as_row(new, command), platform.clock.now()
        writes = refund_writes.reserve(case, new, now) + WriteSet(ops=[*guards, *also])
        if idempotency is not None:
            body = msgspec.json.encode(refund_answer(row))
            writes += WriteSet(ops=[idempotency.done_op(refund_id, 201, body, now)])
        try:
            platform.poster.commit(writes)
        except BalanceTooLow:
            if new.taking is None:
                raise RefundFundsMissing(payment=command.payment_id) from None
            continue  # somebody else has taken what was planned: look where there is something now
        except (EdgeRefused, RowExists, ConstraintBroken):
            continue  # another refund was faster: look at what is left now
        return row
    raise RefundTooLarge("other refunds of this payment are being made at the same time; try again")


def _paid_case(connection: Any, payment: Row[Any]) -> Case:
    attempts = attempts_of_payments(connection, payment.tenant_id, [payment.payment_id])
    paid = next((row for row in attempts if row.status in ("SUCCEEDED", "SUCCEEDED_LATE")), None)
    case = load_case(connection, payment.tenant_id, paid.attempt_id) if paid else None
    if case is None:
        raise NotRefundable(payment=payment.payment_id, status=payment.status)
    return case


def _plan(case: Case, command: CreateRefund, refund_id: str, refund_no: str) -> refund_writes.NewRefund:
    payment = case.payment
    left = payment.captured_minor - payment.refund_reserved_minor
    if command.currency != payment.currency:
        raise NotRefundable(
            f"the payment is in {payment.currency}, the refund in {command.currency}", pointer="/amount/currency"
        )
    if command.amount_minor > left:
        detail = f"{money(left, payment.currency)['minor']} minor units of {payment.currency} are left to refund"
        raise RefundTooLarge(detail, pointer="/amount/minor", left=left)
    late = case.attempt.status == "SUCCEEDED_LATE" and payment.status != "SUCCEEDED"
    cause = "late" if late else "request"
    if escrow_refund.from_escrow(case, cause):
        escrow_refund.check(case, command.amount_minor)
    return refund_writes.NewRefund(
        refund_id=refund_id,
        refund_no=refund_no,
        amount_minor=command.amount_minor,
        currency=payment.currency,
        fee_minor=0,
        cause=cause,
        reason=command.reason,
    )


def over_legs(case: Case, new: refund_writes.NewRefund) -> tuple[Case, refund_writes.NewRefund]:
    """Which leg is refunded through its channel, and what part goes to the balance (docs/decisions/0013)."""
    if not case.legs:
        internal_minor = 0 if case.attempt.channel_account_id else new.amount_minor
        return case, replace(new, internal_minor=internal_minor)
    left = [
        LegLeft(leg.row.leg, leg.internal, leg.row.captured_minor - leg.row.refund_reserved_minor) for leg in case.legs
    ]
    if sum(leg.left_minor for leg in left) < new.amount_minor:
        return case, new  # money of an earlier try, which is no leg: it goes back where it came from
    parts = split_refund(new.amount_minor, left)
    chosen = [leg for leg in case.legs if leg.row.leg in parts]
    internal_minor = sum(parts[leg.row.leg] for leg in chosen if leg.internal)
    channels = [leg for leg in chosen if not leg.internal]
    must(len(channels) <= 1, "a refund is sent to one channel", payment=case.payment.payment_id)
    leg = (channels or chosen)[0]
    return replace(case, attempt=leg.attempt), replace(new, internal_minor=internal_minor)


def refund_answer(row: RefundRow) -> dict[str, Any]:
    """The public form of a refund: what is not final yet is `processing`, whatever we do about it inside."""
    return refund_facts(row, PUBLIC_STATUS[row.status], finished_at=row.finished_at)


def _as_row(new: refund_writes.NewRefund, command: CreateRefund) -> SimpleNamespace:
    return SimpleNamespace(**asdict(new), payment_id=command.payment_id, status="RESERVED", finished_at=None)


def _same(existing: Row[Any], command: CreateRefund) -> Row[Any]:
    if (existing.payment_id, existing.amount_minor, existing.currency) != (
        command.payment_id,
        command.amount_minor,
        command.currency,
    ):
        raise RefundNumberTaken(refund_no=existing.refund_no)
    return existing
