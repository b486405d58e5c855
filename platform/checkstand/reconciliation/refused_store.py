"""Statement files that could not be used, with the reason: evidence for asking the channel for a right one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Index,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    select,
)

from checkstand.infra.db import Instant, in_order, metadata
from checkstand.reconciliation.store import reconciliation_file_part

refused_statement = Table(
    "refused_statement",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("file_id", String(40), primary_key=True),  # its bytes are in reconciliation_file_part
    Column("channel_account_id", String(40), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("day", Date, nullable=False),
    Column("name", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("code", String(60), nullable=False),
    Column("detail", String(500), nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("tenant_id", "channel_account_id", "day", "sha256", name="uq_refused_statement_content"),
    Index("ix_refused_statement_mode", "tenant_id", "mode"),
)

_C = refused_statement.c


def is_kept(connection: Connection, tenant_id: str, channel_account_id: str, day: date, sha256: str) -> bool:
    """Whether this very file is here already."""
    query = select(_C.file_id).where(_C.tenant_id == tenant_id, _C.channel_account_id == channel_account_id)
    return connection.execute(query.where(_C.day == day, _C.sha256 == sha256)).first() is not None


def count_of_day(connection: Connection, tenant_id: str, channel_account_id: str, day: date) -> int:
    """How many different files of this day were refused."""
    query = select(func.count()).where(_C.tenant_id == tenant_id, _C.channel_account_id == channel_account_id)
    return int(connection.execute(query.where(_C.day == day)).scalar_one())


def find(connection: Connection, tenant_id: str, file_id: str) -> Row[Any] | None:
    """One refused file."""
    query = select(refused_statement).where(_C.tenant_id == tenant_id, _C.file_id == file_id)
    return connection.execute(query).one_or_none()


def latest(connection: Connection, tenant_id: str, mode: str, *, limit: int = 20) -> Sequence[Row[Any]]:
    """The files that were refused last, newest first."""
    query = select(refused_statement).where(_C.tenant_id == tenant_id, _C.mode == mode)
    return connection.execute(query.order_by(in_order(_C.file_id).desc()).limit(limit)).all()


def delete_refused(connection: Connection, tenant_id: str, before: datetime, limit: int) -> int:
    """Delete files that were refused earlier, among the oldest so many; tells how many."""
    oldest = select(_C.file_id, _C.created_at).where(_C.tenant_id == tenant_id)
    rows = connection.execute(oldest.order_by(in_order(_C.file_id)).limit(limit))
    ids = [row.file_id for row in rows if row.created_at < before]
    if ids:
        part = reconciliation_file_part
        connection.execute(delete(part).where(part.c.tenant_id == tenant_id, part.c.file_id.in_(ids)))
        connection.execute(delete(refused_statement).where(_C.tenant_id == tenant_id, _C.file_id.in_(ids)))
    return len(ids)
