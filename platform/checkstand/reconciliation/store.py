"""Statement files with all their versions, runs over them, and one item per movement that was compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
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
    case,
    func,
    select,
)

from checkstand.infra.db import Instant, Json, in_order, metadata
from checkstand.kernel.ids import ALPHABET
from checkstand.reconciliation.model import LineKind
from checkstand.reconciliation.states import ItemState, RunState

reconciliation_file = Table(
    "reconciliation_file",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("file_id", String(40), primary_key=True),
    Column("channel_account_id", String(40), nullable=False),
    Column("cleared_on", Date, nullable=False),
    Column("version", Integer, nullable=False),  # a re-issued file is another version; both are kept
    Column("name", String(200), nullable=False),
    Column("format", String(60), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("tenant_id", "channel_account_id", "cleared_on", "sha256", name="uq_reconciliation_file_content"),
    UniqueConstraint("tenant_id", "channel_account_id", "cleared_on", "version", name="uq_reconciliation_file_version"),
)

reconciliation_file_part = Table(
    "reconciliation_file_part",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("file_id", String(40), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),  # the bytes as they came, compressed by zlib
)

reconciliation_run = Table(
    "reconciliation_run",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("run_id", String(40), primary_key=True),
    Column("channel_account_id", String(40), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("cleared_on", Date, nullable=False),
    Column("file_id", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("classes", Json, nullable=False),  # class → how many items
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    UniqueConstraint("tenant_id", "file_id"),
    Index("ix_reconciliation_run_day", "tenant_id", "channel_account_id", "cleared_on"),
)

reconciliation_item = Table(
    "reconciliation_item",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("item_id", String(40), primary_key=True),  # made from what it is about: a second run finds the same
    Column("run_id", String(40), nullable=False),
    Column("channel_account_id", String(40), nullable=False),
    Column("cleared_on", Date, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("our_no", String(64), nullable=False),
    Column("channel_no", String(64), nullable=False),
    Column("original_no", String(64), nullable=False),
    Column("item_class", String(30), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("resolution", String(20)),
    Column("currency", String(3), nullable=False),
    Column("own_minor", BigInteger),  # null: our side is absent
    Column("own_fee_minor", BigInteger),
    Column("own_at", Instant),
    Column("booked_on", Date),
    Column("channel_minor", BigInteger),  # null: the channel's side is absent
    Column("channel_fee_minor", BigInteger),
    Column("channel_at", Instant),
    Column("line_no", Integer),
    Column("amount_diff_minor", BigInteger, nullable=False),  # what is booked for it: B less A
    Column("cost_diff_minor", BigInteger, nullable=False),
    Column("suspended", Boolean, nullable=False),  # the fee's difference waits, too
    Column("posting", Integer, nullable=False),  # how often something was booked for it
    Column("facts", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("owner", String(120)),  # the person who takes care of it
    Column("owned_at", Instant),
    CheckConstraint("own_minor IS NOT NULL OR channel_minor IS NOT NULL", name="a_side"),
    Index("ix_reconciliation_item_run", "tenant_id", "run_id", "item_class"),
    Index("ix_reconciliation_item_our_no", "tenant_id", "channel_account_id", "our_no"),
    Index("ix_reconciliation_item_status", "tenant_id", "channel_account_id", "status"),
)

reconciliation_note = Table(
    "reconciliation_note",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("note_id", String(40), primary_key=True),
    Column("item_id", String(40), nullable=False),
    Column("by", String(120), nullable=False),
    Column("text", String(1000), nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_reconciliation_note_item", "tenant_id", "item_id"),
)

_F, _R, _I = reconciliation_file.c, reconciliation_run.c, reconciliation_item.c


def item_id_of(channel_account_id: str, kind: str, number: str, repeated: str = "") -> str:
    """The id of the item about this movement; `repeated` tells a second line of it from the first."""
    digest = int.from_bytes(sha256("\0".join((channel_account_id, kind, number, repeated)).encode()).digest(), "big")
    return "rci_" + "".join(ALPHABET[(digest >> shift) & 31] for shift in range(125, -1, -5))


def files_of(connection: Connection, tenant_id: str, channel_account_id: str, day: date) -> Sequence[Row[Any]]:
    """Every version of a day's statement, oldest first."""
    return connection.execute(
        select(reconciliation_file)
        .where(_F.tenant_id == tenant_id, _F.channel_account_id == channel_account_id, _F.cleared_on == day)
        .order_by(_F.version)
        .limit(1000)
    ).all()


def find_file(connection: Connection, tenant_id: str, file_id: str) -> Row[Any] | None:
    """One file that was used."""
    query = select(reconciliation_file).where(_F.tenant_id == tenant_id, _F.file_id == file_id)
    return connection.execute(query).one_or_none()


def content_part(connection: Connection, tenant_id: str, file_id: str, number: int) -> bytes | None:
    """One compressed part of a file."""
    part = reconciliation_file_part.c
    query = select(part.content).where(part.tenant_id == tenant_id, part.file_id == file_id, part.part == number)
    return connection.execute(query).scalar_one_or_none()


def run_of_file(connection: Connection, tenant_id: str, file_id: str) -> Row[Any] | None:
    """The run over this file."""
    return connection.execute(
        select(reconciliation_run).where(_R.tenant_id == tenant_id, _R.file_id == file_id)
    ).one_or_none()


def runs(connection: Connection, tenant_id: str, *, limit: int = 50) -> Sequence[Row[Any]]:
    """The latest runs, newest first."""
    return connection.execute(
        select(reconciliation_run).where(_R.tenant_id == tenant_id).order_by(_R.run_id.desc()).limit(limit)
    ).all()


def run_anywhere(connection: Connection, run_id: str) -> Row[Any] | None:
    """A run by id alone; for the operator's command line, which stands above business units."""
    return connection.execute(select(reconciliation_run).where(_R.run_id == run_id)).one_or_none()


def runs_of_day(connection: Connection, tenant_id: str, channel_account_id: str, day: date) -> Sequence[Row[Any]]:
    """The runs over every version of a day's statement, oldest first."""
    return connection.execute(
        select(reconciliation_run)
        .where(_R.tenant_id == tenant_id, _R.channel_account_id == channel_account_id, _R.cleared_on == day)
        .order_by(in_order(_R.run_id))
        .limit(1000)
    ).all()


def closed_on(connection: Connection, tenant_id: str, channel_account_id: str, day: date) -> bool:
    """Whether this day is finished with this channel: its latest statement was compared, booked, and paid for."""
    latest = connection.execute(
        select(_R.status)
        .where(_R.tenant_id == tenant_id, _R.channel_account_id == channel_account_id, _R.cleared_on == day)
        .where(_R.status != RunState.SUPERSEDED)
        .order_by(in_order(_R.run_id).desc())
        .limit(1)
    ).scalar_one_or_none()
    return latest == RunState.CLOSED


def items_by_id(connection: Connection, tenant_id: str, item_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Those of these items that exist."""
    found = connection.execute(
        select(reconciliation_item).where(_I.tenant_id == tenant_id, _I.item_id.in_(item_ids))
    ).all()
    return {row.item_id: row for row in found}


def waiting_items(connection: Connection, tenant_id: str, channel_account_id: str, before: date) -> Sequence[Row[Any]]:
    """Items near the edge of an earlier day whose partner may be in this statement."""
    return connection.execute(
        select(reconciliation_item).where(
            _I.tenant_id == tenant_id,
            _I.channel_account_id == channel_account_id,
            _I.status == ItemState.PENDING_CUTOFF,
            _I.cleared_on < before,
        )
    ).all()


def items_of_run(
    connection: Connection, tenant_id: str, run_id: str, *, item_class: str | None = None, limit: int = 1000
) -> Sequence[Row[Any]]:
    """What a run found, by class."""
    query = select(reconciliation_item).where(_I.tenant_id == tenant_id, _I.run_id == run_id)
    if item_class:
        query = query.where(_I.item_class == item_class)
    return connection.execute(query.order_by(_I.item_class, _I.item_id).limit(limit)).all()


def open_completions(
    connection: Connection, tenant_id: str, run_id: str, classes: Sequence[str], *, after: str = "", limit: int = 200
) -> Sequence[Row[Any]]:
    """Items of a run that a rule is still to complete, by id."""
    return connection.execute(
        select(reconciliation_item)
        .where(_I.tenant_id == tenant_id, _I.run_id == run_id, _I.item_class.in_(classes))
        .where(_I.status == ItemState.DISCREPANT, _I.item_id > after)
        .order_by(_I.item_id)
        .limit(limit)
    ).all()


def left_behind(
    connection: Connection, tenant_id: str, run_ids: Sequence[str], day: date, *, limit: int = 200
) -> Sequence[Row[Any]]:
    """Items of superseded runs that the re-issued statement no longer speaks of."""
    return connection.execute(
        select(reconciliation_item)
        .where(_I.tenant_id == tenant_id, _I.run_id.in_(run_ids), _I.cleared_on == day)
        .where(_I.kind.in_(tuple(LineKind)))  # what the bank paid for the day is compared again by itself
        .order_by(_I.item_id)
        .limit(limit)
    ).all()


def statement_net(connection: Connection, tenant_id: str, channel_account_id: str, day: date) -> dict[str, int]:
    """What the channel owes for the lines of a day by its own statement, per currency."""
    gross = case((_I.kind == LineKind.PAYMENT, _I.channel_minor), else_=-_I.channel_minor)
    rows = connection.execute(
        select(_I.currency, func.sum(gross - _I.channel_fee_minor))
        .where(_I.tenant_id == tenant_id, _I.channel_account_id == channel_account_id, _I.cleared_on == day)
        .where(_I.kind.in_(tuple(LineKind)), _I.channel_minor.is_not(None))
        .where(func.coalesce(_I.resolution, "") != "withdrawn")
        .group_by(_I.currency)
    )
    return {row[0]: int(row[1]) for row in rows}


def pending_net(connection: Connection, tenant_id: str, channel_account_id: str, day: date) -> dict[str, int]:
    """What items near the edge of a day still add to its receivable, per currency: valued, not booked."""
    sign = case((_I.kind == LineKind.PAYMENT, 1), else_=-1)
    own = case((_I.own_minor.is_not(None), sign * _I.own_minor - _I.own_fee_minor), else_=0)
    theirs = case((_I.channel_minor.is_not(None), sign * _I.channel_minor - _I.channel_fee_minor), else_=0)
    rows = connection.execute(
        select(_I.currency, func.sum(own - theirs))
        .where(_I.tenant_id == tenant_id, _I.channel_account_id == channel_account_id)
        .where(_I.kind.in_(tuple(LineKind)), _I.status == ItemState.PENDING_CUTOFF)
        .where(func.coalesce(_I.booked_on, _I.cleared_on) == day)
        .group_by(_I.currency)
    )
    return {row[0]: int(row[1]) for row in rows}


def classes_of(connection: Connection, tenant_id: str, run_id: str) -> dict[str, int]:
    """How many items of each class a run has."""
    rows = connection.execute(
        select(_I.item_class, func.count())
        .where(_I.tenant_id == tenant_id, _I.run_id == run_id)
        .group_by(_I.item_class)
        .order_by(_I.item_class)
    )
    return {row[0]: row[1] for row in rows}
