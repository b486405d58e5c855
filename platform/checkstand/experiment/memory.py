"""A guest who signs in keeps the arm: by what a shopper is hashed in a layer, remembered from the first visit on.

A guest is bucketed by the device. When that guest signs in, the shopper's own id would be hashed to another arm, so
the device's id is carried over and stands for the shopper in this layer from then on, on every device. A shopper who
was known before any guest visit keeps the own id. Only layers with an experiment by shopper that falls back to the
device need this; everywhere else the hash alone remembers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, select

from checkstand.experiment.assign import Units
from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Insert
from checkstand.scenario.plan import Plan

experiment_unit = Table(
    "experiment_unit",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("mode", String(4), primary_key=True),
    Column("layer", String(64), primary_key=True),
    Column("subject", String(80), primary_key=True),  # device:<its id>, or shopper:<pseudonym>
    Column("unit", String(80), nullable=False),  # what is hashed for this subject
    Column("noted_at", Instant, nullable=False),
)

Known = Mapping[tuple[str, str], str]  # (layer, subject) → unit


def sticky_layers(plan: Plan) -> frozenset[str]:
    """The layers in which a guest may become a shopper."""
    return frozenset(
        each.layer for each in plan.experiments if (each.unit, each.fallback_unit) == ("shopper", "device")
    )


def known_units(
    c: Connection, tenant_id: str, mode: str, layers: Collection[str], subjects: Collection[str]
) -> dict[tuple[str, str], str]:
    """What is remembered of these subjects."""
    t = experiment_unit
    mine = (t.c.tenant_id == tenant_id, t.c.mode == mode)
    query = select(t.c.layer, t.c.subject, t.c.unit).where(t.c.layer.in_(layers), t.c.subject.in_(subjects))
    rows = c.execute(query.where(*mine))
    return {(row.layer, row.subject): row.unit for row in rows}


def units_by_layer(
    layers: Collection[str], known: Known, units: Units, *, shopper: str, device: str
) -> tuple[dict[str, Units], dict[tuple[str, str], str]]:
    """By what this visit is hashed in each layer, and what has to be remembered newly; pure.

    `shopper` and `device` are subjects, empty when the visit has none.
    """
    by_layer: dict[str, Units] = {}
    fresh: dict[tuple[str, str], str] = {}
    for layer in layers:
        if not shopper:
            if device and (layer, device) not in known:
                fresh[layer, device] = str(units["device"])
            continue
        unit = known.get((layer, shopper)) or known.get((layer, device)) or str(units["shopper"])
        if (layer, shopper) not in known:
            fresh[layer, shopper] = unit
        by_layer[layer] = {**units, "shopper": unit}
    return by_layer, fresh


def unit_ops(tenant_id: str, mode: str, fresh: Known, at: datetime) -> Iterator[Insert]:
    """Remember; of two first visits at the same moment one counts."""
    for (layer, subject), unit in fresh.items():
        row = {"tenant_id": tenant_id, "mode": mode, "layer": layer, "subject": subject, "unit": unit, "noted_at": at}
        yield Insert(experiment_unit, row, on_conflict="ignore")
