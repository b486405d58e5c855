"""Versions and what is published: a version is written once, a pointer per mode says which one counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Row,
    String,
    Table,
    Text,
    select,
)

from checkstand.infra.db import Instant, Json, metadata
from checkstand.infra.ops import Insert, Op, Upsert
from checkstand.kernel import new_id
from checkstand.scenario.plans import PlanCache, VersionUnknown

__all__ = [
    "PlanCache",
    "VersionUnknown",
    "list_published",
    "list_versions",
    "publication_history",
    "publish_ops",
    "published_pointer",
    "read_version",
    "version_op",
]

scenario_version = Table(
    "scenario_version",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("content_hash", String(64), primary_key=True),
    Column("scenario_id", String(64), nullable=False),
    Column("document", Json, nullable=False),
    Column("source_yaml", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("note", String(500), nullable=False, server_default=""),
)
Index(
    "ix_scenario_version_newest",
    *(scenario_version.c[name] for name in ("tenant_id", "scenario_id", "created_at")),
)

_MODES = CheckConstraint("mode IN ('test', 'live')", name="mode")
_VERSION = ("tenant_id", "content_hash")

scenario_pointer = Table(
    "scenario_pointer",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("scenario_id", String(64), primary_key=True),
    Column("mode", String(4), primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", String(80), nullable=False),
    _MODES.copy(),
    ForeignKeyConstraint(_VERSION, [scenario_version.c.tenant_id, scenario_version.c.content_hash]),
)

scenario_publication = Table(
    "scenario_publication",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("publication_id", String(40), primary_key=True),
    Column("scenario_id", String(64), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("previous_hash", String(64)),
    Column("published_at", Instant, nullable=False),
    Column("published_by", String(80), nullable=False),
    _MODES.copy(),
    ForeignKeyConstraint(_VERSION, [scenario_version.c.tenant_id, scenario_version.c.content_hash]),
)
Index(
    "ix_scenario_publication_history",
    *(scenario_publication.c[name] for name in ("tenant_id", "scenario_id", "mode", "publication_id")),
)


# ── writes, as values ───────────────────────────────────────────────────────────────────────────


def version_op(
    tenant_id: str, scenario_id: str, content_hash: str, document: Mapping[str, Any], source_yaml: str,
    *, at: datetime, by: str, note: str = "",
) -> Insert:  # fmt: skip
    """The row of a new version; a version that is there already stays as it is."""
    values = {
        "tenant_id": tenant_id,
        "content_hash": content_hash,
        "scenario_id": scenario_id,
        "document": document,
        "source_yaml": source_yaml,
        "created_at": at,
        "created_by": by,
        "note": note,
    }
    return Insert(scenario_version, values, on_conflict="ignore")


def publish_ops(
    tenant_id: str, scenario_id: str, mode: str, content_hash: str, *, previous: str | None, at: datetime, by: str
) -> list[Op]:
    """Point the mode at this version and remember that it happened. Rolling back is publishing an older hash."""
    pointer = {
        "tenant_id": tenant_id,
        "scenario_id": scenario_id,
        "mode": mode,
        "content_hash": content_hash,
        "published_at": at,
        "published_by": by,
    }
    return [
        Upsert(scenario_pointer, pointer),
        Insert(scenario_publication, {**pointer, "publication_id": new_id("pub"), "previous_hash": previous}),
    ]


# ── reads ───────────────────────────────────────────────────────────────────────────────────────


def published_pointer(c: Connection, tenant_id: str, scenario_id: str, mode: str) -> str | None:
    """The hash that counts now, or None when nothing is published."""
    t = scenario_pointer
    query = select(t.c.content_hash).where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id, t.c.mode == mode)
    return c.execute(query).scalar_one_or_none()


def read_version(c: Connection, tenant_id: str, content_hash: str) -> Row[Any] | None:
    """One version with its document and source."""
    t = scenario_version
    return c.execute(select(t).where(t.c.tenant_id == tenant_id, t.c.content_hash == content_hash)).one_or_none()


def list_versions(
    c: Connection, tenant_id: str, scenario_id: str, *, before: datetime | None = None, limit: int = 50
) -> list[Row[Any]]:
    """Versions of one scenario, newest first; `before` continues after the last row of a page."""
    t = scenario_version
    columns = (t.c.content_hash, t.c.created_at, t.c.created_by, t.c.note)
    query = select(*columns).where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id)
    if before is not None:
        query = query.where(t.c.created_at < before)
    return list(c.execute(query.order_by(t.c.created_at.desc(), t.c.content_hash).limit(limit)))


def list_published(c: Connection, tenant_id: str, mode: str, *, after: str = "", limit: int = 100) -> list[Row[Any]]:
    """What is published in this mode, by scenario id; `after` continues a page."""
    t = scenario_pointer
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.mode == mode, t.c.scenario_id > after)
    return list(c.execute(query.order_by(t.c.scenario_id).limit(limit)))


def publication_history(
    c: Connection, tenant_id: str, scenario_id: str, mode: str, *, limit: int = 50
) -> list[Row[Any]]:
    """Who published what when, newest first."""
    t = scenario_publication
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id, t.c.mode == mode)
    return list(c.execute(query.order_by(t.c.publication_id.desc()).limit(limit)))
