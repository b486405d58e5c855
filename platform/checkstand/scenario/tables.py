"""Tables of versions, pointers and the history of publications."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, String, Table, Text

from checkstand.infra.db import Instant, Json, metadata

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

_MODES = "mode IN ('test', 'live')"
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
    CheckConstraint(_MODES, name="mode"),
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
    Column("reason", String(500), nullable=False, server_default=""),
    Column("override_reason", String(500), nullable=False, server_default=""),  # why in spite of the proof
    CheckConstraint(_MODES, name="mode"),
    ForeignKeyConstraint(_VERSION, [scenario_version.c.tenant_id, scenario_version.c.content_hash]),
)
Index(
    "ix_scenario_publication_history",
    *(scenario_publication.c[name] for name in ("tenant_id", "scenario_id", "mode", "publication_id")),
)
