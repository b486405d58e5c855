"""Every edge leaves one row in the same commit: the history that operators read and audits trust."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, select

from checkstand.infra.db import Instant, Json, in_order, metadata
from checkstand.infra.ops import Insert
from checkstand.kernel import new_id

state_event = Table(
    "state_event",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("state_event_id", String(40), primary_key=True),
    Column("object_type", String(20), nullable=False),  # order | transaction | payment | attempt | refund
    Column("object_id", String(40), nullable=False),
    Column("source", String(20)),  # null: the object was created
    Column("event", String(30), nullable=False),
    Column("target", String(20), nullable=False),
    Column("facts", Json, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Index("ix_state_event_object", "tenant_id", "object_id"),
)


def state_event_op(
    tenant_id: str,
    object_type: str,
    object_id: str,
    source: str | None,
    event: str,
    target: str,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> Insert:
    """One row of history; an anomaly that changes no state has equal source and target."""
    return Insert(
        state_event,
        {
            "tenant_id": tenant_id,
            "state_event_id": new_id("evt"),
            "object_type": object_type,
            "object_id": object_id,
            "source": source,
            "event": event,
            "target": target,
            "facts": dict(facts or {}),
            "occurred_at": at,
        },
    )


def history_of(
    connection: Connection, tenant_id: str, object_ids: list[str], *, limit: int = 500
) -> list[dict[str, Any]]:
    """The edges of these objects in the order in which they happened."""
    rows = connection.execute(
        select(state_event)
        .where(state_event.c.tenant_id == tenant_id, state_event.c.object_id.in_(object_ids))
        .order_by(in_order(state_event.c.state_event_id))
        .limit(limit)
    )
    return [dict(row._mapping) for row in rows]
