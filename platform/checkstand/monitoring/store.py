"""Events in the words that monitoring counts (design.md §6a): what happened on pages and to money.

Facts about money are written in the commit that makes them true. Page events (views, selections)
ride along in their own small commits and may be lost in a crash; nothing is decided from them.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Row, String, Table, select

from checkstand.infra.db import Instant, Json, in_order, metadata
from checkstand.infra.ops import Insert
from checkstand.kernel import must, new_id

EVENT_NAMES: Final = frozenset(
    [
        "cashier_view",
        "method_view",
        "method_select",
        "risk_challenge",
        "pay_submit",
        "channel_redirect",
        "channel_return",
        "pay_success",
        "pay_fail",
        "pay_timeout",
        "retry",
        "method_switch",
        "leave",
        "refund_request",
        "refund_success",
        "experiment_exposure",
    ]
)

event = Table(
    "event",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("event_id", String(40), primary_key=True),
    Column("name", String(30), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("scenario", String(64)),
    Column("scenario_version", String(64)),
    Column("session_id", String(40)),
    Column("order_id", String(40)),
    Column("payment_id", String(40)),
    Column("attempt", String(40)),
    Column("user_id", String(32)),  # pseudonymous
    Column("terminal", String(20)),
    Column("form", String(20)),
    Column("method", String(64)),
    Column("channel", String(40)),
    Column("experiment", String(64)),
    Column("variant", String(64)),
    Column("amount_minor", BigInteger),
    Column("currency", String(3)),
    Column("error_code", String(60)),
    Column("duration_ms", Integer),
    Column("trace_id", String(40)),
    Column("props", Json, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Index("ix_event_session", "tenant_id", "session_id"),
)


def event_op(name: str, tenant_id: str, mode: str, at: datetime, **fields: Any) -> Insert:
    """One event; unknown names are a mistake in our code, not a new kind of event."""
    must(name in EVENT_NAMES, "an event has a name of the vocabulary", name=name)
    row = dict.fromkeys(column.name for column in event.columns)
    row.update(fields)
    row.update(tenant_id=tenant_id, event_id=new_id("ev"), name=name, mode=mode, occurred_at=at)
    row["props"] = dict(fields.get("props") or {})
    return Insert(event, row)


def pseudonym(tenant_id: str, shopper_id: str) -> str:
    """A stable name for a shopper that says nothing about them."""
    return hashlib.blake2b(f"{tenant_id}/{shopper_id}".encode(), digest_size=12).hexdigest()


def events_of_session(connection: Connection, tenant_id: str, session_id: str) -> list[Row[Any]]:
    """What happened in one session, in order."""
    return list(
        connection.execute(
            select(event)
            .where(event.c.tenant_id == tenant_id, event.c.session_id == session_id)
            .order_by(in_order(event.c.event_id))
            .limit(500)
        )
    )
