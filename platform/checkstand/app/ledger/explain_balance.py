"""Where a balance comes from: entry → journal → the object that booked it → its states → what the channel said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, select

from checkstand.accounting.chart import CHART, Side
from checkstand.accounting.period import find_account
from checkstand.accounting.protocol import Template, current
from checkstand.accounting.reading import BookedJournal, journals_of
from checkstand.accounting.store import entry, journal
from checkstand.app.edges import object_tables
from checkstand.app.platform import Platform
from checkstand.app.story_parts import edge_told, exchange_told, moment
from checkstand.infra.state_event import history_of
from checkstand.kernel import CheckstandError, Kind
from checkstand.member.approvals import approval
from checkstand.payment import attempts_of_payments, exchanges_of, inbox_of, payments_of_order

# A journal's source by its type, where that is not the name of a state table.
_OTHER_NAMES: Final[Mapping[str, str]] = {
    "release": "transaction",
    "recon_item": "reconciliation_item",
    "batch": "settlement_batch",
    "hold": "attempt",  # of a balance: the hold carries its number
}
# Columns that lead from one object to the one behind it.
_BEHIND: Final = (
    "payment_id",
    "attempt_id",
    "order_id",
    "transaction_id",
    "batch_id",
    "source_id",
    "file_id",
    "run_id",
)
_HIDDEN: Final = ("account_sealed", "instruction", "decisions", "evidence", "routes")
ENTRIES: Final = 20


class AccountUnknown(CheckstandError):
    """Nothing was ever booked on an account of this name in this book."""

    code = "ledger.account_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such account in these books."
    remedy = "Write it as the account list shows it, like 2102:CNY:owner. An account appears with its first entry."


class JournalUnknown(CheckstandError):
    """These books have no journal of this id."""

    code = "ledger.journal_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such journal in these books."
    remedy = "Open the statement of an account; every line leads to its journal."


@dataclass(frozen=True, slots=True)
class Source:
    """The object behind a journal: its facts, how it came to its state, and what was said about it outside."""

    kind: str
    object_id: str
    facts: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]
    exchanges: Sequence[Mapping[str, Any]]
    notifications: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class JournalExplained:
    """A journal with the line of the protocol that made it, and its source."""

    journal: BookedJournal
    templates: Sequence[Template]
    source: Source | None


@dataclass(frozen=True, slots=True)
class BalanceExplained:
    """A balance and the newest entries it was made of, each down to the raw message."""

    account: Row[Any]
    balance_minor: int  # on the account's normal side
    entries: Sequence[tuple[Row[Any], JournalExplained]]
    next_seq: int | None

    @property
    def name(self) -> str:
        return CHART[self.account.code].name


def explain_balance(
    platform: Platform, tenant_id: str, account_id: str, *, seq: int | None = None, limit: int = ENTRIES
) -> BalanceExplained:
    """The newest entries of an account up to `seq`, each with everything that led to it."""
    with platform.db.read() as connection:
        row = find_account(connection, tenant_id, account_id)
        if row is None:
            raise AccountUnknown(account=account_id)
        query = select(entry).where(entry.c.tenant_id == tenant_id, entry.c.account_id == account_id)
        if seq is not None:
            query = query.where(entry.c.seq <= seq)
        lines = connection.execute(query.order_by(entry.c.seq.desc()).limit(limit + 1)).all()
        explained = [(line, _journal(connection, tenant_id, line.journal_id)) for line in lines[:limit]]
    stands = lines[0].balance_after_minor if seq is not None and lines else row.balance_minor
    following = lines[limit].seq if len(lines) > limit else None
    return BalanceExplained(row, Side(row.normal).sign * stands, explained, following)


def explain_journal(platform: Platform, tenant_id: str, journal_id: str) -> JournalExplained:
    """One journal of these books with everything behind it."""
    with platform.db.read() as connection:
        return _journal(connection, tenant_id, journal_id)


def _journal(connection: Connection, tenant_id: str, journal_id: str) -> JournalExplained:
    head = connection.execute(
        select(journal.c.source_id).where(journal.c.tenant_id == tenant_id, journal.c.journal_id == journal_id)
    ).one_or_none()
    if head is None:
        raise JournalUnknown(journal=journal_id)
    booked = next(j for j in journals_of(connection, tenant_id, [head.source_id]) if j.journal_id == journal_id)
    source = _source(connection, tenant_id, booked)
    return JournalExplained(booked, _templates(booked), source)


def _templates(booked: BookedJournal) -> list[Template]:
    """The lines of the protocol that book this kind on these accounts, or on these and others (a part was zero)."""
    codes = {each.code for each in booked.entries}
    lines = [each for each in current().lines_of(booked.kind) if each.source == booked.source_type]
    exact = [each for each in lines if {line.codes for line in each.lines} == {(code,) for code in codes}]
    return exact or [each for each in lines if codes <= {code for line in each.lines for code in line.codes}]


def _source(connection: Connection, tenant_id: str, booked: BookedJournal) -> Source | None:
    kind = _OTHER_NAMES.get(booked.source_type, booked.source_type)
    object_id = booked.source_id.partition(".")[0]  # `item.2`: the second posting of an item
    found = _row(connection, tenant_id, kind, object_id)
    if found is None:
        return None
    numbers = [object_id, *_behind(found), *_made_of(connection, tenant_id, kind, found)]
    return Source(
        kind,
        object_id,
        {name: _shown(value) for name, value in found._mapping.items() if name not in _HIDDEN and value is not None},
        [edge_told(each) for each in history_of(connection, tenant_id, numbers)],
        [exchange_told(each) for each in exchanges_of(connection, tenant_id, numbers)],
        [_notification(each) for each in inbox_of(connection, tenant_id, numbers)],
    )


def _row(connection: Connection, tenant_id: str, kind: str, object_id: str) -> Row[Any] | None:
    tables: dict[str, tuple[Table, str]] = {**object_tables(), "adjustment": (approval, "object_id")}
    if kind not in tables:
        return None
    table, key = tables[kind]
    return connection.execute(
        select(table).where(table.c.tenant_id == tenant_id, table.c[key] == object_id).limit(1)
    ).one_or_none()


def _behind(row: Row[Any]) -> list[str]:
    """Ids of the objects this one belongs to, whose messages and states are part of its story."""
    return [str(row._mapping[name]) for name in _BEHIND if row._mapping.get(name)]


def _made_of(connection: Connection, tenant_id: str, kind: str, row: Row[Any]) -> list[str]:
    """The payments of a transaction and the attempts of a payment: those talk to the channel."""
    payments = [row.payment_id] if kind == "payment" else []
    if kind == "transaction":
        payments = [each.payment_id for each in payments_of_order(connection, tenant_id, row.order_id)]
    attempts = attempts_of_payments(connection, tenant_id, payments)
    return [*payments, *(each.attempt_id for each in attempts)]


def _notification(row: Row[Any]) -> dict[str, Any]:
    return {
        "about": row.number,
        "notify_id": row.notify_key,
        "outcome": row.outcome,
        "classified": row.classified,
        "at": moment(row.received_at),
        "summary": row.summary,
    }


def _shown(value: Any) -> Any:
    return moment(value) if isinstance(value, datetime) else value
