"""The API keys of a business unit as its people see them, and when each was used last.

When a key was used stands in a table of its own: every request remembers the key's row for a second, and a
write to that row would make all of them read it anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, String, Table, select

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Upsert
from checkstand.member.store import api_key

api_key_use = Table(
    "api_key_use",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("api_key_id", String(40), primary_key=True),
    Column("last_used_at", Instant, nullable=False),  # to the minute
)


def used_op(tenant_id: str, api_key_id: str, at: datetime) -> Upsert:
    return Upsert(api_key_use, {"tenant_id": tenant_id, "api_key_id": api_key_id, "last_used_at": at})


def keys_of(connection: Connection, tenant_id: str, mode: str, *, limit: int = 200) -> list[Row[Any]]:
    """Every key of this mode, newest first, with `last_used_at`; never the hash."""
    k = api_key
    columns = (k.c.api_key_id, k.c.hint, k.c.scopes, k.c.created_at, k.c.revoked_at, api_key_use.c.last_used_at)
    used = (api_key_use.c.tenant_id == k.c.tenant_id) & (api_key_use.c.api_key_id == k.c.api_key_id)
    query = select(*columns).outerjoin(api_key_use, used).where(k.c.tenant_id == tenant_id, k.c.mode == mode)
    return list(connection.execute(query.order_by(k.c.api_key_id.desc()).limit(limit)))


def key_of(connection: Connection, tenant_id: str, mode: str, api_key_id: str) -> Row[Any] | None:
    """One key of this unit and mode."""
    k = api_key
    query = select(k).where(k.c.tenant_id == tenant_id, k.c.mode == mode, k.c.api_key_id == api_key_id)
    return connection.execute(query).one_or_none()
