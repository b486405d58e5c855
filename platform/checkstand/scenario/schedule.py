"""Publications approved for a later moment. Each is published once, cancelled, or refused when it falls due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Row,
    String,
    Table,
    select,
    text,
)

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Update
from checkstand.scenario.tables import scenario_version

STATES: Final = ("scheduled", "published", "cancelled", "refused")
_OPEN: Final = text("state = 'scheduled'")

scheduled_publication = Table(
    "scheduled_publication",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("schedule_id", String(40), primary_key=True),
    Column("scenario_id", String(64), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("previous_hash", String(64)),  # what was published when it was approved; another one refuses it
    Column("request_id", String(40), nullable=False),
    Column("publish_at", Instant, nullable=False),
    Column("state", String(10), nullable=False),
    Column("note", String(500), nullable=False),
    Column("scheduled_by", String(80), nullable=False),
    Column("scheduled_email", String(254), nullable=False),  # who the trail names when it is published
    Column("scheduled_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String(80)),  # whoever cancelled it; nobody when it fell due
    Column("reason", String(500), nullable=False, server_default=""),  # why it was refused
    CheckConstraint(f"state IN {STATES}", name="state"),
    ForeignKeyConstraint(
        ["tenant_id", "content_hash"], [scenario_version.c.tenant_id, scenario_version.c.content_hash]
    ),
    Index("ix_scheduled_publication_scenario", "tenant_id", "scenario_id", "schedule_id"),
    # One moment at a time for one scenario, whatever two people do at once.
    Index(
        "uq_scheduled_publication_open", "tenant_id", "scenario_id", "mode",
        unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN,
    ),
)  # fmt: skip


def end_op(row: Row[Any], state: str, *, at: datetime, by: str | None = None, reason: str = "") -> Update:
    """Close a scheduled publication; the commit is refused when it is not open any more."""
    key = {"tenant_id": row.tenant_id, "schedule_id": row.schedule_id}
    values: Mapping[str, Any] = {"state": state, "ended_at": at, "ended_by": by, "reason": reason[:500]}
    return Update(scheduled_publication, key, values, guard={"state": "scheduled"})


def get_schedule(c: Connection, tenant_id: str, schedule_id: str) -> Row[Any] | None:
    t = scheduled_publication
    return c.execute(select(t).where(t.c.tenant_id == tenant_id, t.c.schedule_id == schedule_id)).one_or_none()


def open_schedule(c: Connection, tenant_id: str, scenario_id: str, mode: str) -> Row[Any] | None:
    """What waits for its moment."""
    t = scheduled_publication
    mine = (t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id, t.c.mode == mode)
    return c.execute(select(t).where(*mine, t.c.state == "scheduled")).one_or_none()


def schedule_of_request(c: Connection, tenant_id: str, scenario_id: str, request_id: str) -> Row[Any] | None:
    """The moment that a request was approved for, if it was."""
    t = scheduled_publication
    mine = (t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id, t.c.request_id == request_id)
    return c.execute(select(t).where(*mine).order_by(t.c.schedule_id.desc()).limit(1)).one_or_none()
