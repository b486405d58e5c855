"""Idempotency rows: one intent, one effect, one answer (money.md §4.0).

The row is written in the same transaction as the first state change, so "did it happen?" and "what
was answered?" can never disagree after a crash.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Integer, String, Table, Text, select

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Insert, Update
from checkstand.kernel import CheckstandError, Kind

LEASE = timedelta(seconds=60)  # longer than the longest channel call, so a live request is never resumed twice
KEEP = timedelta(hours=72)

idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("endpoint", String(80), primary_key=True),  # "test POST /v1/checkout-sessions": modes never share a key
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("state", String(10), nullable=False),  # STARTED | DONE
    Column("resource_id", String(40)),
    Column("status", Integer),
    Column("body", Text),
    Column("lease_until", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
)


class IdempotencyMismatch(CheckstandError):
    code = "idempotency.mismatch"
    kind = Kind.MISMATCH
    message = "This Idempotency-Key was used before with a different request."
    remedy = "Use a new key for a new intent; repeat a key only with exactly the same request."


class IdempotencyInProgress(CheckstandError):
    code = "idempotency.in_progress"
    kind = Kind.CONFLICT
    message = "A request with this Idempotency-Key is still being worked on."
    remedy = "Wait a few seconds and repeat the same request with the same key."
    retryable = True


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
                "state": "DONE",
                "resource_id": resource_id,
                "status": status,
                "body": body.decode(),
                "lease_until": now + LEASE,
                "created_at": now,
            },
        )

    def finish_op(self, resource_id: str, status: int, body: bytes) -> Update:
        """Store the answer of work that began with a STARTED row."""
        return Update(
            idempotency,
            {"tenant_id": self.tenant_id, "endpoint": self.endpoint, "key": self.key},
            {"state": "DONE", "resource_id": resource_id, "status": status, "body": body.decode()},
        )


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered the first time."""

    resource_id: str
    status: int
    body: bytes


def fingerprint(method: str, path: str, body: Any) -> str:
    """SHA-256 over canonical method, path and JSON body: spacing and key order make no difference."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{method}\n{path}\n{canonical}".encode()).hexdigest()


def replay(connection: Connection, key: IdempotencyKey, now: datetime) -> StoredAnswer | None:
    """The stored answer of this key; None when the key is new. Raises on another body or a live request."""
    row = connection.execute(
        select(idempotency).where(
            idempotency.c.tenant_id == key.tenant_id,
            idempotency.c.endpoint == key.endpoint,
            idempotency.c.key == key.key,
        )
    ).one_or_none()
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise IdempotencyMismatch()
    if row.state == "DONE":
        return StoredAnswer(row.resource_id, row.status, row.body.encode())
    raise IdempotencyInProgress()
