"""The buyer says that something is wrong: timers stop, and the money stays until somebody rules."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from checkstand.accounting import WriteSet
from checkstand.app.facts import instant
from checkstand.app.platform import Platform
from checkstand.app.trade.facts import TransactionRow
from checkstand.app.trade.step import Ask, Moved, moved, take_step, tell
from checkstand.app.trade.trade import Trade
from checkstand.transaction import TransactionEvent
from checkstand.transaction.errors import DisputeReasonMissing

MAX_REASON: Final = 200


def open_dispute(platform: Platform, ask: Ask, reason: str) -> TransactionRow:
    """PAID or SHIPPED → DISPUTED. What is disputed already keeps its first reason."""
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= MAX_REASON:
        raise DisputeReasonMissing(pointer="/reason")

    def plan(trade: Trade, event: TransactionEvent, now: datetime) -> Moved:
        dispute = {"reason": reason, "opened_at": instant(now), "ruling": None}
        facts = {"by": ask.by, "reason": reason}
        after, ops = moved(trade.row, event, now, values={"dispute": dispute, "due_at": None}, facts=facts)
        return Moved(WriteSet(ops=[*ops, *tell(trade, after, "transaction.disputed", now)]), after)

    return take_step(platform, ask, lambda _: TransactionEvent.DISPUTE, plan)
