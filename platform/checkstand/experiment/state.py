"""What people, or a guardrail, have decided about a published experiment. Without a row it runs as its file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, Connection, Float, Integer, Row, String, Table, select

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Insert, Update

GUARDRAIL: Final = "guardrail"  # stands where otherwise the person stands

experiment_state = Table(
    "experiment_state",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("mode", String(4), primary_key=True),
    Column("scenario_id", String(64), primary_key=True),
    Column("experiment_id", String(40), primary_key=True),
    Column("status", String(10), nullable=False),
    Column("coverage", Float, nullable=False),  # 0: as the file says
    Column("reason", String(500), nullable=False),
    Column("changed_by", String(254), nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("revision", Integer, nullable=False),
    CheckConstraint("status IN ('running', 'stopped')", name="status"),
    CheckConstraint("coverage BETWEEN 0 AND 1", name="coverage"),
)


@dataclass(frozen=True, slots=True)
class ExperimentState:
    """`revision` is 0 while nobody has decided anything."""

    status: str = "running"  # running | stopped
    coverage: float = 0.0
    reason: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    revision: int = 0

    @property
    def running(self) -> bool:
        return self.status == "running"

    @property
    def by_guardrail(self) -> bool:
        """Nobody stopped it: a guardrail did."""
        return not self.running and self.changed_by == GUARDRAIL

    def covers(self, written: float) -> float:
        """The coverage in force. Never less than the file says or somebody has ramped to: who is in stays in."""
        return max(self.coverage, written)


def states_of(c: Connection, tenant_id: str, mode: str, scenario_id: str) -> dict[str, ExperimentState]:
    """What was decided about the experiments of one scenario, by experiment."""
    t = experiment_state
    mine = (t.c.tenant_id == tenant_id, t.c.mode == mode, t.c.scenario_id == scenario_id)
    return {row.experiment_id: _state(row) for row in c.execute(select(t).where(*mine))}


def state_op(
    tenant_id: str, mode: str, scenario_id: str, experiment_id: str, values: Mapping[str, Any], revision: int
) -> Insert | Update:
    """Write a decision; refused when somebody decided since `revision` was read."""
    key = {"tenant_id": tenant_id, "mode": mode, "scenario_id": scenario_id, "experiment_id": experiment_id}
    if revision == 0:
        return Insert(experiment_state, {**key, **values, "revision": 1})
    return Update(experiment_state, key, {**values, "revision": revision + 1}, guard={"revision": revision})


def _state(row: Row[Any]) -> ExperimentState:
    return ExperimentState(row.status, row.coverage, row.reason, row.changed_by, row.changed_at, row.revision)
