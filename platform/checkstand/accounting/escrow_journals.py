"""Journal templates of escrow (担保交易) and of what is captured of a reserved amount. Pure functions.

The credit side of a release (J2.3, J2.4: the merchant's share and ours) is clearing's to decide; here
is what comes into escrow and what goes back to the buyer.
"""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting.model import Entry, Journal
from checkstand.accounting.names import escrow, fee_income, merchant_pending, payment_clearing, refund_payable


def escrow_in(
    tenant_id: str, *, payment_id: str, transaction_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J2.2: the payment succeeded, and we hold it for the transaction; no fee is taken yet."""
    entries = (
        Entry(payment_clearing(payment_id, currency), amount_minor),
        Entry(escrow(transaction_id, currency), -amount_minor),
    )
    return Journal(tenant_id, "escrow_in", "payment", payment_id, entries, event_at)


def escrow_release(
    tenant_id: str,
    *,
    transaction_id: str,
    release_no: int,
    merchant_id: str,
    currency: str,
    amount_minor: int,
    fee_minor: int,
    event_at: datetime,
    product: str = "",
) -> Journal:
    """J2.3, J2.4: what the buyer confirmed becomes the merchant's, less our fee.

    `release_no` is the transaction's version: each release is one event, and the last one of a
    transaction leaves a state that has no further.
    """
    lines = (
        (escrow(transaction_id, currency), amount_minor),
        (merchant_pending(merchant_id, currency), fee_minor - amount_minor),
        (fee_income(currency, product), -fee_minor),
    )
    entries = tuple(Entry(account, minor) for account, minor in lines if minor)
    return Journal(tenant_id, "escrow_release", "release", f"{transaction_id}.{release_no}", entries, event_at)


def escrow_refund(
    tenant_id: str, *, refund_id: str, transaction_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J2.5: what is refunded before it was confirmed; no fee was taken, so none returns."""
    entries = (
        Entry(escrow(transaction_id, currency), amount_minor),
        Entry(refund_payable(refund_id, currency), -amount_minor),
    )
    return Journal(tenant_id, "refund_reserve", "refund", refund_id, entries, event_at)
