"""Requests to serve real money with a version: asked by one person, decided by another, bound to one hash."""

from __future__ import annotations

from collections.abc import Sequence
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
from checkstand.infra.ops import Op, Update
from checkstand.scenario.tables import scenario_version

STATES: Final = ("requested", "approved", "rejected", "withdrawn", "void")
NEWER_IN_TEST: Final = "test has another version"
NEWER_REQUEST: Final = "there is another request"
_OPEN: Final = text("state = 'requested'")

live_request = Table(
    "live_request",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("request_id", String(40), primary_key=True),
    Column("scenario_id", String(64), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("note", String(500), nullable=False),  # why it is asked for
    Column("requested_by", String(80), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("decided_by", String(80)),
    Column("decided_at", Instant),
    Column("reason", String(500), nullable=False, server_default=""),  # why it was decided so
    CheckConstraint(f"state IN {STATES}", name="state"),
    ForeignKeyConstraint(
        ["tenant_id", "content_hash"], [scenario_version.c.tenant_id, scenario_version.c.content_hash]
    ),
    Index("ix_live_request_scenario", "tenant_id", "scenario_id", "request_id"),
    # One question at a time about one scenario, whatever happens at the same moment.
    Index(
        "uq_live_request_open", "tenant_id", "scenario_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    ),
)  # fmt: skip


def decide_op(row: Row[Any], state: str, *, by: str, at: datetime, reason: str) -> Update:
    """Close an open request; the commit is refused when it is not open any more."""
    key = {"tenant_id": row.tenant_id, "request_id": row.request_id}
    values = {"state": state, "decided_by": by, "decided_at": at, "reason": reason}
    return Update(live_request, key, values, guard={"state": "requested"})


def void_ops(
    c: Connection, tenant_id: str, scenario_id: str, *, by: str, at: datetime, reason: str, besides: str = ""
) -> list[Op]:
    """Make the open request of a scenario void, unless it asks for the version `besides`."""
    row = open_request(c, tenant_id, scenario_id)
    if row is None or row.content_hash == besides:
        return []
    return [decide_op(row, "void", by=by, at=at, reason=reason)]


def get_request(c: Connection, tenant_id: str, request_id: str) -> Row[Any] | None:
    t = live_request
    return c.execute(select(t).where(t.c.tenant_id == tenant_id, t.c.request_id == request_id)).one_or_none()


def open_request(c: Connection, tenant_id: str, scenario_id: str) -> Row[Any] | None:
    """The request that waits for a decision."""
    t = live_request
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id, t.c.state == "requested")
    return c.execute(query).one_or_none()


def open_requests(c: Connection, tenant_id: str, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """The open requests of these scenarios, by scenario."""
    t = live_request
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.scenario_id.in_(ids), t.c.state == "requested")
    return {row.scenario_id: row for row in c.execute(query)}


def requests_of(c: Connection, tenant_id: str, scenario_id: str, *, limit: int = 20) -> list[Row[Any]]:
    """The latest requests of a scenario, newest first."""
    t = live_request
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id)
    return list(c.execute(query.order_by(t.c.request_id.desc()).limit(limit)))
