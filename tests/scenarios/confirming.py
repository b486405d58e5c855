"""The cashier as a witness: does he see in the order of a finding what the finding says?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from tests.unit.checkstand.proof.cashier import decisions

from checkstand.channel import Registry
from checkstand.proof import installed
from checkstand.rule import Context
from checkstand.scenario import Loaded, Plan, compile_plan
from checkstand.scenario.compile import varied_document
from checkstand.scenario.problem import Problem

_ARM: Final = re.compile(r"\(in variation (.+)\)$")
_NAMES: Final = re.compile(r'"([^"]+)" of "([^"]+)"')
_NOBODY: Final = ("empty_checkout", "no_usable_method", "nothing_payable", "terminal_unusable", "amount_unusable")


@cache
def known_channels() -> Registry:
    """What is installed, read once for a whole run."""
    return Registry.load()


def confirmed(loaded: Loaded, problem: Problem) -> bool:
    """Whether the real cashier agrees, for the plan of the variation that the finding is about."""
    registry = known_channels()
    document = _varied(loaded.document or {}, problem)
    plan, order = compile_plan(document, registry.method_types()), dict(problem.witness)
    facts = installed(registry)
    usable = [each.method_id for each in decisions(plan, facts, order).usable]
    code = problem.code.removeprefix("proof.")
    if code in _NOBODY or code == "contradictory_rules":
        return usable == []
    if code == "only_balance":
        return {plan.method(each).type for each in usable if plan.method(each)} == {"balance"}  # type: ignore[union-attr]
    named = _named(problem)
    if code == "dead_method":
        return named not in usable
    if code in ("dead_rule", "redundant_rule", "shadowed_rule"):
        rule = next(rule for rule in plan.rules if rule.id == named)
        if code == "dead_rule":
            return not any(rule.when.evaluate(Context(order).with_method(m.type)) for m in plan.methods)
        return _seen(plan, facts, order) == _seen(_without(plan, named), facts, order)
    if code == "dead_condition":
        parts = (*plan.fields, *plan.experiments)
        return not any(part.when.evaluate(order) for part in parts if part.id == named and part.when is not None)
    if code == "duty_removed":
        before = compile_plan(loaded.document or {}, registry.method_types())
        return before.form.type == "regulatory" != plan.form.type
    return False


def _varied(document: Mapping[str, Any], problem: Problem) -> Mapping[str, Any]:
    found = _ARM.search(problem.message)
    arms = {experiment: arm for arm, experiment in _NAMES.findall(found[1])} if found else {}
    return varied_document(document, arms) if arms else document


def _named(problem: Problem) -> str:
    found = re.search(r'"([^"]+)"', problem.message)
    return found[1] if found else ""


def _without(plan: Plan, rule_id: str) -> Plan:
    return replace(plan, rules=tuple(rule for rule in plan.rules if rule.id != rule_id))


def _seen(plan: Plan, facts: Any, order: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(m.method_id, m.state, m.effect if m.shown else "") for m in decisions(plan, facts, order).methods]
