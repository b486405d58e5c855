"""The merchant says that the goods are on their way; from now on the auto-confirm timer runs."""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting import WriteSet
from checkstand.app.facts import instant
from checkstand.app.platform import Platform
from checkstand.app.trade.facts import TransactionRow
from checkstand.app.trade.step import Ask, Moved, moved, take_step, tell
from checkstand.app.trade.timer_job import due_at, timer_op
from checkstand.app.trade.trade import Trade
from checkstand.transaction import TransactionEvent, TransactionState


def ship(platform: Platform, ask: Ask, *, carrier: str = "", number: str = "") -> TransactionRow:
    """PAID → SHIPPED. What is shipped already keeps its first shipment."""

    def plan(trade: Trade, event: TransactionEvent, now: datetime) -> Moved:
        at = due_at(trade.row, TransactionState.SHIPPED, now)
        shipment = {"carrier": carrier, "number": number, "shipped_at": instant(now)}
        after, ops = moved(
            trade.row, event, now, values={"shipment": shipment, "due_at": at}, facts={"by": ask.by, **shipment}
        )
        timer = timer_op(trade.tenant_id, ask.transaction_id, TransactionState.SHIPPED, at, now)
        return Moved(WriteSet(ops=[*ops, timer, *tell(trade, after, "transaction.shipped", now)]), after)

    return take_step(platform, ask, lambda _: TransactionEvent.SHIP, plan)
