"""The merchant takes what it is owed of a reserved amount; the rest is the payer's again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from checkstand.accounting import WriteSet, journals
from checkstand.accounting.names import payment_clearing
from checkstand.app.clear_transaction import clearing_journals
from checkstand.app.edges import edge
from checkstand.app.facts import instant, money, order_facts
from checkstand.app.new_payment import attempt_ops
from checkstand.app.outbox import outbox_ops
from checkstand.app.platform import Platform
from checkstand.app.trade.facts import TransactionRow
from checkstand.app.trade.step import Ask, Moved, moved, take_step, tell
from checkstand.app.trade.trade import Trade
from checkstand.infra.ops import Op
from checkstand.kernel import new_id, present
from checkstand.order import OrderEvent
from checkstand.payment import AttemptEvent, PaymentEvent
from checkstand.transaction import TransactionEvent
from checkstand.transaction.errors import AmountInvalid, AmountTooLarge


def capture(
    platform: Platform, ask: Ask, amount_minor: int | None = None, currency: str | None = None
) -> TransactionRow:
    """AUTHORISED → COMPLETED, once: everything that is reserved, or a part of it."""

    def plan(trade: Trade, event: TransactionEvent, now: datetime) -> Moved:
        held = trade.held_minor
        minor = held if amount_minor is None else amount_minor
        if currency is not None and currency != trade.row.currency:
            raise AmountInvalid(f"the transaction is in {trade.row.currency}", pointer="/amount/currency")
        if minor <= 0:
            raise AmountInvalid(pointer="/amount/minor")
        if minor > held:
            detail = f"{held} minor units of {trade.row.currency} are reserved"
            raise AmountTooLarge(detail, pointer="/amount/minor", held=held)
        return _captured(trade, event, minor, ask.by, now)

    return take_step(platform, ask, lambda _: TransactionEvent.CAPTURE, plan)


def _captured(trade: Trade, event: TransactionEvent, minor: int, by: str, now: datetime) -> Moved:
    row, tenant_id, rest = trade.row, trade.tenant_id, trade.held_minor - minor
    payment = present(trade.payment, "a reserved transaction has its payment", transaction=row.transaction_id)
    cleared = clearing_journals(
        row, mode=payment.mode, payment_id=payment.payment_id, amount_minor=minor,
        debit=payment_clearing(payment.payment_id, row.currency), at=now,
    )  # fmt: skip
    after, ops = moved(
        row,
        event,
        now,
        values={"due_at": None, "finished_at": now},
        add={"released_minor": minor, "refunded_minor": rest},
        facts={"by": by, "amount_minor": minor},
    )
    about: dict[str, Any] = {
        "hold_id": payment.payment_id, "member_id": row.payer, "currency": row.currency, "event_at": now,
    }  # fmt: skip
    booked = [journals.hold_commit(tenant_id, payment_id=payment.payment_id, amount_minor=minor, **about)]
    released = [journals.hold_release(tenant_id, amount_minor=rest, **about)] if rest else []
    values = {"paid_at": now, "fee_minor": cleared.fee_minor}
    ops += [
        *edge("payment", payment, PaymentEvent.SUCCEED, now, values=values, add={"captured_minor": minor}),
        *_leg(trade, minor, now),
        *edge("order", trade.order, OrderEvent.PAYMENT_SUCCEEDED, now, values={"paid_at": now}),
        *_told(trade, minor, now),
        *tell(trade, after, "transaction.completed", now),
    ]
    return Moved(WriteSet(ops=ops, journals=booked) + cleared.writes + WriteSet(journals=released), after)


def _leg(trade: Trade, minor: int, now: datetime) -> list[Op]:
    """The one attempt of a reserved payment: it begins and succeeds when the amount is taken."""
    payment = present(trade.payment, "a reserved transaction has its payment")
    return attempt_ops(
        trade.tenant_id, payment.payment_id, new_id("att"), channel="balance", account_id="", credential_version=0,
        product="balance", amount_minor=minor, currency=trade.row.currency,
        instruction={"member_id": trade.row.payer, "title": trade.order.title},
        path=(AttemptEvent.SEND, AttemptEvent.SUCCEED), now=now, values={"succeeded_at": now},
    )  # fmt: skip


def _told(trade: Trade, minor: int, now: datetime) -> list[Op]:
    payment = present(trade.payment, "a reserved transaction has its payment")
    data = {
        "id": payment.payment_id,
        "status": "succeeded",
        "amount": money(minor, trade.row.currency),
        "method": {"id": payment.method_id, "type": payment.method_type},
        "channel": "balance",
        "transaction_id": trade.row.transaction_id,
        "paid_at": instant(now),
        "reason": None,
    }
    body = {**order_facts(trade.order, trade.session), "payment": data}
    version = payment.version + 1
    return outbox_ops(trade.tenant_id, payment.mode, "payment.succeeded", payment.payment_id, version, body, now)
