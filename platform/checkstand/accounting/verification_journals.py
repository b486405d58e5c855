"""Journal templates of the small transfer that verifies a bank card (F4 without a member's money).

The amount is a cost of ours, so it is booked like what a channel costs: an expense of the bank account that pays it
(5001), on its way over 2301, out of the deposit when the bank has booked it. It is not taken from 1301 directly,
because no bank line moves money there: like every channel cost it lessens the profit that is swept out of the deposit
(J1.5), and that is when our own funds bear it.
"""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting.model import Entry, Journal
from checkstand.accounting.names import channel_cost_of, payout_in_transit, returned_payout
from checkstand.accounting.payout_journals import PayoutLike


def verification_send(row: PayoutLike, at: datetime) -> Journal:
    """As J4.2, before the bank is called: the cost is ours from now on."""
    return _journal(row, "verification_send", at, sign=1)


def verification_unsend(row: PayoutLike, at: datetime) -> Journal:
    """As J4.5: the bank refused, so it costs nothing."""
    return _journal(row, "verification_unsend", at, sign=-1)


def verification_returned(row: PayoutLike, at: datetime) -> Journal:
    """As J4.8: what came back is known to be ours, and the cost is undone."""
    cost = channel_cost_of(row.bank_account_id, row.currency)
    back = returned_payout(row.payout_id, row.currency)
    entries = (Entry(back, row.amount_minor), Entry(cost, -row.amount_minor))
    return Journal(row.tenant_id, "verification_returned", "payout", row.payout_id, entries, at)


def _journal(row: PayoutLike, kind: str, at: datetime, *, sign: int) -> Journal:
    cost = channel_cost_of(row.bank_account_id, row.currency)
    transit = payout_in_transit(row.payout_id, row.currency)
    entries = (Entry(cost, sign * row.amount_minor), Entry(transit, -sign * row.amount_minor))
    return Journal(row.tenant_id, kind, "payout", row.payout_id, entries, at)
