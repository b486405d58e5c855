"""Which payment methods this shopper sees, in which order, and why.

`visible(m) = available(m) ∧ when(m) ∧ no rule hides m`. A method that fails one of these is *hidden*;
one the shopper could use at another moment (a channel that is down, a balance that is too low) is
*disabled* and says so. Every answer keeps its reasons, because operators will ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from checkstand.cashier.view import SessionView
from checkstand.rule import Context
from checkstand.scenario.plan import MethodPlan
from checkstand.scenario.rules import RuleOutcomes, evaluate_rules

GROUPS: Final = ("instant", "regular", "folded")
EFFECT_PRIORITY: Final = ("block", "review", "challenge")  # then allow; the first one that fired wins
BUSINESS_ZONE: Final = ZoneInfo("Asia/Shanghai")  # the `hour` of a condition is the merchant's, not the server's
INTERNAL_BALANCE: Final = "balance"  # the method type that pays from a member's own balance

# What each reason code does to a method. The first row that applies decides, all that apply are explained.
CONSEQUENCE: Final[Mapping[str, str]] = {
    "terminal": "hidden",  # the method does not work on this terminal
    "currency": "hidden",  # the method does not take this currency
    "payee": "hidden",  # the enterprise member that sells does not take it
    "member_stopped": "hidden",  # the shopper's balance is frozen or closed
    "no_member": "hidden",  # a balance, but the shopper is nobody's member
    "recharge_from_balance": "hidden",  # filling a balance from itself moves nothing
    "when": "hidden",  # the method's own condition is false
    "hide": "hidden",  # a rule hides it
    "require": "hidden",  # a rule requires another method
    "block": "disabled",  # a rule refuses this shopper
    "unavailable": "disabled",  # no live channel serves it now
    "balance_too_low": "disabled",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a method is not offered, or is offered under a condition."""

    code: str  # a key of CONSEQUENCE, or challenge | review | note | shadow
    rule_id: str | None = None
    detail: str = ""  # the rule's own reason, the condition's source

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "rule_id": self.rule_id, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class MethodDecision:
    """One method of the plan, as this shopper gets it."""

    method_id: str
    type: str
    group: str  # instant | regular | folded
    state: str  # visible | hidden | disabled
    effect: str  # allow | challenge | review | block
    reasons: tuple[Reason, ...] = ()

    @property
    def shown(self) -> bool:
        return self.state != "hidden"

    def fired(self, code: str) -> bool:
        return any(reason.code == code for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Decisions:
    """Every method of the plan, shown ones in the order of the page."""

    methods: tuple[MethodDecision, ...]
    preselected: str | None
    visit_effect: str  # the velocity verdict of the whole visit: allow | challenge | review | block
    visit_reasons: tuple[Reason, ...] = ()

    def of(self, method_id: str) -> MethodDecision | None:
        return next((decision for decision in self.methods if decision.method_id == method_id), None)

    def group(self, name: str) -> tuple[MethodDecision, ...]:
        return tuple(decision for decision in self.methods if decision.group == name and decision.shown)

    @property
    def usable(self) -> tuple[MethodDecision, ...]:
        if self.visit_effect == "block":
            return ()
        return tuple(decision for decision in self.methods if decision.state == "visible")

    @property
    def explain(self) -> dict[str, Any]:
        """The whole decision as JSON, stored with the session for operators."""
        return {
            "methods": [
                {
                    "method_id": decision.method_id,
                    "state": decision.state,
                    "group": decision.group,
                    "effect": decision.effect,
                    "reasons": [reason.to_json() for reason in decision.reasons],
                }
                for decision in self.methods
            ],
            "preselected": self.preselected,
            "visit": {"effect": self.visit_effect, "reasons": [reason.to_json() for reason in self.visit_reasons]},
        }


def decide(view: SessionView) -> Decisions:
    """Decide every method of the session's plan; pure, the same view gives the same answer."""
    outcomes = evaluate_rules(view.plan, moment(view))
    decided = [_decide_method(view, method, outcomes) for method in view.plan.methods]
    if not any(decision.state == "visible" and decision.group != "folded" for decision in decided):
        decided = [_unfolded(view, decision) for decision in decided]
    decided.sort(key=lambda decision: GROUPS.index(decision.group))  # stable: the plan's order within a group
    effect, reasons = _visit(view)
    return Decisions(tuple(decided), _preselect(view, decided), effect, reasons)


def moment(view: SessionView, method: MethodPlan | None = None) -> Context:
    """The variables of a condition at this moment: the session's, the hour where the business is, the method."""
    values = {"hour": view.now.astimezone(BUSINESS_ZONE).hour, **view.context}
    return Context({**values, "method": method.type} if method else values)


def _decide_method(view: SessionView, method: MethodPlan, outcomes: RuleOutcomes) -> MethodDecision:
    reasons = (*_availability(view, method), *_rules(view, method, outcomes))
    consequences = {CONSEQUENCE.get(reason.code) for reason in reasons}
    state = "hidden" if "hidden" in consequences else "disabled" if "disabled" in consequences else "visible"
    codes = {reason.code for reason in reasons}
    effect = next((name for name in EFFECT_PRIORITY if name in codes), "allow")
    return MethodDecision(method.id, method.type, method.display, state, effect, reasons)


def _availability(view: SessionView, method: MethodPlan) -> Iterator[Reason]:
    kind = view.method_types.get(method.type)
    if kind and view.terminal not in kind.terminals:
        yield Reason("terminal", detail=view.terminal)
    if kind and kind.currencies and view.amount.currency not in kind.currencies:
        yield Reason("currency", detail=view.amount.currency)
    if method.when is not None and not method.when.evaluate(moment(view, method)):
        yield Reason("when", detail=method.when.source)
    if view.payee_methods is not None and method.type not in view.payee_methods:
        yield Reason("payee", detail=method.type)
    if method.type == INTERNAL_BALANCE:
        if view.plan.mode == "recharge":
            yield Reason("recharge_from_balance")
        elif view.payer_stopped:
            yield Reason("member_stopped")
        elif view.balance_minor is None:
            yield Reason("no_member")
        elif view.balance_minor < view.amount.minor:
            yield Reason("balance_too_low", detail=str(view.balance_minor))
    if method.id in view.unavailable:
        yield Reason("unavailable")


def _rules(view: SessionView, method: MethodPlan, outcomes: RuleOutcomes) -> Iterator[Reason]:
    for hit in outcomes.of(method.id):
        yield Reason(hit.effect, hit.rule_id, hit.reason or hit.would or "")


def _unfolded(view: SessionView, decision: MethodDecision) -> MethodDecision:
    """A fallback method comes out of the fold when nothing above it can be used."""
    plan = view.plan.method(decision.method_id)
    usable_fallback = plan is not None and plan.fallback and decision.state == "visible"
    return replace(decision, group="regular") if usable_fallback else decision


def _visit(view: SessionView) -> tuple[str, tuple[Reason, ...]]:
    if view.risk_effect is None or view.plan.risk.mode == "off":
        return "allow", ()
    shadow = view.plan.risk.mode == "shadow"
    code = "shadow" if shadow else view.risk_effect
    reasons = tuple(Reason(code, rule_id, view.risk_effect) for rule_id in view.risk_reasons)
    enforced = not shadow and view.risk_effect in EFFECT_PRIORITY
    return (view.risk_effect if enforced else "allow"), reasons


def _preselect(view: SessionView, decided: list[MethodDecision]) -> str | None:
    """The plan's choice, if it can be used and has not just failed; regulated forms choose nothing for anybody."""
    if view.form == "regulatory":
        return None
    failed = view.payments[0].method_id if view.payments and view.payments[0].status == "FAILED" else None
    usable = [decision.method_id for decision in decided if decision.state == "visible"]
    wanted = [method.id for method in view.plan.methods if method.preselect]
    choices = [method_id for method_id in wanted if method_id in usable and method_id != failed]
    if not choices and len(usable) == 1:
        choices = usable
    return choices[0] if choices else None
