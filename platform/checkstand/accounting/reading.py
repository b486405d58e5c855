"""What others ask the ledger: a balance, an account's statement, the journals behind a payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, func, select

from checkstand.accounting.chart import CHART, IN_TRANSIT, Side
from checkstand.accounting.model import AccountRef
from checkstand.accounting.store import account, entry, journal
from checkstand.infra.db import in_order
from checkstand.kernel import Money


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry of an account. Amounts count on the account's normal side: up is more, down is less."""

    seq: int
    booked_at: datetime
    amount_minor: int
    balance_after_minor: int
    kind: str
    source_type: str
    source_id: str
    journal_id: str


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """One side of a booked journal; a debit is positive."""

    account_id: str
    code: str
    owner: str
    sub: str
    currency: str
    amount_minor: int
    balance_after_minor: int


@dataclass(frozen=True, slots=True)
class BookedJournal:
    """A journal as it stands in the books."""

    journal_id: str
    kind: str
    source_type: str
    source_id: str
    event_at: datetime
    booked_at: datetime
    accounting_date: date
    memo: str
    reverses: str | None
    entries: tuple[BookedEntry, ...]


@dataclass(frozen=True, slots=True)
class OpenTransit:
    """Money still on its way: a clearing account (2901, 2201, 2202, 2301) that is not zero."""

    tenant_id: str
    account_id: str
    code: str
    owner: str
    sub: str
    currency: str
    balance_minor: int
    since: datetime


@dataclass(frozen=True, slots=True)
class OwnedBalance:
    """What is on one account, counted on its normal side."""

    account_id: str
    code: str
    currency: str
    minor: int


_BALANCE = select(account.c.balance_minor).where(
    account.c.tenant_id == bindparam("tenant_id"), account.c.account_id == bindparam("account_id")
)


def balance(connection: Connection, tenant_id: str, ref: AccountRef) -> int:
    """How much is on the account, counted on its normal side: 0 if nothing was ever booked on it."""
    values = {"tenant_id": tenant_id, "account_id": ref.account_id}
    return ref.type.normal.sign * (connection.execute(_BALANCE, values).scalar() or 0)


def balances_of(connection: Connection, tenant_id: str, code: str, owners: Sequence[str]) -> dict[str, list[Money]]:
    """What these owners have on accounts of this code, by owner, one amount for each currency."""
    total = func.sum(account.c.balance_minor).label("minor")
    query = (
        select(account.c.owner, account.c.currency, total)
        .where(account.c.tenant_id == tenant_id, account.c.code == code, account.c.owner.in_(owners))
        .group_by(account.c.owner, account.c.currency)
        .order_by(account.c.owner, account.c.currency)
    )
    sign, found = CHART[code].normal.sign, dict[str, list[Money]]()
    for row in connection.execute(query):
        found.setdefault(row.owner, []).append(Money(sign * int(row.minor), row.currency))
    return found


def owned_balances(connection: Connection, tenant_id: str, owner: str) -> list[OwnedBalance]:
    """Every account that this owner has ever had, by name."""
    query = select(account).where(account.c.tenant_id == tenant_id, account.c.owner == owner)
    return [
        OwnedBalance(row.account_id, row.code, row.currency, Side(row.normal).sign * row.balance_minor)
        for row in connection.execute(query.order_by(account.c.account_id))
    ]


def account_statement(
    connection: Connection, tenant_id: str, ref: AccountRef, *, before_seq: int | None = None, limit: int = 50
) -> list[StatementLine]:
    """A page of the account's entries, newest first; go on with the last line's `seq` as `before_seq`."""
    query = (
        select(entry, journal.c.kind, journal.c.source_type, journal.c.source_id)
        .join_from(
            entry,
            journal,
            (journal.c.tenant_id == entry.c.tenant_id) & (journal.c.journal_id == entry.c.journal_id),
        )
        .where(entry.c.tenant_id == tenant_id, entry.c.account_id == ref.account_id)
        .order_by(entry.c.seq.desc())
        .limit(limit)
    )
    if before_seq is not None:
        query = query.where(entry.c.seq < before_seq)
    sign = ref.type.normal.sign
    return [
        StatementLine(
            seq=row.seq,
            booked_at=row.booked_at,
            amount_minor=sign * row.amount_minor,
            balance_after_minor=sign * row.balance_after_minor,
            kind=row.kind,
            source_type=row.source_type,
            source_id=row.source_id,
            journal_id=row.journal_id,
        )
        for row in connection.execute(query)
    ]


def journals_of(
    connection: Connection, tenant_id: str, source_ids: Sequence[str], *, limit: int = 500
) -> list[BookedJournal]:
    """The journals whose sources are these (a payment, its attempts, holds and refunds), oldest first."""
    heads = connection.execute(
        select(journal)
        .where(journal.c.tenant_id == tenant_id, journal.c.source_id.in_(source_ids))
        .order_by(in_order(journal.c.journal_id))
        .limit(limit)
    ).all()
    lines = connection.execute(
        select(entry, account.c.code, account.c.owner, account.c.sub, account.c.currency)
        .join_from(
            entry,
            account,
            (account.c.tenant_id == entry.c.tenant_id) & (account.c.account_id == entry.c.account_id),
        )
        .where(entry.c.tenant_id == tenant_id, entry.c.journal_id.in_([head.journal_id for head in heads]))
        .order_by(entry.c.journal_id, account.c.code, entry.c.account_id, entry.c.seq)
    ).all()
    entries: dict[str, list[BookedEntry]] = {head.journal_id: [] for head in heads}
    for line in lines:
        booked = BookedEntry(
            line.account_id, line.code, line.owner, line.sub, line.currency, line.amount_minor, line.balance_after_minor
        )
        entries[line.journal_id].append(booked)
    return [
        BookedJournal(
            head.journal_id,
            head.kind,
            head.source_type,
            head.source_id,
            head.event_at,
            head.booked_at,
            head.accounting_date,
            head.memo,
            head.reverses,
            tuple(entries[head.journal_id]),
        )
        for head in heads
    ]


def in_transit(
    connection: Connection, *, tenant_id: str | None = None, before: datetime | None = None, limit: int = 1000
) -> list[OpenTransit]:
    """Clearing accounts that are not zero, the oldest first; `before` leaves out what moved since then."""
    query = (
        select(account, entry.c.booked_at)
        .join_from(
            account,
            entry,
            (entry.c.tenant_id == account.c.tenant_id)
            & (entry.c.account_id == account.c.account_id)
            & (entry.c.seq == account.c.seq),
        )
        .where(account.c.code.in_(IN_TRANSIT), account.c.balance_minor != 0)
        .order_by(entry.c.booked_at, account.c.tenant_id, account.c.account_id)
        .limit(limit)
    )
    if tenant_id is not None:
        query = query.where(account.c.tenant_id == tenant_id)
    if before is not None:
        query = query.where(entry.c.booked_at < before)
    return [
        OpenTransit(
            row.tenant_id,
            row.account_id,
            row.code,
            row.owner,
            row.sub,
            row.currency,
            Side(row.normal).sign * row.balance_minor,
            row.booked_at,
        )
        for row in connection.execute(query)
    ]
