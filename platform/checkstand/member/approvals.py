"""What waits for a second person: asked by one, decided by another, kept for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, Connection, Index, Row, String, Table, select, text

from checkstand.infra.db import Instant, Json, metadata

DECISIONS: Final = ("approved", "rejected", "withdrawn")
_WAITING: Final = text("decision IS NULL")

approval = Table(
    "approval",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("approval_id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),  # what is asked for: adjustment, settlement_batch, write_off …
    Column("object_id", String(80), nullable=False),  # what it is about
    Column("asked_by", String(80), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("decided_by", String(80)),
    Column("decided_at", Instant),
    Column("decision", String(10)),  # null: it waits
    Column("facts", Json, nullable=False),  # exactly what is to be done, and why
    Column("reason", String(500), nullable=False, server_default=""),  # why it was decided so
    CheckConstraint(f"decision IN {DECISIONS}", name="decision"),
    # Another rule than the code's, in case somebody finds a way around it.
    CheckConstraint("decision IS NULL OR decision <> 'approved' OR decided_by <> asked_by", name="two_people"),
    Index("ix_approval_object", "tenant_id", "kind", "object_id"),
    # One question at a time about one thing, whatever happens at the same moment.
    Index("uq_approval_waiting", "tenant_id", "kind", "object_id", unique=True,
          sqlite_where=_WAITING, postgresql_where=_WAITING),
)  # fmt: skip

_A = approval.c


def get_approval(connection: Connection, tenant_id: str, approval_id: str) -> Row[Any] | None:
    return connection.execute(
        select(approval).where(_A.tenant_id == tenant_id, _A.approval_id == approval_id)
    ).one_or_none()


def waiting_for(connection: Connection, tenant_id: str, kind: str, object_id: str) -> Row[Any] | None:
    """The question about this object that nobody has answered."""
    return connection.execute(
        select(approval).where(
            _A.tenant_id == tenant_id, _A.kind == kind, _A.object_id == object_id, _A.decision.is_(None)
        )
    ).one_or_none()


def approvals_of(
    connection: Connection, tenant_id: str, kind: str, *, waiting: bool = False, limit: int = 100
) -> Sequence[Row[Any]]:
    """The latest of this kind, newest first; only those without an answer if `waiting`."""
    query = select(approval).where(_A.tenant_id == tenant_id, _A.kind == kind)
    if waiting:
        query = query.where(_A.decision.is_(None))
    return connection.execute(query.order_by(_A.approval_id.desc()).limit(limit)).all()
