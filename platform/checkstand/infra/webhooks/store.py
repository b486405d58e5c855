"""Tables of webhooks and the questions asked of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    Text,
    bindparam,
    select,
)

from checkstand.infra.db import Instant, Json, metadata

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("endpoint_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Json, nullable=False),  # list of names and groups; empty means all
    Column("secret_sealed", LargeBinary, nullable=False),
    Column("old_secret_sealed", LargeBinary),  # still signs until `old_secret_until`, so a rotation loses nothing
    Column("old_secret_until", Instant),
    Column("failures", Integer, nullable=False),  # in a row; a success sets it to 0
    Column("last_success_at", Instant),
    Column("last_failure_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("disabled_reason", String(40)),
    CheckConstraint("mode IN ('test', 'live')", name="mode"),
    CheckConstraint("failures >= 0", name="failures"),
)

webhook_message = Table(
    "webhook_message",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("message_id", String(40), primary_key=True),  # the webhook-id header, equal over all repeats
    Column("mode", String(4), nullable=False),
    Column("type", String(60), nullable=False),
    Column("object_id", String(40), nullable=False),
    Column("object_version", BigInteger, nullable=False),
    Column("payload", Json, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    CheckConstraint("mode IN ('test', 'live')", name="mode"),
    Index("ix_webhook_message_object", "tenant_id", "object_id", "occurred_at"),
    Index("ix_webhook_message_occurred", "tenant_id", "occurred_at"),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("delivery_id", String(40), primary_key=True),
    Column("message_id", String(40), nullable=False),
    Column("endpoint_id", String(40), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", String(12), nullable=False),  # delivered | retrying | dead
    Column("sent", Boolean, nullable=False),  # false: the breaker or a check of the address kept it here
    Column("requested_at", Instant, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("status_code", Integer),
    Column("response_excerpt", Text),
    Column("error", Text),
    Column("next_at", Instant),
    ForeignKeyConstraint(["tenant_id", "message_id"], ["webhook_message.tenant_id", "webhook_message.message_id"]),
    ForeignKeyConstraint(["tenant_id", "endpoint_id"], ["webhook_endpoint.tenant_id", "webhook_endpoint.endpoint_id"]),
    Index("ix_webhook_delivery_message", "tenant_id", "message_id", "requested_at"),
    Index("ix_webhook_delivery_endpoint", "tenant_id", "endpoint_id", "requested_at"),
)


_ENDPOINTS = (
    select(webhook_endpoint)
    .where(webhook_endpoint.c.tenant_id == bindparam("tenant_id"), webhook_endpoint.c.mode == bindparam("mode"))
    .order_by(webhook_endpoint.c.endpoint_id)
    .limit(bindparam("limit", type_=Integer))
)
_MESSAGE = select(webhook_message).where(
    webhook_message.c.tenant_id == bindparam("tenant_id"), webhook_message.c.message_id == bindparam("message_id")
)


def endpoint_row(connection: Connection, tenant_id: str, endpoint_id: str) -> RowMapping | None:
    table = webhook_endpoint
    return _one(connection, select(table).where(table.c.tenant_id == tenant_id, table.c.endpoint_id == endpoint_id))


def endpoint_rows(connection: Connection, tenant_id: str, mode: str, *, limit: int = 100) -> list[RowMapping]:
    """The endpoints of one tenant and mode, oldest first."""
    values = {"tenant_id": tenant_id, "mode": mode, "limit": limit}
    return list(connection.execute(_ENDPOINTS, values).mappings())


def message_row(connection: Connection, tenant_id: str, message_id: str) -> RowMapping | None:
    values = {"tenant_id": tenant_id, "message_id": message_id}
    return connection.execute(_MESSAGE, values).mappings().one_or_none()


def messages_of(connection: Connection, tenant_id: str, object_ids: list[str], *, limit: int = 200) -> list[RowMapping]:
    """What was told about these objects, in the order in which it happened; for the story of a payment."""
    table = webhook_message
    query = select(table).where(table.c.tenant_id == tenant_id, table.c.object_id.in_(object_ids))
    return list(connection.execute(query.order_by(table.c.occurred_at, table.c.message_id).limit(limit)).mappings())


def delivery_row(connection: Connection, tenant_id: str, delivery_id: str) -> RowMapping | None:
    table = webhook_delivery
    return _one(connection, select(table).where(table.c.tenant_id == tenant_id, table.c.delivery_id == delivery_id))


def deliveries_of(
    connection: Connection, tenant_id: str, message_ids: list[str], *, limit: int = 500
) -> list[RowMapping]:
    """Every attempt at these messages, oldest first."""
    table = webhook_delivery
    query = select(table).where(table.c.tenant_id == tenant_id, table.c.message_id.in_(message_ids))
    return list(connection.execute(query.order_by(table.c.requested_at, table.c.delivery_id).limit(limit)).mappings())


def recent_deliveries(
    connection: Connection, tenant_id: str, *, state: str | None = None, endpoint_id: str | None = None, limit: int = 50
) -> list[RowMapping]:
    """The latest attempts, newest first, narrowed by state and endpoint."""
    table = webhook_delivery
    query = select(table).where(table.c.tenant_id == tenant_id)
    if state is not None:
        query = query.where(table.c.state == state)
    if endpoint_id is not None:
        query = query.where(table.c.endpoint_id == endpoint_id)
    newest_first = query.order_by(table.c.requested_at.desc(), table.c.delivery_id.desc())
    return list(connection.execute(newest_first.limit(limit)).mappings())


def _one(connection: Connection, query: Any) -> RowMapping | None:
    row: RowMapping | None = connection.execute(query).mappings().one_or_none()
    return row
