"""One layer, several scenarios: which experiment of which scenario has which range, kept where publishing sees it.

The file check (`scenario/checks/experiments.py`) sees one scenario. A layer belongs to the business unit, so a second
scenario may take only what the first has left. The row of a layer is changed under its revision: of two people who
publish at the same moment one is refused and looks again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sqlalchemy import Column, Connection, Integer, String, Table, select

from checkstand.infra.db import Json, metadata
from checkstand.infra.ops import Insert, Op, Update
from checkstand.kernel import CheckstandError, Kind

experiment_layer = Table(
    "experiment_layer",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("mode", String(4), primary_key=True),
    Column("layer", String(64), primary_key=True),
    Column("claims", Json, nullable=False),  # scenario → {holdout, ranges: experiment → [from, to]}
    Column("revision", Integer, nullable=False),
)

Claims = Mapping[str, Mapping[str, Any]]


class LayerTaken(CheckstandError):
    code = "experiment.layer_taken"
    kind = Kind.CONFLICT
    message = "Two experiments of one layer would meet the same shoppers."
    remedy = "Choose a range that is free in this layer, use another layer, or publish the other scenario without it."


class HoldoutDiffers(CheckstandError):
    code = "experiment.holdout_differs"
    kind = Kind.CONFLICT
    message = "Two scenarios say something different about the holdout of one layer."
    remedy = "Write the same `layers` entry into every scenario of the layer, and publish them together."


@dataclass(frozen=True, slots=True)
class Layer:
    """What is published in one layer of a business unit."""

    claims: Claims
    revision: int


def layers_of(c: Connection, tenant_id: str, mode: str) -> dict[str, Layer]:
    """Every layer of the business unit."""
    t = experiment_layer
    query = select(t.c.layer, t.c.claims, t.c.revision).where(t.c.tenant_id == tenant_id, t.c.mode == mode)
    return {row.layer: Layer(row.claims, row.revision) for row in c.execute(query.order_by(t.c.layer))}


def claims_of(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a scenario takes of each layer."""
    holdouts = {layer["id"]: float(layer.get("holdout", 0)) for layer in document.get("layers", ())}
    claims: dict[str, dict[str, Any]] = {}
    for each in document.get("experiments", ()):
        claim = claims.setdefault(each["layer"], {"holdout": holdouts.get(each["layer"], 0.0), "ranges": {}})
        low, high = each.get("range", (0, 1))
        claim["ranges"][each["id"]] = [float(low), float(high)]
    return claims


def layer_ops(
    layers: Mapping[str, Layer], tenant_id: str, mode: str, documents: Mapping[str, Mapping[str, Any]]
) -> list[Op]:
    """What changes when these documents (by scenario) are published. Raises `LayerTaken`, `HoldoutDiffers`; pure."""
    wanted = {scenario_id: claims_of(document) for scenario_id, document in documents.items()}
    names = dict.fromkeys([*layers, *(name for claims in wanted.values() for name in claims)])
    ops: list[Op] = []
    for name in names:
        before = layers.get(name, Layer({}, 0))
        kept = {scenario: claim for scenario, claim in before.claims.items() if scenario not in wanted}
        after = kept | {scenario: claims[name] for scenario, claims in wanted.items() if name in claims}
        if after != before.claims:
            refuse_meeting(name, after)
            ops.append(_op(tenant_id, mode, name, after, before.revision))
    return ops


def refuse_meeting(layer: str, claims: Claims) -> None:
    """Ranges of different scenarios are disjoint, and all of them hold out the same share."""
    for (scenario, one), (other_scenario, other) in combinations(sorted(claims.items()), 2):
        if one["holdout"] != other["holdout"]:
            raise HoldoutDiffers(
                f'layer "{layer}": scenario "{scenario}" holds out {one["holdout"]:g} and "{other_scenario}" '
                f"{other['holdout']:g}",
                layer=layer,
                one=f"{scenario} {one['holdout']:g}",
                other=f"{other_scenario} {other['holdout']:g}",
            )
        for (name, (a, b)), (other_name, (c, d)) in _pairs(one["ranges"], other["ranges"]):
            if max(a, c) < min(b, d):
                raise LayerTaken(
                    f'layer "{layer}": experiment "{name}" of scenario "{scenario}" takes {a:g} to {b:g}, and '
                    f'"{other_name}" of scenario "{other_scenario}" takes {c:g} to {d:g}; free is {_free(claims)}',
                    layer=layer,
                    one=f"{scenario}/{name} {a:g} – {b:g}",
                    other=f"{other_scenario}/{other_name} {c:g} – {d:g}",
                    free=_free(claims),
                )


def _free(claims: Claims) -> str:
    """The parts of the layer that nobody has taken."""
    taken = sorted((low, high) for claim in claims.values() for low, high in claim["ranges"].values())
    free, end = [], 0.0
    for low, high in taken:
        if low > end:
            free.append(f"{end:g} – {low:g}")
        end = max(end, high)
    if end < 1:
        free.append(f"{end:g} – 1")
    return ", ".join(free) or "–"


def _pairs(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Any]:
    return ((a, b) for a in one.items() for b in other.items())


def _op(tenant_id: str, mode: str, layer: str, claims: Claims, revision: int) -> Op:
    key = {"tenant_id": tenant_id, "mode": mode, "layer": layer}
    if revision == 0:
        return Insert(experiment_layer, {**key, "claims": claims, "revision": 1})
    return Update(experiment_layer, key, {"claims": claims, "revision": revision + 1}, guard={"revision": revision})
