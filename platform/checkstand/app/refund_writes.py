"""The write sets of refunds: reserve, give back, undo (money.md §4.5; J6, J8, J10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row

from checkstand.accounting import Entry, Journal, WriteSet, escrow_journals, journals
from checkstand.accounting.composite_journals import compensation_reserve, composite_refund_out
from checkstand.accounting.fees import fee_minor as fee_of
from checkstand.accounting.names import member_balance, refund_payable
from checkstand.app import leg_writes
from checkstand.app.case import Case
from checkstand.app.edges import edge
from checkstand.app.facts import order_facts, refund_facts
from checkstand.app.outbox import outbox_ops
from checkstand.app.refund_sources import (
    Taking,
    from_pinned,
    plan_taking,
    taking_journal,
    taking_ops,
    undo_journal,
    undo_ops,
)
from checkstand.app.trade import escrow_refund
from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Insert, Op, Update
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import new_id
from checkstand.monitoring import event_op
from checkstand.order import OrderEvent
from checkstand.payment import RefundEvent, RefundState, payment, refund


class RefundLike(Protocol):
    """A refund as planned or as read."""

    @property
    def refund_id(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def fee_minor(self) -> int: ...
    @property
    def internal_minor(self) -> int: ...
    @property
    def cause(self) -> str: ...


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund before it is a row."""

    refund_id: str
    refund_no: str
    amount_minor: int
    currency: str
    fee_minor: int
    cause: str  # request | late | duplicate | compensation
    reason: str
    internal_minor: int = 0  # the part of it that goes to a member's balance
    taking: Taking | None = None  # where a merchant's refund is taken from


def with_sources(connection: Connection, case: Case, new: NewRefund) -> NewRefund:
    """The refund with the plan of who pays it, where that is a merchant. Raises `RefundFundsMissing`."""
    if not _from_merchant(case, new.cause):
        return new
    taking = plan_taking(connection, case, new.amount_minor)
    return replace(new, taking=taking, fee_minor=taking.parts.fee_minor)


def taking_again(connection: Connection, case: Case, row: Row[Any]) -> Taking | None:
    """The plan of a refund that had failed and was paid after all: whatever is missing is owed."""
    short = escrow_refund.from_escrow(case, row.cause) and not escrow_refund.covers(case, row)
    if short or _from_merchant(case, row.cause):
        return plan_taking(connection, case, row.amount_minor, unlimited=True)
    return None


def _from_merchant(case: Case, cause: str) -> bool:
    kept = cause == "request" and case.transaction.kind != "recharge"
    return kept and not escrow_refund.from_escrow(case, cause)


def automatic_refund(case: Case, cause: str, now: datetime) -> WriteSet:
    """Money that came late or twice goes back by itself: J10.2, in the commit that booked it."""
    refund_id = new_id("rfd")
    new = NewRefund(refund_id, refund_id, case.amount.minor, case.amount.currency, 0, cause, f"{cause} payment")
    return reserve(case, new, now, captured_minor=case.amount.minor)


def reserve(
    case: Case, new: NewRefund, now: datetime, *, captured_minor: int = 0, escrow_ops: Sequence[Op] | None = None
) -> WriteSet:
    """Reserve the amount on the payment and on 2201; the sending follows as a job.

    `escrow_ops` moves a transaction in escrow where that is more than this refund (a ruling).

    The guard is the payment's version: two refunds at once cannot share out the same fee, and the
    CHECK on `refund_reserved_minor` refuses what is above the captured amount in any case.
    """
    row = {
        "tenant_id": case.tenant_id,
        "refund_id": new.refund_id,
        "mode": case.payment.mode,
        "refund_no": new.refund_no,
        "payment_id": case.payment.payment_id,
        "attempt_id": case.attempt.attempt_id,
        "order_id": case.order.order_id,
        "amount_minor": new.amount_minor,
        "currency": new.currency,
        "fee_minor": new.fee_minor,
        "internal_minor": new.internal_minor,
        "sources": new.taking.pinned() if new.taking else None,
        "cause": new.cause,
        "reason": new.reason,
        "status": RefundState.RESERVED.value,
        "version": 1,
        "channel_refund_no": None,
        "failure": None,
        "send_count": 0,
        "created_at": now,
        "finished_at": None,
    }
    key = {"tenant_id": case.tenant_id, "payment_id": case.payment.payment_id}
    add = {"refund_reserved_minor": new.amount_minor, "fee_refunded_minor": new.fee_minor}
    if captured_minor:
        add["captured_minor"] = captured_minor
        guard: dict[str, Any] = {}  # the attempt's own edge in this write set is the guard
    else:
        add["version"] = 1
        guard = {"version": case.payment.version}
    due = {"refund_id": new.refund_id}
    if escrow_ops is None:
        held = escrow_refund.from_escrow(case, new.cause)
        escrow_ops = escrow_refund.reserved(case, new.amount_minor, new.refund_id, now) if held else ()
    return WriteSet(
        ops=[
            *escrow_ops,
            Update(payment, key, add=add, guard=guard),
            *leg_writes.give_back(case, sent_minor(new), new.internal_minor, captured_minor=captured_minor),
            Insert(refund, row),
            *(taking_ops(case, new.refund_id, new.taking, "refund_reserve", now) if new.taking else ()),
            state_event_op(case.tenant_id, "refund", new.refund_id, None, "create", "CREATED", now),
            state_event_op(case.tenant_id, "refund", new.refund_id, "CREATED", "reserve", "RESERVED", now),
            event_op("refund_request", case.tenant_id, case.payment.mode, now, **case.event_fields()),
            job_op(case.tenant_id, "refund.send", new.refund_id, due, due_at=now, now=now),
        ],
        journals=[_taken(case, new, now)],
    )


def _taken(case: Case, new: NewRefund, at: datetime) -> Journal:
    if new.taking is None:
        return reserve_journal(case, new, at)
    return taking_journal(case, new.refund_id, new.taking, "refund_reserve", at)


def reserve_journal(case: Case, new: RefundLike, at: datetime) -> Journal:
    """What gives the money of a refund: late money, the escrow, the recharged member, or a merchant of old."""
    about: dict[str, Any] = {"refund_id": new.refund_id, "currency": new.currency, "amount_minor": new.amount_minor}
    payee = case.transaction.payee
    if new.cause == "compensation":
        return compensation_reserve(case.tenant_id, payment_id=case.payment.payment_id, event_at=at, **about)
    if escrow_refund.from_escrow(case, new.cause):
        return escrow_journals.escrow_refund(
            case.tenant_id, transaction_id=case.transaction.transaction_id, event_at=at, **about
        )
    if new.cause != "request":
        return journals.late_refund(case.tenant_id, attempt_id=case.attempt.attempt_id, event_at=at, **about)
    if case.transaction.kind == "recharge":
        entries = (
            Entry(member_balance(payee, new.currency), new.amount_minor),
            Entry(refund_payable(new.refund_id, new.currency), -new.amount_minor),
        )
        return Journal(case.tenant_id, "refund_reserve", "refund", new.refund_id, entries, at)
    return journals.refund_reserve(
        case.tenant_id,
        merchant_id=payee,
        fee_share_minor=new.fee_minor,
        product=case.payment.mode,
        event_at=at,
        **about,
    )


def succeeded(case: Case, row: Row[Any], at: datetime, now: datetime, channel_refund_no: str | None) -> WriteSet:
    """The money is back with the payer: J6.2, the order's refunded sum, the merchant's message."""
    key = {"tenant_id": case.tenant_id, "payment_id": row.payment_id}
    values = {"finished_at": at, "channel_refund_no": channel_refund_no or row.channel_refund_no, "failure": None}
    ops: list[Op] = [
        *edge("refund", row, RefundEvent.SUCCEED, now, values=values),
        Update(payment, key, add={"refunded_minor": row.amount_minor}),
        *(escrow_refund.succeeded(case, row.refund_id, now) if escrow_refund.from_escrow(case, row.cause) else ()),
        *_order_refunded(case, row, now),
        event_op("refund_success", case.tenant_id, row.mode, at, **case.event_fields()),
        *tell(case, row, "refund.succeeded", "SUCCEEDED", now, finished_at=at),
    ]
    return WriteSet(ops=ops, journals=[_out_journal(case, row, at), *_cost_back(case, row, at)])


def failed(case: Case, row: Row[Any], reason: str, now: datetime) -> WriteSet:
    """The channel refused for good: the reservation and the fee share go back where they came from (J6.4)."""
    key = {"tenant_id": case.tenant_id, "payment_id": row.payment_id}
    add = {"refund_reserved_minor": -row.amount_minor, "fee_refunded_minor": -row.fee_minor}
    taking = from_pinned(row.sources) if row.sources is not None else None
    held = escrow_refund.from_escrow(case, row.cause)
    return WriteSet(
        ops=[
            *(escrow_refund.failed(case, row.amount_minor, row.refund_id, now) if held else ()),
            *edge("refund", row, RefundEvent.FAIL, now, values={"failure": reason, "finished_at": now}),
            Update(payment, key, add=add),
            *leg_writes.give_back(case, -sent_minor(row), -row.internal_minor),
            *(undo_ops(case, row.refund_id, taking, now) if taking else ()),
            *tell(case, row, "refund.failed", "FAILED", now, finished_at=now),
        ],
        journals=[undo_journal(case, row.refund_id, taking, now) if taking else _undone(case, row, now)],
    )


def _undone(case: Case, row: Row[Any], at: datetime) -> Journal:
    taken = reserve_journal(case, row, at)
    back = tuple(Entry(entry.account, -entry.amount_minor) for entry in taken.entries)
    return replace(taken, kind="refund_undo", entries=back)


def succeeded_late(case: Case, row: Row[Any], now: datetime, taking: Taking | None = None) -> WriteSet:
    """The channel paid a refund that it had refused: reserve again (the merchant may go into debt) and pay out.

    `taking` says where the merchant's money is now; it need not be where it was at the first time.
    """
    key = {"tenant_id": case.tenant_id, "payment_id": row.payment_id}
    add = {
        "refund_reserved_minor": row.amount_minor,
        "fee_refunded_minor": row.fee_minor,
        "refunded_minor": row.amount_minor,
    }
    kind = "refund_reserve_again"
    again = replace(reserve_journal(case, row, now), kind=kind)
    if taking is not None:
        again = taking_journal(case, row.refund_id, taking, kind, now)
    values: dict[str, Any] = {"failure": None, "finished_at": now}
    if taking is not None:
        values |= {"sources": taking.pinned(), "fee_minor": taking.parts.fee_minor}
        add["fee_refunded_minor"] = taking.parts.fee_minor
    held = escrow_refund.covers(case, row)
    return WriteSet(
        ops=[
            *(escrow_refund.succeeded_late(case, row.amount_minor, row.refund_id, now) if held else ()),
            *edge("refund", row, RefundEvent.SUCCEED_LATE, now, values=values),
            Update(payment, key, add=add),
            *(taking_ops(case, row.refund_id, taking, kind, now) if taking else ()),
            *leg_writes.give_back(case, sent_minor(row), row.internal_minor),
            *_order_refunded(case, row, now),
            *tell(case, row, "refund.succeeded", "SUCCEEDED", now, finished_at=now),
        ],
        journals=[again, _out_journal(case, row, now), *_cost_back(case, row, now)],
    )


def tell(
    case: Case, row: Row[Any], type_: str, status: str, now: datetime, *, finished_at: datetime | None = None
) -> list[Op]:
    """Tell the business unit about its refund."""
    body = {**order_facts(case.order, case.session), "refund": refund_facts(row, status, finished_at=finished_at)}
    return outbox_ops(case.tenant_id, row.mode, type_, row.refund_id, row.version + 1, body, now)


def _order_refunded(case: Case, row: Row[Any], now: datetime) -> list[Op]:
    """PAID → PART_REFUNDED → REFUNDED; returned late money leaves the order as it is."""
    if row.cause != "request":
        return []
    total = case.order.refunded_minor + row.amount_minor
    event = OrderEvent.FULLY_REFUNDED if total >= case.payment.captured_minor else OrderEvent.PARTLY_REFUNDED
    return edge("order", case.order, event, now, add={"refunded_minor": row.amount_minor})


def sent_minor(row: RefundLike) -> int:
    """The part of a refund that a channel is asked for; the rest goes to a balance without one."""
    return row.amount_minor - row.internal_minor


def _out_journal(case: Case, row: Row[Any], at: datetime) -> Journal:
    about: dict[str, Any] = {"refund_id": row.refund_id, "currency": row.currency}
    account = case.attempt.channel_account_id
    if not account:
        member_id = case.attempt.instruction["member_id"]
        return journals.refund_to_balance(
            case.tenant_id, member_id=member_id, amount_minor=row.amount_minor, event_at=at, **about
        )
    if row.internal_minor:
        return composite_refund_out(
            case.tenant_id,
            channel_account=account,
            member_id=next(leg.row.member_id for leg in case.legs if leg.internal),
            external_minor=sent_minor(row),
            internal_minor=row.internal_minor,
            event_at=at,
            **about,
        )
    return journals.refund_out(
        case.tenant_id, channel_account=account, amount_minor=row.amount_minor, event_at=at, **about
    )


def _cost_back(case: Case, row: Row[Any], at: datetime) -> list[Journal]:
    """J6.3: the channel gives its own fee back in proportion, where its contract says so."""
    said = case.attempt.instruction
    minor = fee_of(sent_minor(row), said.get("cost_ppm", 0)) if said.get("cost_back") else 0
    if not minor or said.get("member_id"):
        return []
    return [
        journals.channel_cost_back(
            case.tenant_id, refund_id=row.refund_id, channel_account=case.attempt.channel_account_id,
            currency=row.currency, cost_minor=minor, event_at=at,
        )
    ]  # fmt: skip
