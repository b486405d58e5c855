"""What happened how often: one row per attempt and counted value. Values are kept as hashes, they only get compared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, func, select

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Insert
from checkstand.kernel import new_id
from checkstand.risk.verdict import RiskRules, counted_value

risk_event = Table(
    "risk_event",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("risk_event_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("key", String(40), nullable=False),
    Column("value_hash", String(64), nullable=False),
    Column("scenario_id", String(64), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("occurred_at", Instant, nullable=False),
)
Index(
    "ix_risk_event_count", *(risk_event.c[name] for name in ("tenant_id", "mode", "key", "value_hash", "occurred_at"))
)


def value_hash(tenant_id: str, value: str) -> str:
    """The stored form of a value: the same value of two tenants looks different."""
    return hashlib.sha256(f"{tenant_id}\0{value}".encode()).hexdigest()


def count_since(c: Connection, *, tenant_id: str, mode: str, key: str, value: str, since: datetime) -> int:
    """How many attempts of this value happened after `since`."""
    t = risk_event
    query = select(func.count()).where(
        t.c.tenant_id == tenant_id,
        t.c.mode == mode,
        t.c.key == key,
        t.c.value_hash == value_hash(tenant_id, value),
        t.c.occurred_at > since,
    )
    return int(c.execute(query).scalar_one())


def velocity_counts(
    c: Connection, risk: RiskRules, context: Mapping[str, Any], *, tenant_id: str, mode: str, now: datetime
) -> dict[str, int]:
    """Attempts in the window of each velocity limit, for `velocity_verdict`; reads nothing when there are none."""
    counts = {}
    for limit in risk.velocity if risk.mode != "off" else ():
        value = counted_value(limit, context)
        if value is not None:
            since = now - timedelta(seconds=limit.window_s)
            counts[limit.id] = count_since(c, tenant_id=tenant_id, mode=mode, key=limit.key, value=value, since=since)
    return counts


def record_attempt(
    risk: RiskRules,
    context: Mapping[str, Any],
    *,
    tenant_id: str,
    mode: str,
    scenario_id: str,
    session_id: str,
    at: datetime,
) -> list[Insert]:
    """The rows that make this attempt count: one for each distinct counted key, none when nothing is counted."""
    values = {limit.key: counted_value(limit, context) for limit in (risk.velocity if risk.mode != "off" else ())}
    return [
        Insert(
            risk_event,
            {
                "tenant_id": tenant_id,
                "risk_event_id": new_id("rsk"),
                "mode": mode,
                "key": key,
                "value_hash": value_hash(tenant_id, value),
                "scenario_id": scenario_id,
                "session_id": session_id,
                "occurred_at": at,
            },
        )
        for key, value in values.items()
        if value is not None
    ]
