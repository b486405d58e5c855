"""A valid document becomes a plan: every default filled in, every condition compiled, nothing left to look up.

The content hash is SHA-256 over the document as people wrote it after `extends` was applied: canonical
JSON, keys sorted, nulls gone, defaults *not* filled in. So the same files give the same version on
every installation, and a newer platform with another default does not rename old versions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Protocol

from checkstand.kernel import duration_s
from checkstand.scenario.compile_methods import compile_methods
from checkstand.scenario.conditions import ConditionCompiler
from checkstand.scenario.defaults import DEFAULT_TIMEOUTS, default
from checkstand.scenario.merge import merged
from checkstand.scenario.node import located, plain
from checkstand.scenario.plan import (
    CompositePlan,
    ConsentPlan,
    ExperimentPlan,
    FeePlan,
    FieldPlan,
    FormPlan,
    Plan,
    RiskPlan,
    RulePlan,
    SplitPlan,
    ThemePlan,
    Timeouts,
    VariationPlan,
    VelocityPlan,
)


class ServedMethod(Protocol):
    """What compiling needs to know about a payment method type."""

    @property
    def channels(self) -> tuple[str, ...]: ...


def compile_plan(document: Mapping[str, Any], method_types: Mapping[str, ServedMethod]) -> Plan:
    """Compile a document that the checks of `load` have passed."""
    channels = {name: tuple(kind.channels) for name, kind in method_types.items()}
    return _compile(canonical(document), content_hash(document), channels)


def with_variations(plan: Plan, assignments: Mapping[str, str]) -> Plan:
    """The plan as one shopper of these experiments gets it; the version hash stays that of the published plan."""
    arms = tuple(
        (experiment.id, assignments[experiment.id])
        for experiment in plan.experiments
        if any(v.id == assignments.get(experiment.id) and v.patch for v in experiment.variations)
    )
    return _varied(_ByHash(plan), arms) if arms else plan


def canonical(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without nulls and `extends`, whole floats as integers, keys sorted."""
    slim = _slim({name: value for name, value in document.items() if name != "extends"})
    assert isinstance(slim, dict)  # noqa: S101 - for the type checker: a mapping stays one
    return slim


def content_hash(document: Mapping[str, Any]) -> str:
    """The name of this version: 64 hexadecimal digits."""
    text = json.dumps(canonical(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _slim(value: Any) -> Any:
    if isinstance(value, Mapping):
        # A patch keeps its nulls: there they mean "remove".
        return {
            name: (inner if name == "patch" else _slim(inner))
            for name, inner in sorted(value.items())
            if inner is not None
        }
    if isinstance(value, list | tuple):
        return [_slim(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


_TERMS: Final = {
    "instant": (),
    "escrow": (("ship_within_s", "ship_within"), ("confirm_within_s", "confirm_receipt_within")),
    "preauth": (("capture_within_s", "capture_within"),),
}


class _ByHash:
    """A plan as a cache key: equal hashes are equal plans, and comparing documents would cost more than compiling."""

    __slots__ = ("plan",)

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __hash__(self) -> int:
        return hash(self.plan.content_hash)

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, _ByHash) and other.plan.content_hash == self.plan.content_hash
        return same and isinstance(other, _ByHash) and other.plan.channels == self.plan.channels


@lru_cache(maxsize=512)
def _varied(key: _ByHash, arms: tuple[tuple[str, str], ...]) -> Plan:
    plan = key.plan
    return _compile(varied_document(plan.document, dict(arms)), plan.content_hash, plan.channels)


def varied_document(document: Mapping[str, Any], assignments: Mapping[str, str]) -> dict[str, Any]:
    """The document with the patches of these arms applied, in the order of the experiments."""
    tree = located(document)
    for experiment in document.get("experiments", ()):
        for variation in experiment["variations"]:
            if variation["id"] == assignments.get(experiment["id"]):
                tree = merged(tree, located(variation.get("patch", {})))
    return canonical(plain(tree))


def _compile(document: Mapping[str, Any], version: str, channels: Mapping[str, tuple[str, ...]]) -> Plan:
    conditions = ConditionCompiler(document)
    metadata, limits, urls = document["metadata"], document["amount_limits"], document.get("urls", {})
    fee = document.get("settlement", {}).get("fee", {})
    return Plan(
        scenario_id=metadata["id"],
        content_hash=version,
        owner=metadata["owner"],
        name=metadata["name"],
        description=metadata.get("description", {}),
        labels=metadata.get("labels", {}),
        mode=document.get("mode", default("mode")),
        flow=document.get("flow", {}).get("type", default("flow", "type")),
        terminals=tuple(document.get("terminals", default("terminals"))),
        form=_form(document.get("form", {})),
        currency=limits["currency"],
        min_minor=limits.get("min", default("amount_limits", "min")),
        max_minor=limits["max"],
        methods=compile_methods(document["methods"], channels, conditions),
        fields=tuple(_field(i, item, conditions) for i, item in enumerate(document.get("fields", ()))),
        consents=tuple(
            ConsentPlan(item["id"], item["text_ref"].removeprefix("copy."), item.get("required", True), item.get("url"))
            for item in document.get("consents", ())
        ),
        rules=tuple(_rule(i, item, conditions) for i, item in enumerate(document.get("rules", ()))),
        risk=_risk(document.get("risk", {})),
        experiments=_experiments(document, conditions),
        theme=_theme(document.get("theme", {})),
        default_locale=document["locales"]["default"],
        locales=tuple(document["locales"]["supported"]),
        copy=document.get("copy", {}),
        timeouts=_timeouts(document.get("timeouts", {})),
        return_url=urls.get("return_url"),
        notify_url=urls.get("notify_url"),
        late_success=document.get("late_success", default("late_success")),
        settlement_cycle=document.get("settlement", {}).get("cycle", default("settlement", "cycle")),
        fee=FeePlan(
            fee.get("rate_ppm", 0),
            fee.get("min", 0),
            fee.get("bearer", "merchant"),
            fee.get("max"),
            fee.get("timing", "pay"),
            fee.get("rounding", "half_even"),
        ),
        splits=tuple(
            SplitPlan(each["id"], each["member"], each.get("rate_ppm", 0), each.get("amount", 0))
            for each in document.get("settlement", {}).get("splits", ())
        ),
        allowed_origins=tuple(document.get("embed", {}).get("allowed_origins", ())),
        disclosures=tuple(ref.removeprefix("copy.") for ref in document.get("disclosures", ())),
        budget_first_load_bytes=document.get("budget", {}).get(
            "first_load_bytes", default("budget", "first_load_bytes")
        ),
        document=document,
        terms=_terms(document.get("flow", {})),
        composite=_composite(document.get("composite", {})),
        channels=channels,
    )


def _terms(flow: Mapping[str, Any]) -> dict[str, Any]:
    """What the scenario says about the steps after paying; the transaction's own defaults fill in the rest."""
    terms: dict[str, Any] = {
        name: duration_s(flow[written]) for name, written in _TERMS[flow.get("type", "instant")] if written in flow
    }
    return terms | ({"capture": flow["capture"]} if "capture" in flow else {})


def _form(form: Mapping[str, Any]) -> FormPlan:
    return FormPlan(
        type=form.get("type", default("form", "type")),
        per_terminal=MappingProxyType(dict(form.get("per_terminal", {}))),
        review_step=form.get("review_step", default("form", "review_step")),
        review_above=form.get("review_above", 0),
        submit_type=form.get("submit_type", default("form", "submit_type")),
    )


def _composite(composite: Mapping[str, Any]) -> CompositePlan:
    return CompositePlan(
        allow=composite.get("allow", default("composite", "allow")),
        internal_first=tuple(composite.get("internal_first", default("composite", "internal_first"))),
        max_external_legs=composite.get("max_external_legs", default("composite", "max_external_legs")),
    )


def _field(index: int, item: Mapping[str, Any], conditions: ConditionCompiler) -> FieldPlan:
    return FieldPlan(
        id=item["id"],
        type=item["type"],
        label=item["label"],
        hint=item.get("hint", {}),
        collect=item.get("collect", "required"),
        options=tuple((option["id"], option["label"]) for option in item.get("options", ())),
        when=conditions.maybe(item, ("fields", index, "when")),
        max_length=item.get("max_length", 200),
    )


def _rule(index: int, item: Mapping[str, Any], conditions: ConditionCompiler) -> RulePlan:
    when = conditions.compile(item["when"], ("rules", index, "when"))
    return RulePlan(item["id"], item["effect"], tuple(item.get("applies_to", ())), when, item.get("reason", ""))


def _risk(risk: Mapping[str, Any]) -> RiskPlan:
    limits = (
        VelocityPlan(item["id"], item["key"], duration_s(item["window"]), item["max_count"], item["effect"])
        for item in risk.get("velocity", ())
    )
    return RiskPlan(risk.get("mode", default("risk", "mode")), tuple(limits))


def _experiments(document: Mapping[str, Any], conditions: ConditionCompiler) -> tuple[ExperimentPlan, ...]:
    holdouts = {layer["id"]: float(layer.get("holdout", 0)) for layer in document.get("layers", ())}
    listed = enumerate(document.get("experiments", ()))
    return tuple(_experiment(index, item, conditions, holdouts.get(item["layer"], 0.0)) for index, item in listed)


def _experiment(index: int, item: Mapping[str, Any], conditions: ConditionCompiler, holdout: float) -> ExperimentPlan:
    low, high = item.get("range", (0, 1))
    variations = tuple(
        VariationPlan(arm["id"], float(arm["weight"]), MappingProxyType(dict(arm.get("patch", {}))))
        for arm in item["variations"]
    )
    return ExperimentPlan(
        id=item["id"],
        layer=item["layer"],
        range=(float(low), float(high)),
        unit=item.get("unit", "shopper"),
        fallback_unit=item.get("fallback_unit"),
        when=conditions.maybe(item, ("experiments", index, "when")),
        variations=variations,
        goal_metric=item.get("goal_metric", "paid_per_exposed"),
        guardrail_metrics=tuple(item.get("guardrail_metrics", ())),
        coverage=float(item.get("coverage", 1)),
        holdout=holdout,
        secondary_metrics=tuple(item.get("secondary_metrics", ())),
        guardrail_margin=float(item.get("guardrail_margin", 0.1)),
        min_duration_s=duration_s(item.get("min_duration", "P7D")),
    )


def _theme(theme: Mapping[str, Any]) -> ThemePlan:
    return ThemePlan(theme.get("base", default("theme", "base")), theme.get("tokens", {}), theme.get("logo"))


def _timeouts(written: Mapping[str, str]) -> Timeouts:
    seconds = {f"{name}_s": duration_s(written.get(name, standard)) for name, standard in DEFAULT_TIMEOUTS.items()}
    return Timeouts(**seconds)
