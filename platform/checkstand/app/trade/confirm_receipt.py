"""The buyer has received the goods, or part of them: the money becomes the seller's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from checkstand.accounting import WriteSet
from checkstand.app.platform import Platform
from checkstand.app.trade.facts import TransactionRow
from checkstand.app.trade.release import release
from checkstand.app.trade.step import Ask, Moved, moved, take_step, tell
from checkstand.app.trade.timer_job import due_at, timer_op
from checkstand.app.trade.trade import Trade
from checkstand.transaction import TransactionEvent, TransactionState
from checkstand.transaction.errors import AmountInvalid, AmountTooLarge

E = TransactionEvent


def confirm_receipt(
    platform: Platform, ask: Ask, amount_minor: int | None = None, currency: str | None = None
) -> TransactionRow:
    """Release everything that is held, or this part of it. The buyer and the timer may ask at once: one releases."""

    def event(trade: Trade) -> TransactionEvent:
        held = trade.held_minor
        part = amount_minor is not None and 0 < held != amount_minor
        return E.CONFIRM_PART if part else E.CONFIRM

    def plan(trade: Trade, wanted: TransactionEvent, now: datetime) -> Moved:
        _check(trade, amount_minor, currency)
        return (
            complete(trade, wanted, ask.by, now) if wanted == E.CONFIRM else _part(trade, amount_minor or 0, ask, now)
        )

    return take_step(platform, ask, event, plan)


def complete(
    trade: Trade, event: TransactionEvent, by: str, now: datetime, more: Mapping[str, Any] | None = None
) -> Moved:
    """Everything that is held becomes the seller's (J2.3)."""
    minor = trade.held_minor
    values = {"due_at": None, "finished_at": now, **(more or {})}
    facts = {"by": by, "amount_minor": minor}
    after, ops = moved(trade.row, event, now, values=values, add={"released_minor": minor}, facts=facts)
    told = tell(trade, after, "transaction.completed", now)
    return Moved(release(trade, minor, now) + WriteSet(ops=[*ops, *told]), after)


def _part(trade: Trade, minor: int, ask: Ask, now: datetime) -> Moved:
    """J2.4. A part that was handed over without a shipment counts as shipped, so the timer runs for the rest."""
    row, at = trade.row, trade.row.due_at
    timers = []
    if row.status == TransactionState.PAID:
        at = due_at(row, TransactionState.SHIPPED, now)
        timers = [timer_op(trade.tenant_id, row.transaction_id, TransactionState.SHIPPED, at, now)]
    facts = {"by": ask.by, "amount_minor": minor}
    after, ops = moved(row, E.CONFIRM_PART, now, values={"due_at": at}, add={"released_minor": minor}, facts=facts)
    told = tell(trade, after, "transaction.part_confirmed", now)
    return Moved(release(trade, minor, now) + WriteSet(ops=[*ops, *timers, *told]), after)


def _check(trade: Trade, amount_minor: int | None, currency: str | None) -> None:
    row = trade.row
    if currency is not None and currency != row.currency:
        raise AmountInvalid(f"the transaction is in {row.currency}, not {currency}", pointer="/amount/currency")
    if amount_minor is not None and amount_minor <= 0:
        raise AmountInvalid(pointer="/amount/minor")
    if amount_minor is not None and amount_minor > trade.held_minor:
        detail = f"{trade.held_minor} minor units of {row.currency} are held"
        raise AmountTooLarge(detail, pointer="/amount/minor", held=trade.held_minor)
