"""Somebody has ruled: the money is the seller's, the buyer's, or shared between them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from checkstand.accounting import WriteSet
from checkstand.app import refund_writes
from checkstand.app.create_refund import over_legs
from checkstand.app.facts import instant
from checkstand.app.platform import Platform
from checkstand.app.trade.confirm_receipt import complete
from checkstand.app.trade.facts import TransactionRow
from checkstand.app.trade.release import release
from checkstand.app.trade.step import Ask, Moved, moved, take_step, tell
from checkstand.app.trade.trade import Trade
from checkstand.kernel import new_id, present
from checkstand.transaction import TransactionEvent
from checkstand.transaction.errors import RulingInvalid

E = TransactionEvent
RULINGS: Final = {"seller": E.RULE_SELLER, "buyer": E.RULE_BUYER, "split": E.RULE_SPLIT}


def rule_dispute(
    platform: Platform, ask: Ask, ruling: str, seller_minor: int | None = None, currency: str | None = None
) -> TransactionRow:
    """DISPUTED → COMPLETED, or REFUNDING; a split releases the seller's part in the same commit."""
    if ruling not in RULINGS:
        raise RulingInvalid(pointer="/ruling")

    def plan(trade: Trade, event: TransactionEvent, now: datetime) -> Moved:
        held = trade.held_minor
        if currency is not None and currency != trade.row.currency:
            raise RulingInvalid(f"the transaction is in {trade.row.currency}", pointer="/seller_amount/currency")
        if event == E.RULE_SPLIT and not 0 < (seller_minor or 0) < held:
            raise RulingInvalid(f"{held} minor units of {trade.row.currency} are held", pointer="/seller_amount/minor")
        if event != E.RULE_SPLIT and seller_minor is not None:
            raise RulingInvalid(f"a ruling for the {ruling} shares nothing", pointer="/seller_amount")
        told = {"outcome": ruling, "seller_minor": seller_minor, "ruled_at": instant(now), "by": ask.by}
        dispute = {**(trade.row.dispute or {}), "ruling": told}
        if event == E.RULE_SELLER:
            return complete(trade, event, ask.by, now, {"dispute": dispute})
        return _back_to_buyer(trade, event, seller_minor or 0, dispute, now)

    return take_step(platform, ask, lambda _: RULINGS[ruling], plan)


def _back_to_buyer(
    trade: Trade, event: TransactionEvent, seller_minor: int, dispute: dict[str, Any], now: datetime
) -> Moved:
    """The buyer's part is refunded (J2.5); when that fails for good, the dispute is open again over it."""
    row, minor = trade.row, trade.held_minor - seller_minor
    case = present(trade.case, "money in escrow was collected", transaction=row.transaction_id)
    after, ops = moved(
        row,
        event,
        now,
        values={"dispute": dispute, "resume_status": row.status},
        add={"released_minor": seller_minor, "refunded_minor": minor},
        facts=dispute["ruling"],
    )
    refund_id = new_id("rfd")
    new = refund_writes.NewRefund(refund_id, refund_id, minor, row.currency, 0, "request", "ruling")
    case, new = over_legs(case, new)
    writes = refund_writes.reserve(case, new, now, escrow_ops=ops)
    if seller_minor:
        writes += release(trade, seller_minor, now)
    return Moved(writes + WriteSet(ops=tell(trade, after, "transaction.ruled", now)), after)
