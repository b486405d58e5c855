"""Durable jobs: "wake me at T, at least once" (money.md §8). One table, leases, no worker registry.

A job is inserted in the business transaction. When it is due at once, the process that inserts it
takes the lease in the same row, so the common case costs no claim; if that process dies, the lease
runs out and any other takes over. Lease expiry is the only recovery there is.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, Connection, Index, Integer, Row, String, Table, Text, or_, select, text

from checkstand.infra.db import Instant, Json, metadata
from checkstand.infra.ops import Insert, Update
from checkstand.kernel import new_id

LEASE: Final = timedelta(seconds=45)  # longer than any handler's deadline (a channel call ends after 10 s)
OWNER: Final = f"{os.getpid()}-{secrets.token_hex(4)}"  # this process

_LIVE = text("done_at IS NULL")

job = Table(
    "job",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("job_id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("key", String(120), nullable=False),  # unique while the job lives
    Column("payload", Json, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_until", Instant),
    Column("lease_owner", String(40)),
    Column("last_error", Text),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
    Index("uq_job_key", "tenant_id", "kind", "key", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_job_due", "due_at", sqlite_where=_LIVE, postgresql_where=_LIVE),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job; `attempts` counts this run too and fences the finish."""

    tenant_id: str
    job_id: str
    kind: str
    key: str
    payload: Mapping[str, Any]
    due_at: datetime
    attempts: int
    lease_owner: str

    @property
    def _key(self) -> dict[str, str]:
        return {"tenant_id": self.tenant_id, "job_id": self.job_id}

    @property
    def _fence(self) -> dict[str, Any]:
        return {"lease_owner": self.lease_owner, "attempts": self.attempts, "done_at": None}

    def done_op(self, now: datetime) -> Update:
        """The job is finished; refused when another worker has taken the lease meanwhile."""
        return Update(job, self._key, {"done_at": now, "lease_until": None, "last_error": None}, guard=self._fence)

    def again_op(self, due_at: datetime, error: str | None = None, payload: Mapping[str, Any] | None = None) -> Update:
        """Run once more at `due_at`, with another payload if one is given; the lease is given up."""
        values: dict[str, Any] = {"due_at": due_at, "lease_until": None, "lease_owner": None, "last_error": error}
        if payload is not None:
            values["payload"] = dict(payload)
        return Update(job, self._key, values, guard=self._fence)


def job_op(
    tenant_id: str, kind: str, key: str, payload: Mapping[str, Any], *, due_at: datetime, now: datetime
) -> Insert:
    """A new job. A second live job of the same kind and key is the same job, so it is ignored."""
    at_once = due_at <= now
    row = {
        "tenant_id": tenant_id,
        "job_id": new_id("job"),
        "kind": kind,
        "key": key,
        "payload": dict(payload),
        "due_at": due_at,
        "attempts": 1 if at_once else 0,
        "lease_until": now + LEASE if at_once else None,
        "lease_owner": OWNER if at_once else None,
        "last_error": None,
        "created_at": now,
        "done_at": None,
    }
    return Insert(job, row, on_conflict="ignore")


def leased_here(ops: Sequence[Any]) -> list[Job]:
    """The jobs among these operations that this process has leased by inserting them."""
    found = []
    for op in ops:
        if isinstance(op, Insert) and op.table is job and op.values["lease_owner"] == OWNER:
            found.append(_job(op.values, attempts=1, owner=OWNER))
    return found


def due(connection: Connection, now: datetime, *, limit: int = 50) -> list[Row[Any]]:
    """Live jobs that are due and not leased, oldest first."""
    return list(
        connection.execute(
            select(job)
            .where(
                job.c.done_at.is_(None), job.c.due_at <= now, or_(job.c.lease_until.is_(None), job.c.lease_until <= now)
            )
            .order_by(job.c.due_at, job.c.job_id)
            .limit(limit)
        )
    )


def claim_op(row: Row[Any], now: datetime) -> tuple[Job, Update]:
    """Take the lease of a due job; refused when another worker was faster."""
    update = Update(
        job,
        {"tenant_id": row.tenant_id, "job_id": row.job_id},
        {"lease_until": now + LEASE, "lease_owner": OWNER, "attempts": row.attempts + 1},
        guard={"attempts": row.attempts, "lease_owner": row.lease_owner, "done_at": None},
    )
    return _job(dict(row._mapping), attempts=row.attempts + 1, owner=OWNER), update


def live_job(connection: Connection, tenant_id: str, kind: str, key: str) -> Row[Any] | None:
    """The live job of this kind and key."""
    return connection.execute(
        select(job).where(job.c.tenant_id == tenant_id, job.c.kind == kind, job.c.key == key, job.c.done_at.is_(None))
    ).one_or_none()


def next_due_at(connection: Connection) -> datetime | None:
    """When the next live job falls due, leased or not."""
    at: datetime | None = connection.execute(
        select(job.c.due_at).where(job.c.done_at.is_(None)).order_by(job.c.due_at).limit(1)
    ).scalar()
    return at


def _job(values: Mapping[str, Any], *, attempts: int, owner: str) -> Job:
    return Job(
        tenant_id=values["tenant_id"],
        job_id=values["job_id"],
        kind=values["kind"],
        key=values["key"],
        payload=values["payload"],
        due_at=values["due_at"],
        attempts=attempts,
        lease_owner=owner,
    )
