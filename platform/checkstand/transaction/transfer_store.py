"""Transfers between two members of one business unit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Connection, Index, Integer, Row, String, Table, select

from checkstand.infra.db import Instant, metadata

transfer = Table(
    "transfer",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("transfer_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("transfer_no", String(64), nullable=False),  # the business unit's own number
    Column("source_id", String(40), nullable=False),  # the member who pays
    Column("source_code", String(4), nullable=False),  # 2001 of a person, 2103 of an enterprise
    Column("target_id", String(40), nullable=False),
    Column("target_code", String(4), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("title", String(128), nullable=False),
    Column("two_phase", Integer, nullable=False),  # 1: held first
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("reason", String(60)),  # why it was voided
    Column("expires_at", Instant),  # two-phase only
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("source_id <> target_id", name="two_members"),
    Index("uq_transfer_no", "tenant_id", "mode", "transfer_no", unique=True),
)


def get_transfer(connection: Connection, tenant_id: str, transfer_id: str) -> Row[Any] | None:
    return connection.execute(
        select(transfer).where(transfer.c.tenant_id == tenant_id, transfer.c.transfer_id == transfer_id)
    ).one_or_none()


def find_transfer(connection: Connection, tenant_id: str, mode: str, transfer_no: str) -> Row[Any] | None:
    """The transfer under the business unit's own number."""
    return connection.execute(
        select(transfer).where(
            transfer.c.tenant_id == tenant_id, transfer.c.mode == mode, transfer.c.transfer_no == transfer_no
        )
    ).one_or_none()
