"""Idempotency rows: one intent, one effect, one answer (money.md §4.0).

The row is written in the same transaction as the state change, so "did it happen?" and "what was
answered?" can never disagree after a crash. There is no STARTED row: every call that takes a key
finishes its own work in one commit, and what a channel has to do follows as a job
(docs/decisions/0006).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, String, Table, Text, bindparam, select

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Insert
from checkstand.kernel import CheckstandError, Kind

idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("endpoint", String(80), primary_key=True),  # "test POST /v1/checkout-sessions": modes never share a key
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("resource_id", String(40), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    info={"idempotency": True},  # the poster writes these rows first, so a repeat is refused as a repeat
)


class IdempotencyMismatch(CheckstandError):
    code = "idempotency.mismatch"
    kind = Kind.MISMATCH
    message = "This Idempotency-Key was used before with a different request."
    remedy = "Use a new key for a new intent; repeat a key only with exactly the same request."


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Names one intent of one tenant at one endpoint."""

    tenant_id: str
    endpoint: str
    key: str
    fingerprint: str

    def done_op(self, resource_id: str, status: int, body: bytes, now: datetime) -> Insert:
        """The row for work that is finished within its one commit."""
        return Insert(
            idempotency,
            {
                "tenant_id": self.tenant_id,
                "endpoint": self.endpoint,
                "key": self.key,
                "fingerprint": self.fingerprint,
                "resource_id": resource_id,
                "status": status,
                "body": body.decode(),
                "created_at": now,
            },
        )


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered the first time."""

    resource_id: str
    status: int
    body: bytes


class AlreadyAnswered(Exception):
    """The same intent was answered, long ago or just now: that answer stands for every repeat."""

    def __init__(self, stored: StoredAnswer) -> None:
        super().__init__(stored.resource_id)
        self.stored = stored


def fingerprint(method: str, path: str, body: Any) -> str:
    """SHA-256 over canonical method, path and JSON body: spacing and key order make no difference."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{method}\n{path}\n{canonical}".encode()).hexdigest()


_BY_KEY = select(idempotency).where(
    idempotency.c.tenant_id == bindparam("tenant_id"),
    idempotency.c.endpoint == bindparam("endpoint"),
    idempotency.c.key == bindparam("key"),
)


def refuse_repeat(connection: Connection, key: IdempotencyKey | None) -> None:
    """Raises `AlreadyAnswered` when this very intent was answered.

    Asked when a request arrives, and again when its work is found done under its natural number: between
    the two a copy of it may have finished. What the object has become since is not what the copy was told.
    """
    stored = replay(connection, key) if key is not None else None
    if stored is not None:
        raise AlreadyAnswered(stored)


def replay(connection: Connection, key: IdempotencyKey) -> StoredAnswer | None:
    """The stored answer of this key; None when the key is new. Raises on another body."""
    values = {"tenant_id": key.tenant_id, "endpoint": key.endpoint, "key": key.key}
    row = connection.execute(_BY_KEY, values).one_or_none()
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise IdempotencyMismatch()
    return StoredAnswer(row.resource_id, row.status, row.body.encode())
