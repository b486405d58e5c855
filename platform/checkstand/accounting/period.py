"""An account over some days: opening, entries, closing, and how its balance went (账户对账单)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from checkstand.accounting.calendar import ACCOUNTING_ZONE
from checkstand.accounting.chart import CHART, Side
from checkstand.accounting.reading import StatementLine
from checkstand.accounting.store import account, entry, journal


@dataclass(frozen=True, slots=True)
class AccountPeriod:
    """Amounts count on the account's normal side: up is more, down is less."""

    account: Row[Any]
    since: date
    until: date
    opening_minor: int
    up_minor: int
    down_minor: int
    entries: int
    lines: Sequence[StatementLine]
    next_seq: int | None  # go on after this entry

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + self.up_minor - self.down_minor


@dataclass(frozen=True, slots=True)
class DayBalance:
    """What an account held at the end of a day on which it moved."""

    day: date
    closing_minor: int
    up_minor: int
    down_minor: int


def find_account(connection: Connection, tenant_id: str, account_id: str) -> Row[Any] | None:
    """One account of this book."""
    return connection.execute(
        select(account).where(account.c.tenant_id == tenant_id, account.c.account_id == account_id)
    ).one_or_none()


def accounts_like(
    connection: Connection, tenant_id: str, *, code: str = "", search: str = "", after: str = "", limit: int = 50
) -> Sequence[Row[Any]]:
    """Accounts in the order of their ids; `search` is the beginning of an owner or of a whole id."""
    query = select(account).where(account.c.tenant_id == tenant_id, account.c.account_id > after)
    if code:
        query = query.where(account.c.code == code)
    if search:
        query = query.where(
            account.c.owner.startswith(search, autoescape=True)
            | account.c.account_id.startswith(search, autoescape=True)
        )
    return connection.execute(query.order_by(account.c.account_id).limit(limit)).all()


def account_period(
    connection: Connection, row: Row[Any], since: date, until: date, *, after_seq: int = 0, limit: int = 50
) -> AccountPeriod:
    """The account from the beginning of `since` to the end of `until`; entries come oldest first, page by page.

    Entries are numbered in the order of their booking times, so the days are one range of numbers.
    """
    sign = Side(row.normal).sign
    amount = entry.c.amount_minor * sign
    up = func.coalesce(func.sum(case((amount > 0, amount), else_=0)), 0)
    down = func.coalesce(func.sum(case((amount < 0, -amount), else_=0)), 0)
    sums = connection.execute(select(up, down, func.count()).where(*_within(row, since, until))).one()
    opening = connection.execute(
        select(entry.c.balance_after_minor)
        .where(*_own(row), entry.c.booked_at < _begin(since))
        .order_by(entry.c.seq.desc())
        .limit(1)
    ).scalar()
    lines = period_lines(connection, row, since, until, after_seq=after_seq, limit=limit + 1)
    return AccountPeriod(
        row, since, until, sign * (opening or 0), int(sums[0]), int(sums[1]), sums[2], lines[:limit],
        lines[limit - 1].seq if len(lines) > limit else None,
    )  # fmt: skip


def period_lines(
    connection: Connection, row: Row[Any], since: date, until: date, *, after_seq: int = 0, limit: int = 50
) -> list[StatementLine]:
    """Some entries of these days, oldest first, after this number."""
    sign = Side(row.normal).sign
    lines = connection.execute(
        select(entry, journal.c.kind, journal.c.source_type, journal.c.source_id)
        .join_from(
            entry,
            journal,
            (journal.c.tenant_id == entry.c.tenant_id) & (journal.c.journal_id == entry.c.journal_id),
        )
        .where(*_within(row, since, until), entry.c.seq > after_seq)
        .order_by(entry.c.seq)
        .limit(limit)
    ).all()
    return [
        StatementLine(
            line.seq, line.booked_at, sign * line.amount_minor, sign * line.balance_after_minor,
            line.kind, line.source_type, line.source_id, line.journal_id,
        )
        for line in lines
    ]  # fmt: skip


def balance_history(connection: Connection, row: Row[Any], since: date, until: date) -> list[DayBalance]:
    """The days on which the account moved, oldest first, with what it held in the evening."""
    sign = Side(row.normal).sign
    amount = entry.c.amount_minor * sign
    days = (
        select(
            journal.c.accounting_date.label("day"),
            func.max(entry.c.seq).label("seq"),
            func.sum(case((amount > 0, amount), else_=0)).label("up"),
            func.sum(case((amount < 0, -amount), else_=0)).label("down"),
        )
        .join_from(
            entry,
            journal,
            (journal.c.tenant_id == entry.c.tenant_id) & (journal.c.journal_id == entry.c.journal_id),
        )
        .where(entry.c.tenant_id == row.tenant_id, entry.c.account_id == row.account_id)
        .where(journal.c.accounting_date >= since, journal.c.accounting_date <= until)
        .group_by(journal.c.accounting_date)
        .subquery()
    )
    found = connection.execute(
        select(days, entry.c.balance_after_minor)
        .where(entry.c.tenant_id == row.tenant_id, entry.c.account_id == row.account_id, entry.c.seq == days.c.seq)
        .order_by(days.c.day)
        .limit(1000)
    )
    return [DayBalance(day.day, sign * day.balance_after_minor, int(day.up), int(day.down)) for day in found]


def name_of(row: Row[Any], locale: str = "en") -> str:
    """What the account's code is called."""
    kind = CHART[row.code]
    return kind.name_zh if locale.startswith("zh") else kind.name


def _own(row: Row[Any]) -> tuple[ColumnElement[bool], ...]:
    return entry.c.tenant_id == row.tenant_id, entry.c.account_id == row.account_id


def _within(row: Row[Any], since: date, until: date) -> tuple[ColumnElement[bool], ...]:
    begin, end = _begin(since), _begin(until + timedelta(days=1))
    return *_own(row), entry.c.booked_at >= begin, entry.c.booked_at < end


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), ACCOUNTING_ZONE)
