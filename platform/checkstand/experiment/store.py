"""Exposures (曝光): somebody really saw this arm. One row per session and experiment, whatever is reloaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Column, Connection, Index, Integer, String, Table, select

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
    Column("mode", String(4), nullable=False, server_default="test"),
    Column("unit_id", String(32), nullable=False, server_default=""),  # pseudonymous: who counts once
    Column("render_ms", Integer),  # what the first page took
)
Index(
    "ix_experiment_exposure_scenario",
    *(experiment_exposure.c[name] for name in ("tenant_id", "scenario_id", "experiment_id", "exposed_at")),
)


def exposure_ops(
    tenant_id: str, mode: str, session_id: str, scenario_id: str, assignments: Mapping[str, str],
    units: Mapping[str, str], at: datetime, *, render_ms: int | None = None,
) -> list[Insert]:  # fmt: skip
    """The rows of one first view; a second view of the same session changes nothing. `units`: experiment → who counts.

    An arm without a unit was forced by a tester and counts for nobody.
    """
    return [
        Insert(
            experiment_exposure,
            {
                "tenant_id": tenant_id,
                "experiment_id": experiment_id,
                "session_id": session_id,
                "scenario_id": scenario_id,
                "variation_id": assignments[experiment_id],
                "exposed_at": at,
                "mode": mode,
                "unit_id": unit_id,
                "render_ms": render_ms,
            },
            on_conflict="ignore",
        )
        for experiment_id, unit_id in units.items()
    ]


def first_exposure(
    c: Connection, *, tenant_id: str, mode: str, scenario_id: str, experiment_id: str
) -> datetime | None:
    """When somebody saw it first; found at the beginning of the index."""
    t = experiment_exposure
    mine = (t.c.tenant_id == tenant_id, t.c.scenario_id == scenario_id, t.c.experiment_id == experiment_id)
    query = select(t.c.exposed_at).where(*mine, t.c.mode == mode).order_by(t.c.exposed_at).limit(1)
    at: datetime | None = c.execute(query).scalar()
    return at
