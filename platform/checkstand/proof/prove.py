"""Prove one scenario with every variation of its experiments. Pure: a document and facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from threading import Lock
from typing import Any, Final

from checkstand.proof.conditions import dead_conditions
from checkstand.proof.facts import Installed
from checkstand.proof.methods import idle_methods, stuck_orders
from checkstand.proof.model import Arm, ProofFinding
from checkstand.proof.routes import route_findings
from checkstand.proof.rules import clash, contradictions, idle_rules
from checkstand.proof.solver import STEPS, NotProven, Prover
from checkstand.rule import Rule
from checkstand.scenario import compile_plan
from checkstand.scenario.compile import canonical, varied_document
from checkstand.scenario.duties import removed_duties
from checkstand.scenario.plan import Plan

# What a proof looks at; two variations that are equal in these are one.
_PROVEN: Final = (
    "amount_limits",
    "consents",
    "disclosures",
    "flow",
    "form",
    "late_success",
    "mode",
    "risk",
    "rules",
    "terminals",
)
_OF_METHODS: Final = ("id", "type", "when", "routing")
_ONE_AT_A_TIME: Final = Lock()  # a proof keeps a core busy; more of them at once would only be slower


def prove(document: Mapping[str, Any], installed: Installed, *, steps: int = STEPS) -> tuple[ProofFinding, ...]:
    """Every finding about a document that the checks of `load` have passed; errors first."""
    with _ONE_AT_A_TIME:
        found: dict[Any, ProofFinding] = {}
        for finding in _findings(canonical(document), installed, steps):
            found.setdefault(finding.identity, finding)
    return tuple(sorted(found.values(), key=lambda finding: finding.severity))


def _findings(document: dict[str, Any], installed: Installed, steps: int) -> Iterator[ProofFinding]:
    plan = _plan(document, installed)
    yield from _of_plan(Prover(plan, installed, steps=steps))
    proven = [_looked_at(document)]
    for arms in _combinations(plan):
        varied = varied_document(document, dict(arms))
        looked_at = _looked_at(varied)
        if looked_at in proven:
            continue
        proven.append(looked_at)
        targeting = _targeting(plan, arms)
        prover = Prover(_plan(varied, installed), installed, targeting, steps=steps)
        yield from _removed(document, varied, prover, arms)
        touched = _touched(document, varied)
        for finding in _of_plan(prover):
            # A rule of the base that has nothing to do in a variation is no mistake of anybody.
            if finding.severity == "error" or finding.subject in touched:
                yield replace(finding, arms=arms)


def _of_plan(prover: Prover) -> Iterator[ProofFinding]:
    told = []
    for pair, finding in contradictions(prover):
        yield finding
        if finding.severity == "error":
            told.append(clash(*pair))
    stuck = list(stuck_orders(prover, told))
    yield from stuck
    yield from route_findings(prover)
    yield from idle_methods(prover)
    yield from idle_rules(prover)
    yield from dead_conditions(prover)


def _removed(
    before: dict[str, Any], after: dict[str, Any], prover: Prover, arms: tuple[Arm, ...]
) -> Iterator[ProofFinding]:
    """Duties of a regulatory form that a variation takes away from those who get it."""
    for path, subject, sentence in removed_duties(before, after):
        try:
            witness = prover.witness(lambda _meaning: True)
        except NotProven:
            witness = None
        if witness is not None:
            yield ProofFinding(
                "proof.duty_removed",
                "error",
                (*_patch_path(before, path, arms), *path),
                subject,
                f"{sentence}, and a regulated checkout keeps its duties in every variation",
                "Leave the duties of a regulatory form out of the patch; an experiment may change the rest.",
                witness,
                arms=arms,
            )


def _patch_path(document: dict[str, Any], path: tuple[str | int, ...], arms: tuple[Arm, ...]) -> tuple[str | int, ...]:
    """Where the patch stands that touches this part."""
    for i, experiment in enumerate(document.get("experiments", ())):
        for j, variation in enumerate(experiment["variations"]):
            if (experiment["id"], variation["id"]) in arms and path[0] in variation.get("patch", {}):
                return ("experiments", i, "variations", j, "patch")
    return ()


def _combinations(plan: Plan) -> Iterator[tuple[Arm, ...]]:
    """Every set of patches that one shopper can get: an arm or nothing from each layer, single ones first."""
    layers: dict[str, list[Arm | None]] = {}
    for experiment in plan.experiments:
        arms = [(experiment.id, variation.id) for variation in experiment.variations if _matters(variation.patch)]
        if arms:
            layers.setdefault(experiment.layer, [None]).extend(arms)
    chosen = [tuple(arm for arm in choice if arm is not None) for choice in product(*layers.values())]
    yield from sorted((arms for arms in chosen if arms), key=len)


def _matters(patch: Mapping[str, Any]) -> bool:
    return bool({*_PROVEN, "methods", "fields"} & set(patch))


def _targeting(plan: Plan, arms: tuple[Arm, ...]) -> tuple[Rule, ...]:
    chosen = {experiment for experiment, _ in arms}
    return tuple(each.when for each in plan.experiments if each.id in chosen and each.when is not None)


def _looked_at(document: Mapping[str, Any]) -> list[Any]:
    """The part of a document that a proof depends on."""
    methods = [{name: method.get(name) for name in _OF_METHODS} for method in document["methods"]]
    fields = [(field["id"], field.get("when")) for field in document.get("fields", ())]
    return [methods, fields, *(document.get(name) for name in _PROVEN)]


def _touched(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The ids of the rules, methods and fields that a variation brings or changes."""
    touched: set[str] = set()
    for section in ("rules", "methods", "fields"):
        known = {item["id"]: item for item in before.get(section, ())}
        touched |= {item["id"] for item in after.get(section, ()) if known.get(item["id"]) != item}
    return touched


class _Served:
    """A method type as compiling needs it."""

    def __init__(self, channels: tuple[str, ...]) -> None:
        self.channels = channels


def _plan(document: Mapping[str, Any], installed: Installed) -> Plan:
    types = {method["type"] for method in document["methods"]}
    return compile_plan(document, {name: _Served(installed.serving(name)) for name in types})
