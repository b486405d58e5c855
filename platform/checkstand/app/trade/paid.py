"""The payment of a transaction succeeded: instant is done with it, escrow begins to hold it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.accounting.escrow_journals import escrow_in
from checkstand.app.edges import edge
from checkstand.app.trade.timer_job import due_at, timer_op
from checkstand.infra.ops import Op
from checkstand.transaction import TransactionEvent, TransactionState


def holds(transaction: Row[Any]) -> bool:
    """Whether a payment of this transaction waits before it becomes the merchant's."""
    return bool(transaction.flow == "escrow")


def paid_ops(transaction: Row[Any], amount_minor: int, now: datetime, *, late: bool = False) -> list[Op]:
    """The transaction's edge, with the ship-by timer where the money is held."""
    if not holds(transaction):
        event = TransactionEvent.LATE_ACCEPTED if late else TransactionEvent.PAYMENT_SUCCEEDED
        return edge("transaction", transaction, event, now, values={"finished_at": now})
    event = TransactionEvent.LATE_ESCROWED if late else TransactionEvent.PAYMENT_ESCROWED
    at = due_at(transaction, TransactionState.PAID, now)
    values = {"due_at": at, "finished_at": None}
    return [
        *edge("transaction", transaction, event, now, values=values, add={"paid_minor": amount_minor}),
        timer_op(transaction.tenant_id, transaction.transaction_id, TransactionState.PAID, at, now),
    ]


def held_writes(transaction: Row[Any], payment_id: str, amount_minor: int, at: datetime) -> WriteSet:
    """J2.2: from the payment into escrow. The fee is taken when the money becomes the merchant's."""
    booked = escrow_in(
        transaction.tenant_id,
        payment_id=payment_id,
        transaction_id=transaction.transaction_id,
        currency=transaction.currency,
        amount_minor=amount_minor,
        event_at=at,
    )
    return WriteSet(journals=[booked])
