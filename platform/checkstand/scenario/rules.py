"""What a plan's rules do to its methods in one context. Order-free: every rule is asked, what forbids wins.

`challenge`, `block` and `review` are verdicts about risk, so `risk.mode` governs them: in shadow they
are recorded and change nothing, off they are not asked. `hide`, `require` and `note` always count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from checkstand.risk import PRIORITY
from checkstand.rule import Context
from checkstand.scenario.plan import MethodPlan, Plan, RulePlan

RISK_EFFECTS: Final = frozenset(("challenge", "block", "review"))
_METHOD: Final = "method"  # the one variable that differs between the methods of a page


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One rule that holds for one method. A shadowed hit keeps in `would` what it would have done."""

    rule_id: str
    effect: str  # hide | require | challenge | block | review | note | shadow
    reason: str
    would: str | None = None


@dataclass(frozen=True, slots=True)
class RuleOutcomes:
    """The rules that hold, per method id. A `require` hit on a method means: another method is required."""

    hits: Mapping[str, tuple[RuleHit, ...]]

    def of(self, method_id: str) -> tuple[RuleHit, ...]:
        return self.hits.get(method_id, ())

    def hidden(self, method_id: str) -> bool:
        """Whether a rule keeps this method off the page."""
        return any(hit.effect in ("hide", "require") for hit in self.of(method_id))

    def effect(self, method_id: str) -> str:
        """The strongest verdict about this method: block, review, challenge, or allow."""
        effects = {hit.effect for hit in self.of(method_id)}
        return next((name for name in PRIORITY if name in effects), "allow")


def evaluate_rules(plan: Plan, context: Mapping[str, Any] | Context) -> RuleOutcomes:
    """Ask every rule about every method it applies to; pure."""
    shared = context if isinstance(context, Context) else Context(context)
    hits: dict[str, list[RuleHit]] = {method.id: [] for method in plan.methods}
    for rule in plan.rules:
        if rule.effect in RISK_EFFECTS and plan.risk.mode == "off":
            continue
        for method_id in _touched(plan, rule, shared):
            hits[method_id].append(_hit(plan, rule))
    return RuleOutcomes({method_id: tuple(found) for method_id, found in hits.items()})


def _touched(plan: Plan, rule: RulePlan, shared: Context) -> list[str]:
    """The methods this rule acts on. `require` acts on those it does not name."""
    named = [method for method in plan.methods if not rule.applies_to or method.id in rule.applies_to]
    holding = {method.id for method in named if _holds(rule, method, shared)} if _per_method(rule) else None
    if holding is None:
        holding = {method.id for method in named} if rule.when.evaluate(shared) else set()
    if rule.effect != "require":
        return [method.id for method in named if method.id in holding]
    return [method.id for method in plan.methods if method.id not in holding] if holding else []


def _per_method(rule: RulePlan) -> bool:
    return _METHOD in rule.when.names


def _holds(rule: RulePlan, method: MethodPlan, shared: Context) -> bool:
    return rule.when.evaluate(shared.with_method(method.type))


def _hit(plan: Plan, rule: RulePlan) -> RuleHit:
    if rule.effect in RISK_EFFECTS and plan.risk.mode == "shadow":
        return RuleHit(rule.id, "shadow", rule.reason, would=rule.effect)
    return RuleHit(rule.id, rule.effect, rule.reason)
