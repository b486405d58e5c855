"""The bank's statements as they came, their lines, and which days could not be fetched yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    select,
)

from checkstand.infra.db import Instant, in_order, metadata
from checkstand.reconciliation.states import EntryState, ItemState, RunState
from checkstand.reconciliation.store import reconciliation_item, reconciliation_run

bank_statement = Table(
    "bank_statement",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("statement_id", String(40), primary_key=True),
    Column("bank_account_id", String(40), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("day", Date, nullable=False),
    Column("version", Integer, nullable=False),  # a bank that corrects itself issues the day again; both are kept
    Column("message_id", String(80), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("opening_minor", BigInteger, nullable=False),
    Column("closing_minor", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),  # the bytes as they came, compressed by zlib
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("tenant_id", "bank_account_id", "message_id", name="uq_bank_statement_message"),
    UniqueConstraint("tenant_id", "bank_account_id", "day", "version", name="uq_bank_statement_version"),
)

bank_entry = Table(
    "bank_entry",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("entry_id", String(40), primary_key=True),
    Column("bank_account_id", String(40), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("statement_id", String(40), nullable=False),
    Column("entry_ref", String(80), nullable=False),
    Column("kind", String(10), nullable=False),  # payout | return | other
    Column("amount_minor", BigInteger, nullable=False),  # a credit is positive, a debit negative
    Column("currency", String(3), nullable=False),
    Column("booked_on", Date, nullable=False),
    Column("payout_no", String(35)),
    Column("code", String(20)),
    Column("reason", String(60)),
    Column("text", String(300), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("item_id", String(40)),  # the reconciliation item that it belongs to
    Column("created_at", Instant, nullable=False),
    Index("ix_bank_entry_status", "tenant_id", "mode", "status"),
    Index("ix_bank_entry_statement", "tenant_id", "statement_id"),
    Index("ix_bank_entry_day", "tenant_id", "bank_account_id", "booked_on"),
    Index("ix_bank_entry_payout", "tenant_id", "payout_no"),
)

reconciliation_fetch = Table(
    "reconciliation_fetch",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("channel_account_id", String(40), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("status", String(12), nullable=False),  # waiting | done | given_up
    Column("tries", Integer, nullable=False),
    Column("code", String(60), nullable=False),  # why the last try brought nothing
    Column("detail", String(500), nullable=False),
    Column("alarmed", Boolean, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_reconciliation_fetch_status", "tenant_id", "mode", "status"),
)

_S, _E, _F = bank_statement.c, bank_entry.c, reconciliation_fetch.c
_R, _I = reconciliation_run.c, reconciliation_item.c


def latest_statement(connection: Connection, tenant_id: str, bank_account_id: str) -> Row[Any] | None:
    """The newest day of this account, in its last version."""
    return connection.execute(
        select(bank_statement)
        .where(_S.tenant_id == tenant_id, _S.bank_account_id == bank_account_id)
        .order_by(_S.day.desc(), _S.version.desc())
        .limit(1)
    ).one_or_none()


def statement_before(connection: Connection, tenant_id: str, bank_account_id: str, day: date) -> Row[Any] | None:
    """The last one before this day."""
    return connection.execute(
        select(bank_statement)
        .where(_S.tenant_id == tenant_id, _S.bank_account_id == bank_account_id, _S.day < day)
        .order_by(_S.day.desc(), _S.version.desc())
        .limit(1)
    ).one_or_none()


def statements_of_day(connection: Connection, tenant_id: str, bank_account_id: str, day: date) -> Sequence[Row[Any]]:
    """Every version of a day, oldest first."""
    return connection.execute(
        select(bank_statement)
        .where(_S.tenant_id == tenant_id, _S.bank_account_id == bank_account_id, _S.day == day)
        .order_by(_S.version)
        .limit(100)
    ).all()


def bank_statements(connection: Connection, tenant_id: str, mode: str, *, limit: int = 20) -> Sequence[Row[Any]]:
    """The latest statements of all bank accounts, without their content."""
    columns = [column for column in bank_statement.c if column.name != "content"]
    return connection.execute(
        select(*columns)
        .where(_S.tenant_id == tenant_id, _S.mode == mode)
        .order_by(_S.day.desc(), _S.bank_account_id, _S.version.desc())
        .limit(limit)
    ).all()


def entries_of_day(connection: Connection, tenant_id: str, bank_account_id: str, day: date) -> Sequence[Row[Any]]:
    """The lines of a day that its last version has."""
    return connection.execute(
        select(bank_entry)
        .where(_E.tenant_id == tenant_id, _E.bank_account_id == bank_account_id, _E.booked_on == day)
        .where(_E.status != EntryState.SUPERSEDED)
        .order_by(_E.entry_id)
        .limit(100_000)
    ).all()


def entries_in(
    connection: Connection, tenant_id: str, mode: str, states: Sequence[str], *, limit: int = 10_000
) -> Sequence[Row[Any]]:
    """Lines in one of these states, oldest first."""
    return connection.execute(
        select(bank_entry)
        .where(_E.tenant_id == tenant_id, _E.mode == mode, _E.status.in_(states))
        .order_by(_E.booked_on, _E.entry_id)
        .limit(limit)
    ).all()


def payout_has_line(connection: Connection, tenant_id: str, payout_no: str, kind: str) -> bool:
    """Whether a line of this kind has been taken for the payout under this number."""
    e = bank_entry.c
    query = select(e.entry_id).where(
        e.tenant_id == tenant_id, e.payout_no == payout_no, e.kind == kind, e.status == EntryState.PAYOUT
    )
    return connection.execute(query.limit(1)).first() is not None


def entry_of_item(connection: Connection, tenant_id: str, item_id: str) -> Row[Any] | None:
    """The line of the bank that an item is about."""
    return connection.execute(
        select(bank_entry)
        .where(_E.tenant_id == tenant_id, _E.item_id == item_id, _E.status != EntryState.SUPERSEDED)
        .order_by(in_order(_E.entry_id).desc())
        .limit(1)
    ).one_or_none()


def runs_in(
    connection: Connection, tenant_id: str, mode: str, states: Sequence[RunState], *, limit: int = 400
) -> Sequence[Row[Any]]:
    """Runs in one of these states, the oldest day first."""
    return connection.execute(
        select(reconciliation_run)
        .where(_R.tenant_id == tenant_id, _R.mode == mode, _R.status.in_(states))
        .order_by(_R.cleared_on, in_order(_R.run_id))
        .limit(limit)
    ).all()


def open_alone(connection: Connection, tenant_id: str, item_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Those of these items that nobody has decided about yet."""
    rows = connection.execute(
        select(reconciliation_item).where(
            _I.tenant_id == tenant_id,
            _I.item_id.in_(item_ids),
            _I.status.in_((ItemState.DISCREPANT, ItemState.ASSIGNED)),
        )
    ).all()
    return {row.item_id: row for row in rows}


def fetch_of(connection: Connection, tenant_id: str, channel_account_id: str, day: date) -> Row[Any] | None:
    """How fetching this day stands."""
    return connection.execute(
        select(reconciliation_fetch).where(
            _F.tenant_id == tenant_id, _F.channel_account_id == channel_account_id, _F.day == day
        )
    ).one_or_none()


def unfetched(connection: Connection, tenant_id: str, mode: str, *, limit: int = 50) -> Sequence[Row[Any]]:
    """Days whose statement is not here, newest first."""
    return connection.execute(
        select(reconciliation_fetch)
        .where(_F.tenant_id == tenant_id, _F.mode == mode, _F.status != "done")
        .order_by(_F.day.desc(), _F.channel_account_id)
        .limit(limit)
    ).all()
