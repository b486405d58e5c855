"""Business orders: what the merchant sold, owned by the business."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    String,
    Table,
    bindparam,
    select,
)

from checkstand.infra.db import Instant, Json, metadata

business_order = Table(
    "business_order",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("order_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("order_no", String(64), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("title", String(256), nullable=False),
    Column("category", String(64), nullable=False),
    Column("lines", Json, nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("refunded_minor", BigInteger, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("paid_at", Instant),
    Column("closed_at", Instant),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded_within"),
    Index("uq_business_order_no", "tenant_id", "mode", "order_no", unique=True),
    Index("ix_business_order_created", "tenant_id", "mode", "created_at", "order_id"),
)


_OF_TENANT = select(business_order).where(business_order.c.tenant_id == bindparam("tenant_id"))
_BY_ID = _OF_TENANT.where(business_order.c.order_id == bindparam("order_id"))
_BY_NUMBER = _OF_TENANT.where(
    business_order.c.mode == bindparam("mode"), business_order.c.order_no == bindparam("order_no")
)


def get_order(connection: Connection, tenant_id: str, order_id: str) -> Row[Any] | None:
    """One order of this tenant."""
    return connection.execute(_BY_ID, {"tenant_id": tenant_id, "order_id": order_id}).one_or_none()


def find_order(connection: Connection, tenant_id: str, mode: str, order_no: str) -> Row[Any] | None:
    """The order with the merchant's own number; the number is unique per tenant and mode."""
    values = {"tenant_id": tenant_id, "mode": mode, "order_no": order_no}
    return connection.execute(_BY_NUMBER, values).one_or_none()
