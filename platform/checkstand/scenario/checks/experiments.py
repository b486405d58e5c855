"""Experiments: arms that add up, ranges that do not overlap, patches that do not meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from math import prod
from typing import Any, Final

from checkstand.kernel import duration_s
from checkstand.scenario.finding import Document, Facts, Finding

_TOLERANCE: Final = 1e-6
MAX_COMBINATIONS: Final = 256  # arms of different layers meet; every combination is checked before publishing


def arms(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Weights add up to 1, ranges run forward, a fallback differs from the unit."""
    for index, experiment in enumerate(document.get("experiments", ())):
        path = ("experiments", index)
        total = sum(arm["weight"] for arm in experiment["variations"])
        if abs(total - 1) > _TOLERANCE:
            yield Finding(
                (*path, "variations"), "experiment.weights", f"the weights add up to {total:g}, not to 1", on_key=True
            )
        low, high = experiment.get("range", (0, 1))
        if low >= high:
            yield Finding(
                (*path, "range"), "experiment.range", f"the range must run forward, not from {low:g} to {high:g}"
            )
        if experiment.get("fallback_unit") == experiment.get("unit", "shopper"):
            message = "a fallback_unit is another one than the unit"
            yield Finding((*path, "fallback_unit"), "experiment.fallback", message)


def layers(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Within a layer ranges are disjoint; across layers nobody changes the same value."""
    experiments = document.get("experiments", ())
    for (_, one), (index, other) in combinations(enumerate(experiments), 2):
        yield from (_overlap if one["layer"] == other["layer"] else _meeting)(one, other, index)
    by_layer: dict[str, int] = {}
    for experiment in experiments:
        by_layer[experiment["layer"]] = by_layer.get(experiment["layer"], 1) + len(experiment["variations"])
    if prod(by_layer.values()) > MAX_COMBINATIONS:
        message = (
            f"the arms combine to {prod(by_layer.values())} different checkouts; put more experiments into one layer"
        )
        yield Finding(("experiments",), "experiment.too_many", message, on_key=True)


def controls(document: Document, _facts: Facts) -> Iterator[Finding]:
    """The first arm is the control: when an experiment stops, everybody gets it, so it is the checkout as it is."""
    for index, experiment in enumerate(document.get("experiments", ())):
        if experiment["variations"][0].get("patch"):
            message = f'"{experiment["variations"][0]["id"]}" is the control, which changes nothing'
            remedy = "Write the arm without a patch first, or move its patch into the scenario itself."
            yield Finding(("experiments", index, "variations", 0, "patch"), "experiment.control", message, remedy)


def settings(document: Document, _facts: Facts) -> Iterator[Finding]:
    """What is set for a layer is set for one that some experiment uses; times and metrics make sense."""
    used = {experiment["layer"] for experiment in document.get("experiments", ())}
    for index, layer in enumerate(document.get("layers", ())):
        if layer["id"] not in used:
            message = f'no experiment is in layer "{layer["id"]}"'
            yield Finding(("layers", index, "id"), "experiment.layer_unused", message)
    for index, experiment in enumerate(document.get("experiments", ())):
        goal = experiment.get("goal_metric", "paid_per_exposed")
        if goal in experiment.get("secondary_metrics", ()):
            at = ("experiments", index, "secondary_metrics", experiment["secondary_metrics"].index(goal))
            yield Finding(at, "experiment.goal_twice", f'"{goal}" is the goal already')
        written = experiment.get("min_duration")
        if written is not None and not duration_s("PT1H") <= duration_s(written) <= duration_s("P90D"):
            message = f"must be from PT1H to P90D, not {written}"
            yield Finding(("experiments", index, "min_duration"), "time.bounds", message)


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any], index: int) -> Iterator[Finding]:
    (a, b), (c, d) = one.get("range", (0, 1)), other.get("range", (0, 1))
    if a < b and c < d and max(a, c) < min(b, d):
        message = f'{c:g} to {d:g} overlaps "{one["id"]}" ({a:g} to {b:g}) in layer "{one["layer"]}"'
        path = ("experiments", index, "range") if "range" in other else ("experiments", index)
        yield Finding(path, "experiment.overlap", message)


def _meeting(one: Mapping[str, Any], other: Mapping[str, Any], index: int) -> Iterator[Finding]:
    mine, theirs = _changed(other), _changed(one)
    # Removing a method and changing it also meet: one path is then the beginning of the other.
    shared = sorted(a for a in mine for b in theirs if f"{a}.".startswith(f"{b}.") or f"{b}.".startswith(f"{a}."))
    if shared:
        message = f'changes {shared[0]}, as "{one["id"]}" does in another layer; a shopper may be in both'
        yield Finding(("experiments", index), "experiment.same_value", message, "Put both into one layer.")


def _changed(experiment: Mapping[str, Any]) -> set[str]:
    return {path for arm in experiment["variations"] for path in _paths(arm.get("patch", {}), "")}


def _paths(patch: Any, prefix: str) -> Iterator[str]:
    if isinstance(patch, Mapping):
        for name, inner in patch.items():
            yield from _paths(inner, f"{prefix}.{name}" if prefix else name)
    elif isinstance(patch, list) and patch and all(isinstance(item, Mapping) and "id" in item for item in patch):
        for item in patch:
            yield from _paths({name: value for name, value in item.items() if name != "id"}, f"{prefix}.{item['id']}")
    else:
        yield prefix
