"""Versions and what is published: a version is written once, a pointer per mode says which one counts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Row, bindparam, select

from checkstand.infra.db import Database
from checkstand.infra.memory import Memory
from checkstand.infra.ops import Insert, Op, Update, Upsert
from checkstand.kernel import CheckstandError, Kind, new_id
from checkstand.scenario.compile import ServedMethod, compile_plan
from checkstand.scenario.plan import Plan
from checkstand.scenario.tables import scenario_pointer, scenario_publication, scenario_version

log = structlog.get_logger("scenario")

# What reading or compiling a damaged document raises; trouble with the database itself is not among it.
_DAMAGE: Final = (CheckstandError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


class VersionUnknown(CheckstandError):
    """A session pins a version that is not there: the database is incomplete."""

    code = "scenario.version_unknown"
    kind = Kind.NOT_FOUND
    message = "No version has this hash."
    remedy = "List the versions of the scenario, or publish it again."


class VersionUnusable(CheckstandError):
    """The row is damaged, or a later platform has taken away what it needs."""

    code = "scenario.version_unusable"
    kind = Kind.UNAVAILABLE
    message = "This version of the scenario cannot be loaded."
    remedy = "Publish the scenario again; `checkstand health` names every version like this."


class PlanCache:
    """A version cannot change, so its plan is never stale; what is published is at most a second old.

    Nothing is loaded before somebody asks for it, and of the loaded plans the `most` used last are kept; so neither
    the start nor the memory of a process depends on how many scenarios are published.
    A version that cannot be loaded is told once in the log and stops nobody else: new sessions get the one that was
    published before it.
    """

    def __init__(
        self, db: Database, method_types: Mapping[str, ServedMethod], memory: Memory, *, most: int = 1000
    ) -> None:
        self._db = db
        self._memory = memory
        self.most = most
        self.method_types = method_types
        self._plans: OrderedDict[tuple[str, str], Plan | VersionUnusable] = OrderedDict()
        self._lock = threading.Lock()

    def published(self, tenant_id: str, scenario_id: str, mode: str) -> Plan | None:
        """The plan that new sessions get, or None when nothing is published."""

        def read() -> str | None:
            with self._db.read() as connection:
                return published_pointer(connection, tenant_id, scenario_id, mode)

        key = ("published", tenant_id, scenario_id, mode)
        content_hash = self._memory.recall(key, (scenario_pointer,), read)
        if content_hash is None:
            return None
        try:
            return self.get(tenant_id, content_hash)
        except VersionUnusable as unusable:
            return self._last_good(tenant_id, scenario_id, mode, unusable)

    def all_published(self, tenant_id: str, mode: str, *, limit: int = 100) -> list[Plan]:
        """The plans of a business unit by id; a scenario of which no version can be loaded is left out."""
        with self._db.read() as connection:
            rows = list_published(connection, tenant_id, mode, limit=limit)
        found = []
        for row in rows:
            try:
                found.append(self.published(tenant_id, row.scenario_id, mode))
            except VersionUnusable:
                continue  # it is in the log
        return [plan for plan in found if plan is not None]

    def get(self, tenant_id: str, content_hash: str) -> Plan:
        """The plan of this version; compiles it the first time. Raises `VersionUnusable`, `VersionUnknown`."""
        key = (tenant_id, content_hash)
        with self._lock:
            plan = self._plans.get(key)
            if plan is not None:
                self._plans.move_to_end(key)
        if plan is None:
            plan = self._compile(tenant_id, content_hash)
            with self._lock:
                self._plans[key] = plan
                while len(self._plans) > self.most:
                    self._plans.popitem(last=False)
        if isinstance(plan, VersionUnusable):
            raise plan.with_traceback(None)
        return plan

    def _compile(self, tenant_id: str, content_hash: str) -> Plan | VersionUnusable:
        try:
            with self._db.read() as connection:
                found = _read_document(connection, tenant_id, content_hash)
            if found is not None:
                return compile_plan(found.document, self.method_types)
        except _DAMAGE as error:
            log.error("scenario.version_unusable", tenant=tenant_id, version=content_hash, why=repr(error))
            why = str(error).partition("\n")[0] or type(error).__name__
            return VersionUnusable(f"version {content_hash[:12]} cannot be loaded: {why}")
        raise VersionUnknown(f"no version {content_hash[:12]} of this business unit")

    def _last_good(self, tenant_id: str, scenario_id: str, mode: str, unusable: VersionUnusable) -> Plan:
        with self._db.read() as connection:
            history = publication_history(connection, tenant_id, scenario_id, mode)
        for content_hash in dict.fromkeys(row.content_hash for row in history):
            try:
                return self.get(tenant_id, content_hash)
            except VersionUnusable:
                continue
        raise unusable


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
    tenant_id: str, scenario_id: str, mode: str, content_hash: str, *, previous: str | None, at: datetime, by: str,
    reason: str = "", override: str = "", guarded: bool = False,
) -> list[Op]:  # fmt: skip
    """Point the mode at this version and remember that it happened. Rolling back is publishing an older hash.

    `override` says why it was published in spite of its proof.
    `guarded` refuses the commit when the pointer is no longer at `previous`: people decide on what they saw.
    """
    key = {"tenant_id": tenant_id, "scenario_id": scenario_id, "mode": mode}
    pointer = {**key, "content_hash": content_hash, "published_at": at, "published_by": by}
    line = {
        **pointer,
        "publication_id": new_id("pub"),
        "previous_hash": previous,
        "reason": reason,
        "override_reason": override,
    }
    history = Insert(scenario_publication, line)
    if not guarded:
        return [Upsert(scenario_pointer, pointer), history]
    if previous is None:
        return [Insert(scenario_pointer, pointer), history]
    # Updates run before inserts, so the pointer is held first and moved once the version is there.
    seen = {"content_hash": previous}
    return [Update(scenario_pointer, key, seen, guard=seen), Upsert(scenario_pointer, pointer), history]


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
    """One version with its document and source. Raises `VersionUnusable` when its row is damaged."""
    t = scenario_version
    try:
        return c.execute(select(t).where(t.c.tenant_id == tenant_id, t.c.content_hash == content_hash)).one_or_none()
    except ValueError as error:
        raise VersionUnusable(f"version {content_hash[:12]} cannot be read: {error}") from None


def _read_document(c: Connection, tenant_id: str, content_hash: str) -> Row[Any] | None:
    """One version without its source, which no plan needs; a ValueError when the row is damaged."""
    t = scenario_version
    query = select(t.c.document).where(t.c.tenant_id == tenant_id, t.c.content_hash == content_hash)
    return c.execute(query).one_or_none()


def version_document(c: Connection, tenant_id: str, content_hash: str) -> Mapping[str, Any]:
    """What a version says; nothing when its row is damaged or not there."""
    try:
        row = read_version(c, tenant_id, content_hash)
    except VersionUnusable:
        return {}
    return row.document if row is not None and isinstance(row.document, Mapping) else {}


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


def was_published(c: Connection, tenant_id: str, scenario_id: str, mode: str, content_hash: str) -> bool:
    """Whether this version has counted in this mode at any time."""
    t = scenario_publication
    mine = (t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id, t.c.mode == mode)
    query = select(t.c.publication_id).where(*mine, t.c.content_hash == content_hash).limit(1)
    return c.execute(query).first() is not None


def override_of(c: Connection, tenant_id: str, content_hash: str) -> str:
    """Why this version was published in spite of its proof; empty when nobody had to say."""
    t = scenario_publication
    query = select(t.c.override_reason).where(
        t.c.tenant_id == tenant_id, t.c.content_hash == content_hash, t.c.override_reason != ""
    )
    return str(c.execute(query.order_by(t.c.publication_id.desc()).limit(1)).scalar_one_or_none() or "")


def scenario_ids(c: Connection, tenant_id: str, *, after: str = "", limit: int = 100) -> list[str]:
    """Every scenario that has a version, by id; `after` continues a page."""
    t = scenario_version
    query = select(t.c.scenario_id).where(t.c.tenant_id == tenant_id, t.c.scenario_id > after).distinct()
    return list(c.execute(query.order_by(t.c.scenario_id).limit(limit)).scalars())


def pointers_of(c: Connection, tenant_id: str, ids: Sequence[str]) -> dict[tuple[str, str], Row[Any]]:
    """What is published of these scenarios, by scenario and mode."""
    t = scenario_pointer
    rows = c.execute(select(t).where(t.c.tenant_id == tenant_id, t.c.scenario_id.in_(ids)))
    return {(row.scenario_id, row.mode): row for row in rows}


def publications(
    c: Connection, tenant_id: str, scenario_id: str, *, before: str = "", limit: int = 50
) -> list[Row[Any]]:
    """The history of both modes, newest first; `before` continues after the last `publication_id` of a page."""
    t = scenario_publication
    query = select(t).where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id)
    if before:
        query = query.where(t.c.publication_id < before)
    return list(c.execute(query.order_by(t.c.publication_id.desc()).limit(limit)))


def published_before(c: Connection, tenant_id: str, scenario_id: str) -> set[tuple[str, str]]:
    """Every (mode, version) that has counted at any time: what can be gone back to."""
    t = scenario_publication
    query = select(t.c.mode, t.c.content_hash).where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id)
    return {(row.mode, row.content_hash) for row in c.execute(query.distinct())}
