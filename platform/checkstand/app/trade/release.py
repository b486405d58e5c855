"""An amount in escrow becomes the merchant's: J2.3, J2.4."""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting import WriteSet
from checkstand.accounting.names import escrow
from checkstand.app.clear_transaction import clearing_journals
from checkstand.app.trade.trade import Trade
from checkstand.infra.ops import Update
from checkstand.kernel import present
from checkstand.payment import payment as payment_table


def release(trade: Trade, amount_minor: int, now: datetime) -> WriteSet:
    """Clear the amount out of escrow, and let the payment know the fee that this took.

    Each release has the transaction's version as its number: released twice is not possible.
    """
    row = trade.row
    payment = present(trade.payment, "money in escrow came from a payment", transaction=row.transaction_id)
    cleared = clearing_journals(
        row,
        mode=payment.mode,
        payment_id=payment.payment_id,
        amount_minor=amount_minor,
        debit=escrow(row.transaction_id, row.currency),
        at=now,
        kind="escrow_release",
        source=("release", f"{row.transaction_id}.{row.version}"),
        before=trade.cleared,
        channel_account_id=trade.case.attempt.channel_account_id if trade.case is not None else "",
        collected_at=payment.paid_at,
    )
    key = {"tenant_id": trade.tenant_id, "payment_id": payment.payment_id}
    fee = WriteSet(ops=[Update(payment_table, key, add={"fee_minor": cleared.fee_minor})])
    return cleared.writes + fee
