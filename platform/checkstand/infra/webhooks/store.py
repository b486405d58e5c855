"""Tables of webhooks and the questions asked of them."""

from __future__ import annotations

from datetime import datetime
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
    Row,
    RowMapping,
    String,
    Table,
    Text,
    bindparam,
    select,
    text,
    update,
)

from checkstand.infra.db import Instant, Json, in_order, metadata

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

_HAS_BODY = text("payload <> '{}'")  # written out, or an index would not be used for it

webhook_message = Table(
    "webhook_message",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("message_id", String(40), primary_key=True),  # the webhook-id header, equal over all repeats
    Column("mode", String(4), nullable=False),
    Column("type", String(60), nullable=False),
    Column("object_id", String(40), nullable=False),
    Column("object_version", BigInteger, nullable=False),
    Column("payload", Json, nullable=False),  # empty once retention has deleted the body
    Column("occurred_at", Instant, nullable=False),
    CheckConstraint("mode IN ('test', 'live')", name="mode"),
    Index("ix_webhook_message_object", "tenant_id", "object_id", "occurred_at"),
    Index("ix_webhook_message_occurred", "tenant_id", "occurred_at"),
    Index("ix_webhook_message_body", "tenant_id", "occurred_at", sqlite_where=_HAS_BODY, postgresql_where=_HAS_BODY),
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
    Index("ix_webhook_delivery_state", "tenant_id", "state", "delivery_id"),
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
    return list(
        connection.execute(query.order_by(in_order(table.c.occurred_at), table.c.message_id).limit(limit)).mappings()
    )


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


def deliveries_page(
    connection: Connection,
    tenant_id: str,
    mode: str,
    *,
    state: str = "",
    endpoint_id: str = "",
    before: str = "",
    limit: int = 50,
) -> list[Row[Any]]:
    """Attempts newest first with the type of their message; `before` continues after the last id of a page."""
    d, m = webhook_delivery, webhook_message
    same = (m.c.tenant_id == d.c.tenant_id) & (m.c.message_id == d.c.message_id)
    query = select(d, m.c.type).join(m, same).where(d.c.tenant_id == tenant_id, m.c.mode == mode)
    if state:
        query = query.where(d.c.state == state)
    if endpoint_id:
        query = query.where(d.c.endpoint_id == endpoint_id)
    if before:
        query = query.where(d.c.delivery_id < before)
    return list(connection.execute(query.order_by(d.c.delivery_id.desc()).limit(limit)))


def messages_between(
    connection: Connection,
    tenant_id: str,
    mode: str,
    since: datetime,
    until: datetime,
    *,
    undelivered_at: str | None = None,
    limit: int = 1000,
) -> list[Row[Any]]:
    """Id, type and object of what happened from `since` on and before `until`, oldest first, while it has a body.

    With `undelivered_at` only messages that this endpoint has never answered with a 2xx.
    """
    m, d = webhook_message, webhook_delivery
    query = select(m.c.message_id, m.c.type, m.c.object_id).where(
        m.c.tenant_id == tenant_id, m.c.mode == mode, m.c.occurred_at >= since, m.c.occurred_at < until, _HAS_BODY
    )
    if undelivered_at is not None:
        delivered = select(d.c.delivery_id).where(
            d.c.tenant_id == m.c.tenant_id,
            d.c.message_id == m.c.message_id,
            d.c.endpoint_id == undelivered_at,
            d.c.state == "delivered",
        )
        query = query.where(~delivered.exists())
    return list(connection.execute(query.order_by(m.c.occurred_at, m.c.message_id).limit(limit)))


def latest_message_row(
    connection: Connection, tenant_id: str, mode: str, type: str, *, among: int = 1000
) -> RowMapping | None:
    """The newest message of this type among the unit's latest; older ones are not worth a long search."""
    m = webhook_message
    latest = select(m.c.message_id, m.c.type, m.c.mode).where(m.c.tenant_id == tenant_id)
    rows = connection.execute(latest.order_by(m.c.occurred_at.desc(), m.c.message_id.desc()).limit(among))
    found = next((row.message_id for row in rows if row.type == type and row.mode == mode), None)
    return None if found is None else message_row(connection, tenant_id, found)


def clear_bodies(connection: Connection, tenant_id: str, before: datetime, limit: int) -> int:
    """Delete the bodies of at most so many older messages, and what endpoints answered; tells how many messages.

    That it was told, when, and with which status stays.
    """
    m, d = webhook_message, webhook_delivery
    old = select(m.c.message_id).where(m.c.tenant_id == tenant_id, m.c.occurred_at < before, _HAS_BODY)
    ids = list(connection.execute(old.order_by(m.c.occurred_at).limit(limit)).scalars())
    if ids:
        these = {"response_excerpt": None}
        connection.execute(update(d).values(these).where(d.c.tenant_id == tenant_id, d.c.message_id.in_(ids)))
        connection.execute(update(m).values(payload={}).where(m.c.tenant_id == tenant_id, m.c.message_id.in_(ids)))
    return len(ids)


def _one(connection: Connection, query: Any) -> RowMapping | None:
    row: RowMapping | None = connection.execute(query).mappings().one_or_none()
    return row
