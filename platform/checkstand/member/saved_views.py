"""Named filters of a list: each person keeps their own in each business unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, Row, String, Table, select

from checkstand.infra.db import Instant, Json, metadata
from checkstand.infra.ops import Insert
from checkstand.kernel import new_id

saved_view = Table(
    "saved_view",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("view_id", String(40), primary_key=True),
    Column("operator_id", String(40), nullable=False),
    Column("area", String(30), nullable=False),  # which list: payments, …
    Column("name", String(60), nullable=False),
    Column("filters", Json, nullable=False),  # query parameters of the list's page
    Column("created_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Index("ix_saved_view_operator", "tenant_id", "operator_id", "area"),
)


def view_op(
    tenant_id: str, operator_id: str, area: str, name: str, filters: Mapping[str, str], now: datetime
) -> Insert:
    row = {
        "tenant_id": tenant_id,
        "view_id": new_id("viw"),
        "operator_id": operator_id,
        "area": area,
        "name": name,
        "filters": dict(filters),
        "created_at": now,
        "deleted_at": None,
    }
    return Insert(saved_view, row)


def views_of(connection: Connection, tenant_id: str, operator_id: str, area: str) -> list[Row[Any]]:
    """A person's views of a list, the oldest first."""
    t = saved_view
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.operator_id == operator_id, t.c.area == area)
    return list(connection.execute(query.where(t.c.deleted_at.is_(None)).order_by(t.c.view_id).limit(100)))
