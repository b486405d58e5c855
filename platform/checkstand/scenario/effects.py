"""What changes for whom when one version of a scenario follows another: facts, from which sentences are made.

Parts that people speak of have effects of their own: methods, limits, terminals, languages, forms, experiments, fees.
Everything else is told as what it is, a value that changed. Breaking is what somebody loses: a method, a checkout, a
language, a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from checkstand.scenario.compile import with_variations
from checkstand.scenario.differences import Change, differences
from checkstand.scenario.plan import ExperimentPlan, MethodPlan, Plan

if TYPE_CHECKING:
    from checkstand.scenario.affected import Affected, Kinds

_BREAKING: Final = frozenset(("hidden", "block"))
_TOLD: Final = frozenset(
    ("api_version", "kind", "experiments", "layers", "amount_limits", "terminals")
)  # by own effects


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that changes. `kind` names its sentence in `effect_texts`."""

    kind: str
    breaking: bool = False
    method: str = ""  # the id of a method
    subject: str = ""  # a terminal, a language, an experiment, a part
    before: Any = None
    after: Any = None
    witness: Mapping[str, Any] = field(default_factory=dict)
    proven: bool = True
    causes: tuple[str, ...] = ()  # ids of rules; `when` is the method's own condition
    paths: tuple[str, ...] = ()  # where it is written, as `layers.Setting` names it
    within: tuple[Effect, ...] = ()  # what an experiment's arm changes for those who get it


def effects(before: Plan | None, after: Plan, kinds: Kinds) -> tuple[Effect, ...]:
    """Everything that changes from the published plan to the new one; nothing when both say the same."""
    if before is None:
        return (Effect("new_scenario", after=after.content_hash),)
    if before.content_hash == after.content_hash:
        return ()
    found = [*_order(before, after), *_methods(before, after), *_who(before, after, kinds)]
    told = {path for effect in found for path in effect.paths}
    found += _experiments(before, after, kinds)
    old, new = _alike(before.document, after.document), _alike(after.document, before.document)
    found += (each for change in differences(old, new) for each in _value(change, told))
    return tuple(found)


def is_breaking(found: tuple[Effect, ...]) -> bool:
    """Whether somebody loses something."""
    return any(effect.breaking for effect in found)


def _order(before: Plan, after: Plan) -> Iterator[Effect]:
    """Which orders are taken at all."""
    if before.currency != after.currency:
        yield Effect("currency", True, before=before.currency, after=after.currency)
    else:
        yield from _limits(before, after)
    for terminal in before.terminals:
        if terminal not in after.terminals:
            yield Effect("terminal_removed", True, subject=terminal, paths=("terminals",))
    for terminal in after.terminals:
        if terminal not in before.terminals:
            yield Effect("terminal_added", subject=terminal, paths=("terminals",))
    for terminal in (each for each in after.terminals if each in before.terminals):
        old, new = before.form.for_terminal(terminal), after.form.for_terminal(terminal)
        if old != new:
            paths = ("form.type", f"form.per_terminal.{terminal}")
            yield Effect("form", subject=terminal, before=old, after=new, paths=paths)


def _limits(before: Plan, after: Plan) -> Iterator[Effect]:
    for name, old, new, lower in (
        ("max", before.max_minor, after.max_minor, after.max_minor < before.max_minor),
        ("min", before.min_minor, after.min_minor, after.min_minor > before.min_minor),
    ):
        if old == new:
            continue
        # The first order on the other side of the border that was there, or is there now.
        amount = (new if lower else old) + (1 if name == "max" else -1)
        kind = f"{name}_{'lowered' if new < old else 'raised'}"
        witness = {"amount": amount, "currency": after.currency}
        yield Effect(kind, lower, before=old, after=new, witness=witness, paths=(f"amount_limits.{name}",))


def _methods(before: Plan, after: Plan) -> Iterator[Effect]:
    for method in before.methods:
        if after.method(method.id) is None:
            yield Effect("method_removed", True, method.id, paths=(f"methods.{method.id}",))
    for method in after.methods:
        old = before.method(method.id)
        if old is None:
            rules = tuple(rule.id for rule in after.rules if rule.effect == "hide" and method.id in rule.applies_to)
            paths = (f"methods.{method.id}", *(f"rules.{name}" for name in rules))
            yield Effect("method_added", method=method.id, causes=rules, paths=paths)
        else:
            yield from _same_method(old, method)
    old_order = [each.id for each in before.methods if after.method(each.id)]
    new_order = [each.id for each in after.methods if before.method(each.id)]
    if old_order != new_order:
        moved = tuple(f"methods.{each}.order" for each in new_order)
        yield Effect("methods_reordered", before=old_order, after=new_order, paths=moved)


def _same_method(old: MethodPlan, new: MethodPlan) -> Iterator[Effect]:
    path = f"methods.{new.id}"
    if old.display != new.display:
        paths = (f"{path}.display",)
        yield Effect("method_display", method=new.id, before=old.display, after=new.display, paths=paths)
    if old.preselect != new.preselect:
        kind = "preselected" if new.preselect else "not_preselected"
        yield Effect(kind, method=new.id, paths=(f"{path}.preselect",))
    routes = [[route.channel for route in each.routes] for each in (old, new)]
    if routes[0] != routes[1]:
        written = (f"{path}.routing", f"{path}.routing.routes")
        yield Effect("method_routes", method=new.id, before=routes[0], after=routes[1], paths=written)


def _who(before: Plan, after: Plan, kinds: Kinds) -> Iterator[Effect]:
    from checkstand.scenario.affected import affected  # Z3 takes a third of a second to import; a server starts without

    for each in affected(before, after, kinds):
        yield _of(each)


def _of(found: Affected) -> Effect:
    paths = tuple(f"methods.{found.method_id}.when" if cause == "when" else f"rules.{cause}" for cause in found.causes)
    return Effect(
        kind=found.change,
        breaking=found.change in _BREAKING,
        method=found.method_id,
        witness=found.witness,
        proven=found.proven,
        causes=found.causes,
        paths=paths,
    )


def _experiments(before: Plan, after: Plan, kinds: Kinds) -> Iterator[Effect]:
    old = {each.id: each for each in before.experiments}
    new = {each.id: each for each in after.experiments}
    for experiment in (each for name, each in old.items() if name not in new):
        yield Effect("experiment_stopped", subject=experiment.id, before=_share(experiment))
    for name, experiment in new.items():
        path = (f"experiments.{name}",)
        if name not in old:
            arms = tuple(_arm(after, experiment, arm.id, kinds) for arm in experiment.variations if arm.patch)
            causes = ("when",) if experiment.when is not None else ()
            yield Effect(
                "experiment_started", is_breaking(arms), subject=name, after=_share(experiment),
                causes=causes, paths=path, within=arms,
            )  # fmt: skip
        elif _raw(before, name) != _raw(after, name):
            was, now = _share(old[name]), _share(experiment)
            patches = {arm.id: arm.patch for arm in old[name].variations}
            rewritten = (arm for arm in experiment.variations if arm.patch != patches.get(arm.id, {}))
            arms = tuple(_arm(after, experiment, arm.id, kinds) for arm in rewritten)
            yield Effect(
                "experiment_changed", is_breaking(arms), subject=name, before=was, after=now, paths=path, within=arms
            )


def _arm(plan: Plan, experiment: ExperimentPlan, arm: str, kinds: Kinds) -> Effect:
    """What an arm does to the checkout, as if it were a version of its own."""
    varied = replace(with_variations(plan, {experiment.id: arm}), content_hash="", experiments=plan.experiments)
    weight = next(each.weight for each in experiment.variations if each.id == arm)
    inside = tuple(each for each in effects(plan, varied, kinds) if not each.kind.startswith("experiment_"))
    return Effect("arm", is_breaking(inside), subject=arm, after=weight * _share(experiment), within=inside)


def _share(experiment: ExperimentPlan) -> float:
    """The part of all visits that takes part, as far as range and coverage say it."""
    low, high = experiment.range
    return (high - low) * experiment.coverage * (1 - experiment.holdout)


def _raw(plan: Plan, name: str) -> Any:
    return next(each for each in plan.document.get("experiments", ()) if each["id"] == name)


def _alike(document: Any, other: Any) -> Any:
    """The document with an empty mapping where the other has one: a first colour is one change, not a whole theme."""
    if not isinstance(other, Mapping):
        return document
    own = document if isinstance(document, Mapping) else {}
    missing = {
        name: _alike(None, part) for name, part in other.items() if isinstance(part, Mapping) and name not in own
    }
    return {**{name: _alike(part, other.get(name)) for name, part in own.items()}, **missing}


def _value(change: Change, told: set[str]) -> Iterator[Effect]:
    """A change that no other effect has told: in words of its own where people have some, else as a value."""
    if change.part in _TOLD or (change.kind == "moved" and change.part in ("methods", "rules")):
        return  # methods are sorted by their `order`, rules have none
    path = ".".join(filter(None, (change.part, change.item, change.path)))
    if path in told or f"{change.part}.{change.item}" in told:
        return
    kind, breaking = _named(change)
    yield Effect(
        kind, breaking, subject=change.item or change.path, before=change.before, after=change.after,
        causes=(change.part, change.kind), paths=(path,),
    )  # fmt: skip


def _named(change: Change) -> tuple[str, bool]:
    """The sentence of a change, and whether somebody loses something by it."""
    if change.part == "locales" and change.path == "supported" and change.kind in ("added", "removed"):
        return f"language_{change.kind}", change.kind == "removed"
    if change.part == "locales" and change.path.startswith("default"):
        return "language_default", False
    if change.part == "copy":
        return "copy", False
    if change.part == "theme":
        return "theme", False
    if change.part == "settlement" and change.path == "fee.rate_ppm":
        return "fee_rate", False
    if change.part == "settlement" and change.path == "fee.min":
        return "fee_min", False
    if change.part in ("fields", "consents") and change.kind in ("added", "removed") and not change.path:
        return f"{change.part[:-1]}_{change.kind}", False
    if change.part == "rules" and change.kind in ("added", "removed") and not change.path:
        return f"rule_{change.kind}", False
    if change.part == "embed" and change.kind == "removed":
        return "origin_removed", True
    if change.part in ("mode", "flow"):
        return "value", True
    return "value", False
