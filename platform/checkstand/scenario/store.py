"""Versions and what is published: a version is written once, a pointer per mode says which one counts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from checkstand.infra.db import Database
from checkstand.infra.memory import Memory
from checkstand.infra.ops import Insert, Op, Upsert
from checkstand.kernel import CheckstandError, Kind, new_id
from checkstand.scenario.compile import ServedMethod, compile_plan
from checkstand.scenario.plan import Plan
from checkstand.scenario.tables import scenario_pointer, scenario_publication, scenario_version

_KEEP: Final = 1000  # plans; a large one is about 50 kB


class VersionUnknown(CheckstandError):
    """A session pins a version that is not there: the database is incomplete."""

    code = "scenario.version_unknown"
    kind = Kind.NOT_FOUND
    message = "No version has this hash."
    remedy = "List the versions of the scenario, or publish it again."


class PlanCache:
    """A version cannot change, so its plan is never stale; what is published is at most a second old."""

    def __init__(self, db: Database, method_types: Mapping[str, ServedMethod], memory: Memory) -> None:
        self._db = db
        self._memory = memory
        self.method_types = method_types
        self._plans: OrderedDict[tuple[str, str], Plan] = OrderedDict()
        self._lock = threading.Lock()

    def published(self, tenant_id: str, scenario_id: str, mode: str) -> Plan | None:
        """The plan that new sessions get, or None when nothing is published."""

        def read() -> str | None:
            with self._db.read() as connection:
                return published_pointer(connection, tenant_id, scenario_id, mode)

        key = ("published", tenant_id, scenario_id, mode)
        content_hash = self._memory.recall(key, (scenario_pointer,), read)
        return self.get(tenant_id, content_hash) if content_hash else None

    def get(self, tenant_id: str, content_hash: str) -> Plan:
        """The plan of this version; compiles it the first time."""
        key = (tenant_id, content_hash)
        with self._lock:
            if key in self._plans:
                self._plans.move_to_end(key)
                return self._plans[key]
        plan = self._compile(tenant_id, content_hash)
        with self._lock:
            self._plans[key] = plan
            while len(self._plans) > _KEEP:
                self._plans.popitem(last=False)
        return plan

    def _compile(self, tenant_id: str, content_hash: str) -> Plan:
        with self._db.read() as connection:
            row = read_version(connection, tenant_id, content_hash)
        if row is None:
            raise VersionUnknown(f"no version {content_hash[:12]} of this business unit")
        return compile_plan(row.document, self.method_types)


# ── writes, as values ───────────────────────────────────────────────────────────────────────────


def version_op(
    tenant_id: str, scenario_id: str, content_hash: str, document: Mapping[str, Any], source_yaml: str,
    *, at: datetime, by: str, note: str = "",
) -> Insert:  # fmt: skip
    """The row of a new version; a version that is there already stays as it is."""
    values = {
        "tenant_id": tenant_id,
        "content_hash": content_hash,
        "scenario_id": scenario_id,
        "document": document,
        "source_yaml": source_yaml,
        "created_at": at,
        "created_by": by,
        "note": note,
    }
    return Insert(scenario_version, values, on_conflict="ignore")


def publish_ops(
    tenant_id: str, scenario_id: str, mode: str, content_hash: str, *, previous: str | None, at: datetime, by: str
) -> list[Op]:
    """Point the mode at this version and remember that it happened. Rolling back is publishing an older hash."""
    pointer = {
        "tenant_id": tenant_id,
        "scenario_id": scenario_id,
        "mode": mode,
        "content_hash": content_hash,
        "published_at": at,
        "published_by": by,
    }
    return [
        Upsert(scenario_pointer, pointer),
        Insert(scenario_publication, {**pointer, "publication_id": new_id("pub"), "previous_hash": previous}),
    ]


# ── reads ───────────────────────────────────────────────────────────────────────────────────────


_POINTER = select(scenario_pointer.c.content_hash).where(
    scenario_pointer.c.tenant_id == bindparam("tenant_id"),
    scenario_pointer.c.scenario_id == bindparam("scenario_id"),
    scenario_pointer.c.mode == bindparam("mode"),
)


def published_pointer(c: Connection, tenant_id: str, scenario_id: str, mode: str) -> str | None:
    """The hash that counts now, or None when nothing is published."""
    values = {"tenant_id": tenant_id, "scenario_id": scenario_id, "mode": mode}
    return c.execute(_POINTER, values).scalar_one_or_none()


def read_version(c: Connection, tenant_id: str, content_hash: str) -> Row[Any] | None:
    """One version with its document and source."""
    t = scenario_version
    return c.execute(select(t).where(t.c.tenant_id == tenant_id, t.c.content_hash == content_hash)).one_or_none()


def list_versions(
    c: Connection, tenant_id: str, scenario_id: str, *, before: datetime | None = None, limit: int = 50
) -> list[Row[Any]]:
    """Versions of one scenario, newest first; `before` continues after the last row of a page."""
    t = scenario_version
    columns = (t.c.content_hash, t.c.created_at, t.c.created_by, t.c.note)
    query = select(*columns).where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id)
    if before is not None:
        query = query.where(t.c.created_at < before)
    return list(c.execute(query.order_by(t.c.created_at.desc(), t.c.content_hash).limit(limit)))


def list_published(c: Connection, tenant_id: str, mode: str, *, after: str = "", limit: int = 100) -> list[Row[Any]]:
    """What is published in this mode, by scenario id; `after` continues a page."""
    t = scenario_pointer
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.mode == mode, t.c.scenario_id > after)
    return list(c.execute(query.order_by(t.c.scenario_id).limit(limit)))


def publication_history(
    c: Connection, tenant_id: str, scenario_id: str, mode: str, *, limit: int = 50
) -> list[Row[Any]]:
    """Who published what when, newest first."""
    t = scenario_publication
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id, t.c.mode == mode)
    return list(c.execute(query.order_by(t.c.publication_id.desc()).limit(limit)))
