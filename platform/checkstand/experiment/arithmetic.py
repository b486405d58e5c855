"""The arithmetic behind an assignment, step by step, so that anybody can do it again with paper and a hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkstand.experiment.assign import assign, bucket
from checkstand.rule import Context
from checkstand.scenario.plan import ExperimentPlan, Plan


@dataclass(frozen=True, slots=True)
class ArmSlice:
    """Positions from `start` up to, not including, `end` get this arm; `share` is its weight before coverage."""

    variation: str
    weight: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Bucketing:
    """One experiment and one visit. Positions are hash % 10000 / 10000."""

    experiment: str
    layer: str
    when: str | None
    targeted: bool  # the condition holds, or there is none
    unit: str  # shopper | device | session; empty when the visit has none of them
    unit_value: str
    layer_position: float | None  # of (layer + unit)
    range: tuple[float, float]
    in_range: bool
    position: float | None  # of (experiment + unit)
    coverage: float
    arms: tuple[ArmSlice, ...]
    variation: str | None  # what the visit gets
    outcome: str  # assigned | not_targeted | no_unit | out_of_range | not_covered | frozen


def bucketings(
    plan: Plan, context: Mapping[str, Any], units: Mapping[str, str | None], frozen: Mapping[str, str] | None = None
) -> tuple[Bucketing, ...]:
    """How each experiment of the plan came to its arm. `frozen` is what a session has kept since it was created."""
    assigned = assign(plan, context, units) if frozen is None else dict(frozen)
    shared = Context(context)
    return tuple(_bucketing(each, shared, units, assigned, frozen is not None) for each in plan.experiments)


def _bucketing(
    experiment: ExperimentPlan,
    context: Context,
    units: Mapping[str, str | None],
    assigned: Mapping[str, str],
    frozen: bool,
) -> Bucketing:
    kind = next((name for name in (experiment.unit, experiment.fallback_unit) if name and units.get(name)), "")
    unit = (units.get(kind) if kind else None) or ""
    targeted = experiment.when is None or experiment.when.evaluate(context)
    low, high = experiment.range
    layer_position = bucket(experiment.layer, unit) if unit else None
    in_range = layer_position is not None and low <= layer_position < high
    position = bucket(experiment.id, unit) if unit else None
    arms = tuple(_slices(experiment))
    covered = position is not None and any(arm.start <= position < arm.end for arm in arms)
    steps = (("not_targeted", targeted), ("no_unit", bool(unit)), ("out_of_range", in_range), ("not_covered", covered))
    computed = next((name for name, passed in steps if not passed), "assigned")
    return Bucketing(
        experiment=experiment.id,
        layer=experiment.layer,
        when=experiment.when.source if experiment.when else None,
        targeted=targeted,
        unit=kind,
        unit_value=unit,
        layer_position=layer_position,
        range=experiment.range,
        in_range=in_range,
        position=position,
        coverage=experiment.coverage,
        arms=arms,
        variation=assigned.get(experiment.id),
        outcome="frozen" if frozen else computed,
    )


def _slices(experiment: ExperimentPlan) -> list[ArmSlice]:
    start, slices = 0.0, []
    for variation in experiment.variations:
        end = start + experiment.coverage * variation.weight
        slices.append(ArmSlice(variation.id, variation.weight, start, end))
        start += variation.weight
    return slices
