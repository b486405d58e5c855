"""Journal templates of escrow (担保交易): what comes in, and what goes back to the buyer. Pure functions.

The way to the seller (J2.3, J2.4) is clearing's: it alone decides what the merchant, its partners and
we get of a released amount.
"""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting.model import Journal
from checkstand.accounting.protocol.protocol import template


def escrow_in(
    tenant_id: str, *, payment_id: str, transaction_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J2.2: the payment succeeded, and we hold it for the transaction; no fee is taken yet."""
    return template("J2.2").journal(
        tenant_id, currency, event_at, payment=payment_id, transaction=transaction_id, amount=amount_minor
    )


def escrow_refund(
    tenant_id: str, *, refund_id: str, transaction_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J2.5: what is refunded before it was confirmed; no fee was taken, so none returns."""
    return template("J2.5").journal(
        tenant_id, currency, event_at, refund=refund_id, transaction=transaction_id, amount=amount_minor
    )
