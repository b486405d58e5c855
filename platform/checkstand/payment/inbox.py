"""The inbox: a channel's message is stored first, acknowledged second, applied third (money.md §4).

A message that arrives before our row exists simply waits; the unique key makes a repeated message
one row however many servers receive it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Row, String, Table, Text, delete, select

from checkstand.channel.port import ChannelAccount, Exchange, Notification
from checkstand.infra.db import Instant, Json, in_order, metadata
from checkstand.infra.ops import Insert
from checkstand.kernel import new_id

inbox = Table(
    "inbox",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("inbox_id", String(40), primary_key=True),
    Column("channel_account_id", String(40), nullable=False),
    Column("notify_key", String(128), nullable=False),
    Column("kind", String(10), nullable=False),  # payment | refund
    Column("number", String(64), nullable=False),  # our number at the channel
    Column("outcome", String(12), nullable=False),
    Column("amount_minor", BigInteger),
    Column("currency", String(3)),
    Column("payee", String(64)),
    Column("channel_no", String(64)),
    Column("code", String(64)),
    Column("occurred_at", Instant),
    Column("summary", Json, nullable=False),
    Column("status", String(10), nullable=False),  # NEW | APPLIED | IGNORED
    Column("classified", String(20)),  # applied | duplicate | stale | conflict | rejected | orphan
    Column("received_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Index("uq_inbox_notify_key", "tenant_id", "channel_account_id", "notify_key", unique=True),
    Index("ix_inbox_number", "tenant_id", "number"),
)

exchange = Table(
    "exchange",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("exchange_id", String(40), primary_key=True),
    Column("object_id", String(40), nullable=False),  # the attempt or refund
    Column("verb", String(20), nullable=False),
    Column("method", String(8), nullable=False),
    Column("url", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("status", Integer),
    Column("response", Text, nullable=False),
    Column("error", Text),
    Column("duration_ms", Integer, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Index("ix_exchange_object", "tenant_id", "object_id"),
)


def inbox_op(account: ChannelAccount, note: Notification, inbox_id: str, received_at: datetime) -> Insert:
    """Store one verified notification; the same message again violates the unique key and is a duplicate."""
    return Insert(
        inbox,
        {
            "tenant_id": account.tenant_id,
            "inbox_id": inbox_id,
            "channel_account_id": account.channel_account_id,
            "notify_key": note.notify_id,
            "kind": note.kind,
            "number": note.number,
            "outcome": note.outcome.value,
            "amount_minor": note.amount.minor if note.amount else None,
            "currency": note.amount.currency if note.amount else None,
            "payee": note.payee,
            "channel_no": note.channel_no,
            "code": note.code,
            "occurred_at": note.occurred_at,
            "summary": dict(note.summary),
            "status": "NEW",
            "classified": None,
            "received_at": received_at,
            "applied_at": None,
        },
    )


def exchange_ops(tenant_id: str, object_id: str, exchanges: Sequence[Exchange], at: datetime) -> list[Insert]:
    """Keep what was said, scrubbed by the adapter, for the story of a payment."""
    return [
        Insert(
            exchange,
            {
                "tenant_id": tenant_id,
                "exchange_id": new_id("exc"),
                "object_id": object_id,
                "verb": said.verb,
                "method": said.method,
                "url": said.url,
                "request": said.request,
                "status": said.status,
                "response": said.response,
                "error": said.error,
                "duration_ms": said.duration_ms,
                "occurred_at": at,
            },
        )
        for said in exchanges
    ]


def get_inbox(connection: Connection, tenant_id: str, inbox_id: str) -> Row[Any] | None:
    """One stored notification."""
    return connection.execute(
        select(inbox).where(inbox.c.tenant_id == tenant_id, inbox.c.inbox_id == inbox_id)
    ).one_or_none()


def inbox_of(connection: Connection, tenant_id: str, numbers: Sequence[str]) -> Sequence[Row[Any]]:
    """The notifications about these numbers, oldest first."""
    return connection.execute(
        select(inbox)
        .where(inbox.c.tenant_id == tenant_id, inbox.c.number.in_(numbers))
        .order_by(in_order(inbox.c.inbox_id))
        .limit(200)
    ).all()


def exchanges_of(connection: Connection, tenant_id: str, object_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """What was said about these attempts and refunds, oldest first."""
    return connection.execute(
        select(exchange)
        .where(exchange.c.tenant_id == tenant_id, exchange.c.object_id.in_(object_ids))
        .order_by(in_order(exchange.c.exchange_id))
        .limit(500)
    ).all()


def delete_exchanges(connection: Connection, tenant_id: str, before: datetime, limit: int) -> int:
    """Delete raw messages that are older, among the oldest so many; tells how many.

    Their ids begin with the time, so the oldest are found by the key and payments pay for no further index.
    """
    oldest = select(exchange.c.exchange_id, exchange.c.occurred_at).where(exchange.c.tenant_id == tenant_id)
    rows = connection.execute(oldest.order_by(exchange.c.exchange_id).limit(limit))
    ids = [row.exchange_id for row in rows if row.occurred_at < before]
    if ids:
        connection.execute(delete(exchange).where(exchange.c.tenant_id == tenant_id, exchange.c.exchange_id.in_(ids)))
    return len(ids)
