"""Who sees which arm: the GrowthBook hash, version 2. The same unit always gets the same arm.

Three hashes, so that nothing depends on anything else. One, seeded with the layer, says where in the layer's
traffic this unit is; experiments of one layer own disjoint ranges, so nobody is in two of them. One, seeded with
the experiment, picks the arm, so that the next experiment on the same range mixes everybody anew instead of
inheriting the arms of the last one. And one says who is held out of all experiments of a layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from checkstand.experiment.state import ExperimentState
from checkstand.rule import Context
from checkstand.scenario.plan import ExperimentPlan, Plan

_FNV_OFFSET: Final = 0x811C9DC5
_FNV_PRIME: Final = 0x01000193
_BUCKETS: Final = 10_000
_TOLERANCE: Final = 0.01  # of the sum of weights, as GrowthBook has it

Units = Mapping[str, str | None]  # shopper | device | session → its id, or nothing


@dataclass(frozen=True, slots=True)
class Arm:
    """What one visit gets from one experiment, and who counts in its results."""

    variation: str
    kind: str  # shopper | device | session
    unit: str


def assign(plan: Plan, context: Mapping[str, Any], units: Units) -> dict[str, str]:
    """The arm of each experiment this visit takes part in; the caller freezes it on the session."""
    arms = assign_arms(plan.experiments, context, {}, units)
    return {experiment: arm.variation for experiment, arm in arms.items()}


def assign_arms(
    experiments: Sequence[ExperimentPlan],
    context: Mapping[str, Any],
    units_of_layer: Mapping[str, Units],
    units: Units,
) -> dict[str, Arm]:
    """`assign` with the unit that was chosen. `units_of_layer` stands in for `units` where more is remembered."""
    shared: Context | None = None
    assigned: dict[str, Arm] = {}
    for experiment in experiments:
        if experiment.when is not None:
            shared = shared or Context(context)
            if not experiment.when.evaluate(shared):
                continue
        here = units_of_layer.get(experiment.layer, units)
        variation, kind = choose(experiment, here), unit_kind(experiment, here)
        if variation is not None and kind is not None:
            assigned[experiment.id] = Arm(variation, kind, here[kind] or "")
    return assigned


def in_force(plan: Plan, states: Mapping[str, ExperimentState]) -> tuple[ExperimentPlan, ...]:
    """The experiments that new sessions take part in: none that was stopped, each as wide as it was ramped."""
    running = (each for each in plan.experiments if each.id not in states or states[each.id].running)
    return tuple(
        replace(each, coverage=states[each.id].covers(each.coverage)) if each.id in states else each for each in running
    )


def unit_kind(experiment: ExperimentPlan, units: Units) -> str | None:
    """The unit that decides: the experiment's own, else its fallback, whichever this visit has."""
    kinds = (experiment.unit, experiment.fallback_unit)
    return next((kind for kind in kinds if kind is not None and units.get(kind)), None)


def choose(experiment: ExperimentPlan, units: Units) -> str | None:
    """The arm of this unit, or None when it does not take part."""
    kind = unit_kind(experiment, units)
    unit = units[kind] if kind else None
    if not unit or held_out(experiment, unit) or not within(bucket(experiment.layer, unit), experiment.range):
        return None
    weights = [variation.weight for variation in experiment.variations]
    ranges = bucket_ranges(len(weights), experiment.coverage, weights)
    chosen = choose_range(bucket(experiment.id, unit), ranges)
    return experiment.variations[chosen].id if chosen is not None else None


def held_out(experiment: ExperimentPlan, unit: str) -> bool:
    """Whether this unit is in none of the layer's experiments; a layer's name has no colon, so no other seed is it."""
    return experiment.holdout > 0 and bucket(f"{experiment.layer}:holdout", unit) < experiment.holdout


def bucket_ranges(arms: int, coverage: float, weights: Sequence[float]) -> list[tuple[float, float]]:
    """Where each arm lies between 0 and 1.

    Coverage shrinks every arm towards its own start: growing it later moves nobody to another arm. Weights that are
    not one per arm or do not add up to 1 would leave arms short, so equal ones take their place, as in GrowthBook.
    """
    coverage = min(max(coverage, 0.0), 1.0)
    if len(weights) != arms or abs(sum(weights) - 1) > _TOLERANCE:
        weights = [1 / arms] * arms
    start, ranges = 0.0, []
    for weight in weights:
        ranges.append((start, start + coverage * weight))
        start += weight
    return ranges


def choose_range(position: float, ranges: Sequence[tuple[float, float]]) -> int | None:
    """The index of the range that the position is in."""
    return next((index for index, each in enumerate(ranges) if within(position, each)), None)


def within(position: float, span: tuple[float, float]) -> bool:
    """From the first number up to, not including, the second."""
    return span[0] <= position < span[1]


def bucket(seed: str, unit: str) -> float:
    """A number from 0 up to, not including, 1 in steps of 1/10000."""
    return fnv1a_32(str(fnv1a_32(seed + unit))) % _BUCKETS / _BUCKETS


def fnv1a_32(text: str) -> int:
    """The 32-bit FNV-1a hash of the text's UTF-8 bytes."""
    value = _FNV_OFFSET
    for byte in text.encode():
        value = (value ^ byte) * _FNV_PRIME & 0xFFFFFFFF
    return value
