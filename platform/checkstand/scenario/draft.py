"""Drafts: the text that a business unit is editing. One for each scenario, both modes publish from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, Row, String, Table, Text, select

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Insert, Update, Upsert

scenario_draft = Table(
    "scenario_draft",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("scenario_id", String(64), primary_key=True),
    Column("source", Text, nullable=False),
    Column("base_hash", String(64)),  # the version that the text began from; None when it was a template
    Column("revision", Integer, nullable=False),  # grows with every save, also over a discarded draft
    Column("updated_by", String(254), nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("discarded_at", Instant),  # the row stays, so that a tab from before cannot save over a new draft
)

KEPT: Final = 20  # revisions of a draft: as far back as a tab may be that still wants to merge

# What earlier revisions said, so that two people's edits can be merged. A ring: an older one makes room.
scenario_draft_revision = Table(
    "scenario_draft_revision",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("scenario_id", String(64), primary_key=True),
    Column("slot", Integer, primary_key=True),  # revision % KEPT
    Column("revision", Integer, nullable=False),
    Column("source", Text, nullable=False),
)


def draft_op(
    tenant_id: str, scenario_id: str, source: str, *,
    base_hash: str | None, after: Row[Any] | None, at: datetime, by: str,
) -> Insert | Update:  # fmt: skip
    """Write a draft; `after` is the row as it was read, and somebody who was faster makes the write fail."""
    key = {"tenant_id": tenant_id, "scenario_id": scenario_id}
    values = {"source": source, "base_hash": base_hash, "updated_by": by, "updated_at": at, "discarded_at": None}
    if after is None:
        return Insert(scenario_draft, {**key, **values, "revision": 1})
    return Update(scenario_draft, key, {**values, "revision": after.revision + 1}, guard={"revision": after.revision})


def revision_op(tenant_id: str, scenario_id: str, revision: int, source: str) -> Upsert:
    """Keep what this revision says."""
    key = {"tenant_id": tenant_id, "scenario_id": scenario_id, "slot": revision % KEPT}
    return Upsert(scenario_draft_revision, {**key, "revision": revision, "source": source})


def revision_source(c: Connection, tenant_id: str, scenario_id: str, revision: int) -> str | None:
    """What a revision said; None when it is too long ago."""
    t = scenario_draft_revision
    mine = (t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id, t.c.revision == revision)
    source: str | None = c.execute(select(t.c.source).where(*mine)).scalar_one_or_none()
    return source


def discard_op(row: Row[Any], *, at: datetime, by: str) -> Update:
    """Take a draft out of sight; what is published stays as it is."""
    key = {"tenant_id": row.tenant_id, "scenario_id": row.scenario_id}
    values = {"discarded_at": at, "updated_by": by, "updated_at": at, "revision": row.revision + 1}
    return Update(scenario_draft, key, values, guard={"revision": row.revision})


def draft_row(c: Connection, tenant_id: str, scenario_id: str) -> Row[Any] | None:
    """The draft, also a discarded one."""
    t = scenario_draft
    return c.execute(select(t).where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id)).one_or_none()


def list_drafts(c: Connection, tenant_id: str) -> list[Row[Any]]:
    """The unit's open drafts by id."""
    t = scenario_draft
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.discarded_at.is_(None))
    return list(c.execute(query.order_by(t.c.scenario_id)))
