"""Plans by version hash: compiled once per process, then served from memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from checkstand.kernel import CheckstandError, Kind
from checkstand.scenario.compile import ServedMethod, compile_plan
from checkstand.scenario.plan import Plan

if TYPE_CHECKING:
    from checkstand.infra.db import Database

_KEEP: Final = 1000  # plans; a large one is about 50 kB


class VersionUnknown(CheckstandError):
    """A session pins a version that is not there: the database is incomplete."""

    code = "scenario.version_unknown"
    kind = Kind.NOT_FOUND
    message = "No version has this hash."
    remedy = "List the versions of the scenario, or publish it again."


class PlanCache:
    """Never stale: a version cannot change, and the pointer is read from the database each time."""

    def __init__(self, db: Database, method_types: Mapping[str, ServedMethod]) -> None:
        self._db = db
        self.method_types = method_types
        self._plans: OrderedDict[tuple[str, str], Plan] = OrderedDict()
        self._lock = threading.Lock()

    def published(self, tenant_id: str, scenario_id: str, mode: str) -> Plan | None:
        """The plan that new sessions get, or None when nothing is published."""
        from checkstand.scenario.store import published_pointer

        with self._db.read() as connection:
            content_hash = published_pointer(connection, tenant_id, scenario_id, mode)
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
        from checkstand.scenario.store import read_version

        with self._db.read() as connection:
            row = read_version(connection, tenant_id, content_hash)
        if row is None:
            raise VersionUnknown(f"no version {content_hash[:12]} of this business unit")
        return compile_plan(row.document, self.method_types)
