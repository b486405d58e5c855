"""Journal templates of the small transfer that verifies a bank card (F4 without a member's money).

The amount is a cost of ours, so it is booked like what a channel costs: an expense of the bank account that pays it
(5001), on its way over 2301, out of the deposit when the bank has booked it. It is not taken from 1301 directly,
because no bank line moves money there: like every channel cost it lessens the profit that is swept out of the deposit
(J1.5), and that is when our own funds bear it.
"""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting.model import Journal
from checkstand.accounting.payout_journals import PayoutLike
from checkstand.accounting.protocol.protocol import template


def verification_send(row: PayoutLike, at: datetime) -> Journal:
    """As J4.2, before the bank is called: the cost is ours from now on."""
    return _journal("J4.9", row, at)


def verification_unsend(row: PayoutLike, at: datetime) -> Journal:
    """As J4.5: the bank refused, so it costs nothing."""
    return _journal("J4.9-undo", row, at)


def verification_returned(row: PayoutLike, at: datetime) -> Journal:
    """As J4.8: what came back is known to be ours, and the cost is undone."""
    return _journal("J4.9-returned", row, at)


def _journal(line: str, row: PayoutLike, at: datetime) -> Journal:
    return template(line).journal(
        row.tenant_id, row.currency, at,
        payout=row.payout_id, transit=row.payout_id, bank=row.bank_account_id, amount=row.amount_minor,
    )  # fmt: skip
