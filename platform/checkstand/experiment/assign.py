"""Who sees which arm: the GrowthBook hash, version 2. The same unit always gets the same arm.

Two hashes per experiment. The first, seeded with the layer, says where in the layer's traffic this
unit is; experiments of one layer own disjoint ranges, so nobody is in two of them. The second, seeded
with the experiment, picks the arm, so that the next experiment on the same range mixes everybody anew
instead of inheriting the arms of the last one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from checkstand.rule import Context
from checkstand.scenario.plan import ExperimentPlan, Plan

_FNV_OFFSET: Final = 0x811C9DC5
_FNV_PRIME: Final = 0x01000193
_BUCKETS: Final = 10_000


def assign(plan: Plan, context: Mapping[str, Any], units: Mapping[str, str | None]) -> dict[str, str]:
    """The arm of each experiment this visit takes part in; the caller freezes it on the session."""
    shared: Context | None = None
    assigned: dict[str, str] = {}
    for experiment in plan.experiments:
        if experiment.when is not None:
            shared = shared or Context(context)
            if not experiment.when.evaluate(shared):
                continue
        arm = choose(experiment, units)
        if arm is not None:
            assigned[experiment.id] = arm
    return assigned


def choose(experiment: ExperimentPlan, units: Mapping[str, str | None]) -> str | None:
    """The arm of this unit, or None when it does not take part."""
    unit = units.get(experiment.unit) or (units.get(experiment.fallback_unit) if experiment.fallback_unit else None)
    if not unit:
        return None
    low, high = experiment.range
    if not low <= bucket(experiment.layer, unit) < high:
        return None
    position, start = bucket(experiment.id, unit), 0.0
    for variation in experiment.variations:
        # Coverage shrinks every arm towards its own start: growing it later moves nobody to another arm.
        if start <= position < start + experiment.coverage * variation.weight:
            return variation.id
        start += variation.weight
    return None


def bucket(seed: str, unit: str) -> float:
    """A number from 0 up to, not including, 1 in steps of 1/10000."""
    return fnv1a_32(str(fnv1a_32(seed + unit))) % _BUCKETS / _BUCKETS


def fnv1a_32(text: str) -> int:
    """The 32-bit FNV-1a hash of the text's UTF-8 bytes."""
    value = _FNV_OFFSET
    for byte in text.encode():
        value = (value ^ byte) * _FNV_PRIME & 0xFFFFFFFF
    return value
