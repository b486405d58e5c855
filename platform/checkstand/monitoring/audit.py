"""The audit trail of the console: every change and every sensitive read. Append-only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Index, Row, String, Table, func, or_, select

from checkstand.infra.db import Instant, Json, metadata
from checkstand.infra.ops import Insert
from checkstand.kernel import new_id

PLATFORM: Final = "-"  # the tenant of what concerns no business unit, such as signing in

audit_event = Table(
    "audit_event",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("audit_id", String(40), primary_key=True),
    Column("actor_id", String(40), nullable=False),
    Column("actor_email", String(254), nullable=False),
    Column("action", String(60), nullable=False),  # people.invite, key.create, refund.request, …
    Column("object_type", String(30), nullable=False),
    Column("object_id", String(80), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("before", Json),
    Column("after", Json),
    Column("ip", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_audit_event_object", "tenant_id", "object_type", "object_id"),
    Index("ix_audit_event_action", "tenant_id", "action", "audit_id"),
)


def audit_op(
    tenant_id: str,
    action: str,
    object_type: str,
    object_id: str,
    *,
    actor_id: str,
    actor_email: str,
    ip: str,
    at: datetime,
    mode: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Insert:
    """One line of the trail. Never put a secret in `before` or `after`."""
    return Insert(
        audit_event,
        {
            "tenant_id": tenant_id,
            "audit_id": new_id("aud"),
            "actor_id": actor_id,
            "actor_email": actor_email,
            "action": action,
            "object_type": object_type,
            "object_id": object_id,
            "mode": mode,
            "before": dict(before) if before is not None else None,
            "after": dict(after) if after is not None else None,
            "ip": ip,
            "at": at,
        },
    )


def audit_page(
    connection: Connection, tenant_id: str, *, text: str = "", action: str = "", before: str = "", limit: int = 50
) -> list[Row[Any]]:
    """Lines newest first; `before` continues after the last `audit_id` of a page. `text` finds objects and people."""
    t = audit_event
    query = select(t).where(t.c.tenant_id == tenant_id)
    if text:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{escaped.lower()}%"  # ids of ours and addresses are lower case; ids of others may not be
        query = query.where(
            or_(func.lower(t.c.object_id).like(like, escape="\\"), t.c.actor_email.like(like, escape="\\"))
        )
    if action:
        query = query.where(t.c.action == action)
    if before:
        query = query.where(t.c.audit_id < before)
    return list(connection.execute(query.order_by(t.c.audit_id.desc()).limit(limit)))


def audit_actions(connection: Connection, tenant_id: str) -> list[str]:
    """Every action that has been done in this business unit, by name."""
    query = select(audit_event.c.action).where(audit_event.c.tenant_id == tenant_id).distinct()
    return list(connection.execute(query.order_by(audit_event.c.action).limit(200)).scalars())
