"""The request log: what business units called and what we answered. Operational rows, no books.

They are written aside from payments, some may be missing (`api_request_gap` says so), and retention deletes
them. Nothing is decided from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Row,
    SmallInteger,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
)

from checkstand.infra.db import Instant, Json, metadata

CLASSES: Final = (2, 3, 4, 5)  # of a status: 404 is a 4

api_request = Table(
    "api_request",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("request_id", String(40), primary_key=True),  # the answer's X-Request-Id
    Column("mode", String(4), nullable=False),
    Column("created_at", Instant, nullable=False),  # when the call arrived
    Column("method", String(8), nullable=False),
    Column("route", String(120), nullable=False),  # the path's template; empty when there is no such path
    Column("path", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("status_class", SmallInteger, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("api_key_id", String(40), nullable=False),
    Column("idempotency_key", String(255)),
    Column("trace_id", String(32)),  # of the caller's `traceparent`
    Column("code", String(60)),
    Column("problem", Json),  # the answer, when it was a refusal
    Column("body", Text),  # what was sent, scrubbed; of refused calls only
    Column("touched", Json, nullable=False),  # payment, session, refund, order_no: what the call was about
    Index("ix_api_request_time", "tenant_id", "mode", "created_at", "request_id"),
    Index("ix_api_request_class", "tenant_id", "mode", "status_class", "created_at", "request_id"),
    Index("ix_api_request_trace", "tenant_id", "trace_id"),
)

api_request_gap = Table(
    "api_request_gap",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("gap_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("dropped", Integer, nullable=False),
)


def write_requests(
    connection: Connection, rows: Sequence[Mapping[str, Any]], gaps: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Add rows, and how many could not be kept."""
    if rows:
        connection.execute(insert(api_request), [dict(row) for row in rows])
    if gaps:
        connection.execute(insert(api_request_gap), [dict(gap) for gap in gaps])


def request_row(connection: Connection, tenant_id: str, mode: str, request_id: str) -> Row[Any] | None:
    t = api_request
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.request_id == request_id, t.c.mode == mode)
    return connection.execute(query).one_or_none()


def has_requests(connection: Connection, tenant_id: str, mode: str) -> bool:
    t = api_request
    query = select(t.c.request_id).where(t.c.tenant_id == tenant_id, t.c.mode == mode).limit(1)
    return connection.execute(query).first() is not None


def known_as(text: str) -> Any:
    """The condition that finds a call by its request id or by the caller's trace id."""
    return or_(api_request.c.request_id == text, api_request.c.trace_id == text)


def dropped(connection: Connection, tenant_id: str, mode: str) -> tuple[int, Any]:
    """How many calls are missing from the log, and since when."""
    t = api_request_gap
    query = select(func.coalesce(func.sum(t.c.dropped), 0), func.min(t.c.created_at, type_=Instant()))
    count, since = connection.execute(query.where(t.c.tenant_id == tenant_id, t.c.mode == mode)).one()
    return int(count), since


def delete_requests(connection: Connection, tenant_id: str, before: datetime, limit: int) -> int:
    """Delete at most so many calls that are older, and every older note of a gap; tells how many calls went."""
    t, g = api_request, api_request_gap
    connection.execute(delete(g).where(g.c.tenant_id == tenant_id, g.c.created_at < before))
    ids: list[str] = []
    for mode in ("test", "live"):  # the index begins with it
        old = select(t.c.request_id).where(t.c.tenant_id == tenant_id, t.c.mode == mode, t.c.created_at < before)
        ids += connection.execute(old.order_by(t.c.created_at).limit(limit - len(ids))).scalars()
    if ids:
        connection.execute(delete(t).where(t.c.tenant_id == tenant_id, t.c.request_id.in_(ids)))
    return len(ids)
