"""The timer of a transaction: what nobody does in time happens by itself. Each state has one timer at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from checkstand.app.create_refund import CreateRefund, create_refund
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.app.trade.capture import capture
from checkstand.app.trade.confirm_receipt import confirm_receipt
from checkstand.app.trade.step import Ask
from checkstand.app.trade.trade import Trade, load_trade
from checkstand.app.trade.void import void
from checkstand.infra.jobs import Job
from checkstand.kernel import CheckstandError, Kind, present

LATER: Final = timedelta(minutes=5)
REFUND_PAUSE: Final = timedelta(hours=1)  # a refund that fails for good leads back to a state whose timer runs


def run_timer(platform: Platform, job: Job) -> Finished | Again:
    """Ship-by: refund the buyer. Auto-confirm: the money is the seller's. Capture-by: give it back, or take it."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        found = load_trade(connection, job.tenant_id, job.payload["transaction_id"])
    trade = present(found, "a transaction with a timer exists", transaction=job.payload["transaction_id"])
    if trade.row.status == "REFUNDING":
        return Again(now + REFUND_PAUSE)
    if trade.row.due_at is None or trade.row.status != job.payload["status"]:
        return Finished()
    if now < trade.row.due_at:
        return Again(trade.row.due_at)
    try:
        _act(platform, trade, now)
    except CheckstandError as refused:
        if refused.kind is not Kind.CONFLICT:
            raise
        return Again(now + LATER)  # it moved in this moment: look again
    return Finished()


def _act(platform: Platform, trade: Trade, now: datetime) -> None:
    row = trade.row
    ask = Ask(trade.tenant_id, trade.order.mode, row.transaction_id, by="timer")
    if row.status == "PAID":
        payment = present(trade.payment, "a paid transaction has its payment", transaction=row.transaction_id)
        # The number is the transaction's own, so that a job that runs twice refunds once.
        command = CreateRefund(
            trade.tenant_id, trade.order.mode, payment.payment_id, trade.held_minor, row.currency,
            f"{row.transaction_id}.unshipped", "not shipped in time",
        )  # fmt: skip
        create_refund(platform, command)
    elif row.status == "SHIPPED":
        confirm_receipt(platform, ask)
    elif (row.terms or {}).get("capture") == "automatic":
        capture(platform, ask)
    else:
        void(platform, ask)
