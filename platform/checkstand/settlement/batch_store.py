"""Settlement batches: one per payee, cycle, currency and day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    select,
)

from checkstand.infra.db import Instant, in_order, metadata
from checkstand.settlement.batch_states import BatchState

settlement_batch = Table(
    "settlement_batch",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("batch_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("owner_id", String(80), nullable=False),  # the payee
    Column("cycle", String(5), nullable=False),
    Column("settles_on", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("cut_at", Instant, nullable=False),  # what is eligible until then belongs to it
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("items", Integer, nullable=False),
    Column("pending_minor", BigInteger, nullable=False),  # of 2102
    Column("split_minor", BigInteger, nullable=False),  # of 2501
    Column("fee_minor", BigInteger, nullable=False),  # fee_timing=settle: what the batch still takes
    Column("net_minor", BigInteger, nullable=False),  # what the payee gets
    Column("destination", String(6)),  # bank | wallet, as it was when the batch was approved
    Column("card_id", String(40)),
    Column("reason", String(60)),  # why it waits, was carried, or failed
    Column("approved_by", String(80)),  # "automatic", or the second of two people
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    UniqueConstraint("tenant_id", "mode", "owner_id", "cycle", "currency", "settles_on", name="uq_batch_of_day"),
    CheckConstraint("net_minor = pending_minor + split_minor - fee_minor", name="net"),
    Index("ix_settlement_batch_status", "tenant_id", "mode", "status", "batch_id"),
)

_B = settlement_batch.c


def get_batch(connection: Connection, tenant_id: str, batch_id: str) -> Row[Any] | None:
    return connection.execute(
        select(settlement_batch).where(_B.tenant_id == tenant_id, _B.batch_id == batch_id)
    ).one_or_none()


def batch_anywhere(connection: Connection, batch_id: str) -> Row[Any] | None:
    """A batch by id alone; for the operator's command line, which stands above business units."""
    return connection.execute(select(settlement_batch).where(_B.batch_id == batch_id)).one_or_none()


def batch_of_day(
    connection: Connection, tenant_id: str, mode: str, owner_id: str, cycle: str, currency: str, day: date
) -> Row[Any] | None:
    """The one batch of this payee, cycle, currency and day."""
    return connection.execute(
        select(settlement_batch).where(
            _B.tenant_id == tenant_id,
            _B.mode == mode,
            _B.owner_id == owner_id,
            _B.cycle == cycle,
            _B.currency == currency,
            _B.settles_on == day,
        )
    ).one_or_none()


def latest_batch(
    connection: Connection, tenant_id: str, mode: str, owner_id: str, cycle: str, currency: str
) -> Row[Any] | None:
    """The last batch that was opened for this payee, cycle and currency."""
    return connection.execute(
        select(settlement_batch)
        .where(
            _B.tenant_id == tenant_id,
            _B.mode == mode,
            _B.owner_id == owner_id,
            _B.cycle == cycle,
            _B.currency == currency,
        )
        .order_by(_B.settles_on.desc())
        .limit(1)
    ).one_or_none()


def unfinished(connection: Connection, tenant_id: str, *, limit: int = 1000) -> Sequence[Row[Any]]:
    """Batches that have not come to their approval, oldest first."""
    return connection.execute(
        select(settlement_batch)
        .where(
            _B.tenant_id == tenant_id,
            _B.status.in_((BatchState.OPEN, BatchState.CUT, BatchState.CALCULATED, BatchState.HELD_RECON)),
        )
        .order_by(in_order(_B.batch_id))
        .limit(limit)
    ).all()


def batches_page(
    connection: Connection,
    tenant_id: str,
    mode: str,
    *,
    statuses: Sequence[str] = (),
    owner_id: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Sequence[Row[Any]]:
    """Batches, newest first; `before` is the id of the last one that was seen."""
    query = select(settlement_batch).where(_B.tenant_id == tenant_id, _B.mode == mode)
    if statuses:
        query = query.where(_B.status.in_(statuses))
    if owner_id is not None:
        query = query.where(_B.owner_id == owner_id)
    if before is not None:
        query = query.where(in_order(_B.batch_id) < before)
    return connection.execute(query.order_by(in_order(_B.batch_id).desc()).limit(limit)).all()
