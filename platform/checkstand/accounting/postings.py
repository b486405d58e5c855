"""Journals of a batch become rows: running balances are computed here, then everything is written at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from checkstand.accounting import balances
from checkstand.accounting.balances import Key, Running
from checkstand.accounting.calendar import accounting_date
from checkstand.accounting.errors import BalanceTooLow, DayClosed
from checkstand.accounting.model import Journal
from checkstand.accounting.statements import Statements
from checkstand.accounting.store import entry, journal
from checkstand.kernel import new_id


class Overdrawn(Exception):
    """Some write sets of the batch cannot be booked; `refusals` has them by their place in it."""

    def __init__(self, refusals: Mapping[int, BalanceTooLow | DayClosed]) -> None:
        super().__init__(f"{len(refusals)} write sets cannot be booked")
        self.refusals = refusals


def post(
    connection: Connection, statements: Statements, batch: Sequence[Sequence[Journal]], booked_at: datetime
) -> None:
    """Book the journals of many write sets, in their order; `Overdrawn` when some cannot be."""
    refs = {
        (one.tenant_id, line.account.account_id): line.account for js in batch for one in js for line in one.entries
    }
    page = _Page(balances.locked(connection, statements, refs), booked_at)
    refusals = {place: short for place, journals in enumerate(batch) if (short := page.book_all(journals)) is not None}
    if refusals:
        raise Overdrawn(refusals)
    statements.insert(journal, _JOURNAL_COLUMNS).run(connection, page.journals)
    statements.insert(entry, _ENTRY_COLUMNS).run(connection, page.entries)
    balances.store(connection, statements, page.accounts)


_JOURNAL_COLUMNS: Final = (
    "tenant_id", "journal_id", "kind", "source_type", "source_id",
    "event_at", "booked_at", "accounting_date", "memo", "reverses",
)  # fmt: skip
_ENTRY_COLUMNS: Final = (
    "tenant_id", "account_id", "seq", "journal_id", "amount_minor", "balance_after_minor", "booked_at",
)  # fmt: skip


class _Page:
    """The rows a batch adds to the journal, computed one journal after the other."""

    def __init__(self, accounts: dict[Key, Running], booked_at: datetime) -> None:
        self.accounts = accounts
        self.journals: list[tuple[Any, ...]] = []
        self.entries: list[tuple[Any, ...]] = []
        self._booked_at = booked_at
        self._day = accounting_date(booked_at)

    def book_all(self, journals: Sequence[Journal]) -> BalanceTooLow | None:
        """Book one write set's journals; if one overdraws an account, the balances are put back."""
        before: dict[Key, tuple[int, int]] = {}
        for one in journals:
            short = self._book(one, before)
            if short is not None:
                for key, (balance, seq) in before.items():
                    self.accounts[key].balance, self.accounts[key].seq = balance, seq
                return short
        return None

    def _book(self, one: Journal, before: dict[Key, tuple[int, int]]) -> BalanceTooLow | None:
        tenant_id, journal_id, at = one.tenant_id, new_id("jnl"), self._booked_at
        source = (one.kind, one.source_type, one.source_id)
        self.journals.append((tenant_id, journal_id, *source, one.event_at, at, self._day, one.memo, one.reverses))
        lowered = []
        for line in one.entries:
            key = (tenant_id, line.account.account_id)
            running = self.accounts[key]
            before.setdefault(key, (running.balance, running.seq))
            running.balance += line.amount_minor
            running.seq += 1
            self.entries.append((*key, running.seq, journal_id, line.amount_minor, running.balance, at))
            if running.floor is not None and line.amount_minor * running.sign < 0:
                lowered.append((running, running.floor))
        # The entries of one journal happen together, so only the balance after all of them is judged.
        for running, floor in lowered:
            short = floor - running.balance * running.sign
            if short > 0:
                return BalanceTooLow(account=running.account_id, tenant_id=tenant_id, short_minor=short, kind=one.kind)
        return None
