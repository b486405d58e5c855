"""What is booked for lines of the bank (J1.4, J12.10, J12.11): the deposit becomes what the bank says it is.

Every journal is about an item and counts its postings, as those of `postings.py` do, so a line that is read again
books nothing and a corrected one is undone by its opposite.
"""

from __future__ import annotations

from datetime import date, datetime

from checkstand.accounting import AccountRef, Entry, Journal
from checkstand.accounting.names import deposit
from checkstand.reconciliation.own_side import RECEIVABLE

CAPITAL = "3001"


def settled_journal(
    tenant_id: str,
    *,
    item_id: str,
    posting: int,
    fund_mode: str,
    held_at: str,
    channel_account: str,
    currency: str,
    cleared_on: date,
    amount_minor: int,
    event_at: datetime,
    undo: bool = False,
) -> Journal:
    """J1.4: what the channel paid for this day has arrived. `held_at` is the bank account, or the channel's own."""
    sign = -1 if undo else 1
    entries = (
        Entry(deposit(fund_mode, held_at, currency), sign * amount_minor),
        Entry(AccountRef(RECEIVABLE, channel_account, currency, cleared_on.isoformat()), -sign * amount_minor),
    )
    kind = "recon_unsettled" if undo else "recon_settled"
    return Journal(tenant_id, kind, "recon_item", f"{item_id}.{posting}", entries, event_at)


def bank_only_journal(
    tenant_id: str,
    *,
    item_id: str,
    posting: int,
    item_class: str,
    fund_mode: str,
    bank_account: str,
    currency: str,
    amount_minor: int,
    event_at: datetime,
    undo: bool = False,
) -> Journal:
    """J12.11: a line nobody can place; a credit waits on 2601, a debit on 1201."""
    sign = -1 if undo else 1
    entries = (
        Entry(deposit(fund_mode, bank_account, currency), sign * amount_minor),
        Entry(AccountRef("2601" if amount_minor > 0 else "1201", item_id, currency, item_class), -sign * amount_minor),
    )
    kind = "recon_bank_undo" if undo else "recon_bank_only"
    return Journal(tenant_id, kind, "recon_item", f"{item_id}.{posting}", entries, event_at)


def opening_journal(
    tenant_id: str,
    *,
    statement_id: str,
    fund_mode: str,
    bank_account: str,
    currency: str,
    amount_minor: int,
    event_at: datetime,
) -> Journal:
    """What stood on the account before its first statement: the operator's own money, until somebody says otherwise."""
    entries = (
        Entry(deposit(fund_mode, bank_account, currency), amount_minor),
        Entry(AccountRef(CAPITAL, bank_account, currency), -amount_minor),
    )
    return Journal(tenant_id, "bank_opening", "bank_statement", statement_id, entries, event_at)
