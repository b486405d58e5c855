"""Why a visit gets what it gets: every check of every method and every rule, with the values that were read.

`decide` keeps the reasons against a method. People also want to know what spoke for it, so here every check is
told, passed or not. The decision itself is `decide`'s own; nothing is decided a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checkstand.cashier.methods import CONSEQUENCE, INTERNAL_BALANCE, Decisions, MethodDecision, decide, moment
from checkstand.cashier.split import Split, offered_split, why_not
from checkstand.cashier.view import SessionView
from checkstand.rule import Rule
from checkstand.scenario.plan import MethodPlan, RulePlan
from checkstand.scenario.rules import RISK_EFFECTS, RuleOutcomes, evaluate_rules


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a method has to pass."""

    code: str  # a key of cashier.methods.CONSEQUENCE
    passed: bool
    detail: str = ""  # a condition's source, a terminal, an amount
    rule_id: str = ""
    values: Mapping[str, Any] | None = None  # the variables that were read


@dataclass(frozen=True, slots=True)
class MethodExplained:
    """One method of the plan in the order of the page."""

    method_id: str
    type: str
    names: Mapping[str, str]  # locale → what payers call it
    group: str
    state: str  # visible | hidden | disabled
    effect: str  # allow | challenge | review | block
    checks: tuple[Check, ...]

    @property
    def against(self) -> tuple[Check, ...]:
        """The checks that it did not pass."""
        return tuple(check for check in self.checks if not check.passed)


@dataclass(frozen=True, slots=True)
class RuleExplained:
    """One rule with what it read and what it did."""

    rule_id: str
    effect: str
    mode: str  # enforce | shadow | off: whether it counted; only risk effects depend on it
    applies_to: tuple[str, ...]
    source: str
    reason: str
    values: Mapping[str, Any]  # the variables that it reads; `method` has one value per method and is left out
    holds_for: tuple[str, ...]  # the methods that its condition holds for
    acts_on: tuple[str, ...]  # the methods that it did something to

    @property
    def fired(self) -> bool:
        return bool(self.acts_on)


@dataclass(frozen=True, slots=True)
class VisitExplained:
    """The decision and all that led to it."""

    decisions: Decisions
    methods: tuple[MethodExplained, ...]
    rules: tuple[RuleExplained, ...]
    split: Split | None = None  # what the balance may pay of the order, and what is left for another method
    no_split: str = ""  # why it may not, a code of `cashier.split.why_not`


def explain_visit(view: SessionView) -> VisitExplained:
    """Tell everything about one visit; pure."""
    decisions, outcomes = decide(view), evaluate_rules(view.plan, moment(view))
    methods = tuple(_method(view, decision, outcomes) for decision in decisions.methods)
    rules = tuple(_rule(view, rule, outcomes) for rule in view.plan.rules)
    return VisitExplained(decisions, methods, rules, offered_split(view, decisions), why_not(view, decisions))


def _method(view: SessionView, decision: MethodDecision, outcomes: RuleOutcomes) -> MethodExplained:
    method = view.plan.method(decision.method_id)
    checks = tuple(_checks(view, method, decision, outcomes)) if method is not None else ()
    kind = view.method_types.get(decision.type)
    names = (method.label if method is not None else {}) or (kind.names if kind else {})
    return MethodExplained(
        method_id=decision.method_id,
        type=decision.type,
        names=names,
        group=decision.group,
        state=decision.state,
        effect=decision.effect,
        checks=checks,
    )


def _checks(view: SessionView, method: MethodPlan, decision: MethodDecision, outcomes: RuleOutcomes) -> Iterator[Check]:
    yield Check("terminal", not decision.fired("terminal"), view.terminal)
    yield Check("currency", not decision.fired("currency"), view.amount.currency)
    if method.when is not None:
        passed = not decision.fired("when")
        yield Check("when", passed, method.when.source, values=_read(view, method.when, method))
    if view.payee_methods is not None:
        yield Check("payee", not decision.fired("payee"), method.type)
    if method.type == INTERNAL_BALANCE:
        yield from (
            Check(code, not decision.fired(code), str(view.balance_minor if view.balance_minor is not None else ""))
            for code in ("recharge_from_balance", "member_stopped", "no_member", "balance_too_low")
        )
    yield Check("unavailable", not decision.fired("unavailable"))
    hits = {hit.rule_id for hit in outcomes.of(method.id)}
    for rule in view.plan.rules:
        named = not rule.applies_to or method.id in rule.applies_to or rule.effect == "require"
        if named and rule.effect in CONSEQUENCE and _mode(view, rule) == "enforce":
            passed = rule.id not in hits
            yield Check(rule.effect, passed, rule.when.source, rule.id, _read(view, rule.when, method))


def _rule(view: SessionView, rule: RulePlan, outcomes: RuleOutcomes) -> RuleExplained:
    named = [method for method in view.plan.methods if not rule.applies_to or method.id in rule.applies_to]
    touched = (m.id for m in view.plan.methods if any(hit.rule_id == rule.id for hit in outcomes.of(m.id)))
    return RuleExplained(
        rule_id=rule.id,
        effect=rule.effect,
        mode=_mode(view, rule),
        applies_to=rule.applies_to,
        source=rule.when.source,
        reason=rule.reason,
        values=_read(view, rule.when),
        holds_for=tuple(method.id for method in named if rule.when.evaluate(moment(view, method))),
        acts_on=tuple(touched),
    )


def _mode(view: SessionView, rule: RulePlan) -> str:
    return view.plan.risk.mode if rule.effect in RISK_EFFECTS else "enforce"


def _read(view: SessionView, rule: Rule, method: MethodPlan | None = None) -> dict[str, Any]:
    values = moment(view, method).values
    return {name: values[name] for name in sorted(rule.names) if name != "method" or method is not None}
