"""Transactions: the business-level request behind an order; pay or recharge, instant flow."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Row, String, Table, bindparam, select

from checkstand.infra.db import Instant, metadata

transaction = Table(
    "transaction",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("transaction_id", String(40), primary_key=True),
    Column("order_id", String(40), nullable=False),
    Column("kind", String(10), nullable=False),  # pay | recharge
    Column("flow", String(10), nullable=False),  # instant
    Column("payee", String(80), nullable=False),  # owner of the account that is credited
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("fee_rate_ppm", Integer, nullable=False),
    Column("fee_min_minor", BigInteger, nullable=False),
    Column("late_success", String(10), nullable=False),  # refund | accept | hold
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("uq_transaction_order", "tenant_id", "order_id", unique=True),
)


_BY_ORDER = select(transaction).where(
    transaction.c.tenant_id == bindparam("tenant_id"), transaction.c.order_id == bindparam("order_id")
)


def transaction_of_order(connection: Connection, tenant_id: str, order_id: str) -> Row[Any] | None:
    """The one transaction of this order."""
    return connection.execute(_BY_ORDER, {"tenant_id": tenant_id, "order_id": order_id}).one_or_none()
