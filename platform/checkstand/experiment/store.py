"""Exposures (曝光): somebody really saw this arm. One row per session and experiment, whatever is reloaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Column, Connection, Index, String, Table, func, select

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Insert

experiment_exposure = Table(
    "experiment_exposure",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("experiment_id", String(40), primary_key=True),
    Column("session_id", String(40), primary_key=True),
    Column("scenario_id", String(64), nullable=False),
    Column("variation_id", String(40), nullable=False),
    Column("exposed_at", Instant, nullable=False),
)
Index(
    "ix_experiment_exposure_scenario",
    *(experiment_exposure.c[name] for name in ("tenant_id", "scenario_id", "experiment_id", "exposed_at")),
)


def exposure_ops(
    tenant_id: str, session_id: str, scenario_id: str, assignments: Mapping[str, str], at: datetime
) -> list[Insert]:
    """The rows of one first view; a second view of the same session changes nothing."""
    return [
        Insert(
            experiment_exposure,
            {
                "tenant_id": tenant_id,
                "experiment_id": experiment_id,
                "session_id": session_id,
                "scenario_id": scenario_id,
                "variation_id": variation_id,
                "exposed_at": at,
            },
            on_conflict="ignore",
        )
        for experiment_id, variation_id in assignments.items()
    ]


def exposures(c: Connection, *, tenant_id: str, scenario_id: str, experiment_id: str) -> dict[str, int]:
    """How many sessions saw each arm."""
    t = experiment_exposure
    query = (
        select(t.c.variation_id, func.count())
        .where(t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id, t.c.experiment_id == experiment_id)
        .group_by(t.c.variation_id)
    )
    return {variation: int(count) for variation, count in c.execute(query)}
