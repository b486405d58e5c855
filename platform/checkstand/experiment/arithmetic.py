"""The arithmetic behind an assignment, step by step, so that anybody can do it again with paper and a hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from checkstand.experiment.assign import Arm, Units, assign_arms, bucket, bucket_ranges, in_force, unit_kind, within
from checkstand.experiment.state import ExperimentState
from checkstand.rule import Context
from checkstand.scenario.plan import ExperimentPlan, Plan

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ArmSlice:
    """Positions from `start` up to, not including, `end` get this arm; `weight` is its share before coverage."""

    variation: str
    weight: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Bucketing:
    """One experiment and one visit. A position is a hash % 10000 / 10000; None when there is nothing to hash."""

    experiment: str
    layer: str
    when: str | None
    targeted: bool  # the condition holds, or there is none
    unit: str  # shopper | device | session; empty when the visit has none of them, or nobody has kept it
    unit_value: str
    holdout: float
    holdout_position: float | None  # of (layer + ":holdout" + unit); not asked without a holdout
    layer_position: float | None  # of (layer + unit)
    range: tuple[float, float]
    in_range: bool
    position: float | None  # of (experiment + unit)
    coverage: float  # in force: what the file says, or what somebody has ramped it to
    arms: tuple[ArmSlice, ...]
    variation: str | None  # what the visit gets
    outcome: str  # assigned | stopped | not_targeted | no_unit | held_out | out_of_range | not_covered | frozen


def bucketings(
    plan: Plan,
    context: Mapping[str, Any],
    units: Units,
    *,
    by_layer: Mapping[str, Units] = _NOTHING,
    states: Mapping[str, ExperimentState] = _NOTHING,
) -> tuple[Bucketing, ...]:
    """How each experiment of the plan comes to its arm."""
    running = {each.id: each for each in in_force(plan, states)}
    arms = assign_arms([*running.values()], context, by_layer, units)
    shared = Context(context)
    return tuple(
        _bucketing(running.get(each.id, each), shared, by_layer.get(each.layer, units), arms, each.id in running)
        for each in plan.experiments
    )


def frozen_bucketings(
    plan: Plan, context: Mapping[str, Any], units: Units, arms: Mapping[str, str]
) -> tuple[Bucketing, ...]:
    """The arms that a session has kept; the steps are told where what is known today leads to the same arm."""
    return tuple(_frozen(each, arms.get(each.experiment)) for each in bucketings(plan, context, units))


def _frozen(told: Bucketing, variation: str | None) -> Bucketing:
    if told.variation != variation:
        told = replace(told, unit="", unit_value="", holdout_position=None, layer_position=None, position=None)
    return replace(told, variation=variation, outcome="frozen")


def _bucketing(
    experiment: ExperimentPlan, context: Context, units: Units, arms: Mapping[str, Arm], running: bool
) -> Bucketing:
    kind = unit_kind(experiment, units)
    unit = (units[kind] if kind else None) or ""
    targeted = experiment.when is None or experiment.when.evaluate(context)
    layer_position = bucket(experiment.layer, unit) if unit else None
    in_range = layer_position is not None and within(layer_position, experiment.range)
    position = bucket(experiment.id, unit) if unit else None
    slices = tuple(_slices(experiment))
    covered = position is not None and any(within(position, (arm.start, arm.end)) for arm in slices)
    held = bucket(f"{experiment.layer}:holdout", unit) if unit and experiment.holdout > 0 else None
    steps = (
        ("stopped", running),
        ("not_targeted", targeted),
        ("no_unit", bool(unit)),
        ("held_out", held is None or held >= experiment.holdout),
        ("out_of_range", in_range),
        ("not_covered", covered),
    )
    arm = arms.get(experiment.id)
    return Bucketing(
        experiment=experiment.id,
        layer=experiment.layer,
        when=experiment.when.source if experiment.when else None,
        targeted=targeted,
        unit=kind or "",
        unit_value=unit,
        holdout=experiment.holdout,
        holdout_position=held,
        layer_position=layer_position,
        range=experiment.range,
        in_range=in_range,
        position=position,
        coverage=experiment.coverage,
        arms=slices,
        variation=arm.variation if arm is not None else None,
        outcome=next((name for name, passed in steps if not passed), "assigned"),
    )


def _slices(experiment: ExperimentPlan) -> list[ArmSlice]:
    weights = [variation.weight for variation in experiment.variations]
    ranges = bucket_ranges(len(weights), experiment.coverage, weights)
    return [
        ArmSlice(variation.id, variation.weight, start, end)
        for variation, (start, end) in zip(experiment.variations, ranges, strict=True)
    ]
