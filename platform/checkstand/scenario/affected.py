"""Who is affected when one plan follows another: a question to the solver per method and cause, so nothing is masked.

"Who saw this method and no longer sees it" is a formula over an order; a model of it is a witness, and every
witness is evaluated once more by the interpreter that serves shoppers. Channels, balances and velocity belong to a
moment and not to a plan, so they are left out. What the solver cannot answer is said to be not proven.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import z3

from checkstand.kernel import must
from checkstand.risk import PRIORITY
from checkstand.rule import Context, Rule
from checkstand.rule.encode import Encoder, Value
from checkstand.rule.logic import both, either, negated
from checkstand.scenario.finding import MethodFacts
from checkstand.scenario.plan import MethodPlan, Plan
from checkstand.scenario.rules import evaluate_rules

TIMEOUT_MS: Final = 5_000  # for one question
BUDGET_S: Final = 30.0  # for all of them; what is left then is not proven
HIDING: Final = ("hide", "require")
# What people take for ordinary, tried one by one: a witness should look like an order of every day.
_ORDINARY: Final[tuple[tuple[str, Value], ...]] = (
    ("shopper.country", "CN"),
    ("shopper.tier", "regular"),
    ("terminal", "h5"),
    ("terminal", "pc"),
    ("device.webview", "none"),
    ("shopper.risk", 0),
    ("shopper.real_name", True),
    ("hour", 12),
    ("shopper.id", ""),
    ("order.category", ""),
    ("shopper.age_days", 365),
)

Kinds = Mapping[str, MethodFacts]


@dataclass(frozen=True, slots=True)
class Affected:
    """One method and the orders for which it is not as it was."""

    change: str  # hidden | shown | block | review | challenge | no_block | no_review | no_challenge
    method_id: str
    witness: Mapping[str, Value] = field(default_factory=dict)  # one such order; empty when not proven
    proven: bool = True  # the solver answered; else nobody knows whether such an order exists
    causes: tuple[str, ...] = ()  # the rule that makes the difference; `when` is the method's own condition


@dataclass(frozen=True, slots=True)
class Standing:
    """How one method stands in one order by the plan alone."""

    visible: bool
    effect: str  # allow | challenge | review | block


def standing(plan: Plan, method: MethodPlan, kinds: Kinds, values: Mapping[str, Any]) -> Standing:
    """What the interpreter says; `affected` is held against it."""
    shared, kind = Context(values), kinds.get(method.type)
    served = kind is None or (
        shared.values["terminal"] in kind.terminals
        and (not kind.currencies or shared.values["currency"] in kind.currencies)
    )
    open_ = method.when is None or method.when.evaluate(shared.with_method(method.type))
    outcomes = evaluate_rules(plan, shared)
    visible = served and open_ and not outcomes.hidden(method.id)
    return Standing(visible, outcomes.effect(method.id))


def affected(before: Plan, after: Plan, kinds: Kinds, *, budget_s: float = BUDGET_S) -> tuple[Affected, ...]:
    """Every method that both plans have and that some order, taken by both, gets differently."""
    shared = [(method, other) for method in before.methods if (other := after.method(method.id)) is not None]
    changed = [pair for pair in shared if _reads(before, pair[0]) != _reads(after, pair[1])]
    if not changed or before.currency != after.currency:
        return ()
    question = _Question(before, after, kinds, time.monotonic() + budget_s)
    return tuple(found for old, new in changed for found in question.about(old, new))


def _reads(plan: Plan, method: MethodPlan) -> tuple[Any, ...]:
    """Everything that decides about a method; equal values cannot differ for anybody."""
    acting = [rule for rule in plan.rules if _acts_on(rule.applies_to, rule.effect, method.id)]
    named = [each.type for each in plan.methods] if any("method" in rule.when.names for rule in acting) else []
    rules = {(rule.effect, rule.applies_to, rule.when.source) for rule in acting if rule.effect != "note"}
    return method.type, method.when and method.when.source, rules, plan.risk.mode, named


def _acts_on(applies_to: Sequence[str], effect: str, method_id: str) -> bool:
    return not applies_to or method_id in applies_to or effect == "require"


class _Question:
    """Both plans over one declaration of their variables."""

    def __init__(self, before: Plan, after: Plan, kinds: Kinds, until: float) -> None:
        self._before, self._after, self._kinds, self._until = before, after, kinds, until
        conditions = [rule.when for plan in (before, after) for rule in plan.rules]
        conditions += [method.when for plan in (before, after) for method in plan.methods if method.when is not None]
        self._encoder = Encoder(dict.fromkeys(conditions), also=("amount", "terminal", "currency"))

    def about(self, old: MethodPlan, new: MethodPlan) -> Iterator[Affected]:
        was, now = self._visible(self._before, old), self._visible(self._after, new)
        here, there = self._hidings(self._before, old), self._hidings(self._after, new)
        yield from self._by_cause("hidden", old, new, both(was, negated(now)), there)
        yield from self._by_cause("shown", old, new, both(negated(was), now), here)
        had = [self._effect(self._before, old, index) for index in range(len(PRIORITY))]
        has = [self._effect(self._after, new, index) for index in range(len(PRIORITY))]
        for index, effect in enumerate(PRIORITY):
            gained, lost = both(was, now, negated(had[index]), has[index]), both(was, now, had[index])
            yield from self._by_cause(effect, old, new, gained, self._verdicts(self._after, new, effect))
            spared, before = both(lost, negated(either(*has))), self._verdicts(self._before, old, effect)
            yield from self._by_cause(f"no_{effect}", old, new, spared, before)

    def _by_cause(
        self, change: str, old: MethodPlan, new: MethodPlan, formula: Any, causes: Mapping[str, Any]
    ) -> Iterator[Affected]:
        """One answer for each cause, because a loud one would mask the others; then for what has no name."""
        if self._answer(formula) == z3.unsat:
            return
        unnamed = formula
        for name, holds in causes.items():
            yield from self._ask(change, old, new, both(formula, holds), name)
            unnamed = both(unnamed, negated(holds))
        yield from self._ask(change, old, new, unnamed, "")

    def _answer(self, formula: Any) -> Any:
        return z3.unsat if formula is False else self._check(self._solver(formula))

    def _check(self, solver: z3.Solver) -> Any:
        return solver.check() if time.monotonic() < self._until else z3.unknown

    def _solver(self, formula: Any) -> z3.Solver:
        solver = z3.Solver(ctx=self._encoder.context)
        solver.set("timeout", TIMEOUT_MS)
        solver.add(*self._encoder.domain(), *self._taken())
        if formula is not True:
            solver.add(formula)
        return solver

    def _ask(self, change: str, old: MethodPlan, new: MethodPlan, formula: Any, cause: str) -> Iterator[Affected]:
        if formula is False:
            return
        solver, causes = self._solver(formula), (cause,) if cause else ()
        answer = self._check(solver)
        if answer == z3.unsat:
            return
        if answer == z3.unknown:
            yield Affected(change, old.id, proven=False, causes=causes)
            return
        witness = self._ordinary(solver)
        one = standing(self._before, old, self._kinds, witness)
        other = standing(self._after, new, self._kinds, witness)
        must(_shows(change, one, other), "a witness shows what it is a witness of", change=change, method=old.id)
        yield Affected(change, old.id, witness, causes=causes)

    def _taken(self) -> Iterator[Any]:
        """Both plans take the order: what limits and terminals change is told as such, not method by method."""
        amount = self._encoder.number("amount")
        yield amount >= max(self._before.min_minor, self._after.min_minor)
        yield amount <= min(self._before.max_minor, self._after.max_minor)
        terminals = [each for each in self._before.terminals if each in self._after.terminals]
        parts = (either(*(self._encoder.has("terminal", each) for each in terminals)),
                 self._encoder.has("currency", self._before.currency))  # fmt: skip
        yield from (z3.BoolVal(part, self._encoder.context) if isinstance(part, bool) else part for part in parts)

    def _visible(self, plan: Plan, method: MethodPlan) -> Any:
        kind = self._kinds.get(method.type)
        served: Any = True
        if kind is not None:
            served = either(*(self._encoder.has("terminal", each) for each in kind.terminals))
            if kind.currencies and plan.currency not in kind.currencies:
                served = False
        return both(served, *(negated(each) for each in self._hidings(plan, method).values()))

    def _hidings(self, plan: Plan, method: MethodPlan) -> dict[str, Any]:
        """What keeps the method off the page, each by its name; its own condition is called `when`."""
        rules = enumerate(plan.rules)
        found = {rule.id: self._hides(plan, index, method) for index, rule in rules if rule.effect in HIDING}
        if method.when is not None:
            found["when"] = negated(self._holds(method.when, method))
        return {name: holds for name, holds in found.items() if holds is not False}

    def _verdicts(self, plan: Plan, method: MethodPlan, effect: str) -> dict[str, Any]:
        acting = (r for r in plan.rules if r.effect == effect and (not r.applies_to or method.id in r.applies_to))
        return {rule.id: self._holds(rule.when, method) for rule in acting}

    def _hides(self, plan: Plan, index: int, method: MethodPlan) -> Any:
        rule = plan.rules[index]
        named = [each for each in plan.methods if not rule.applies_to or each.id in rule.applies_to]
        mine = self._holds(rule.when, method) if method in named else False
        if rule.effect == "hide":
            return mine
        return both(either(*(self._holds(rule.when, each) for each in named)), negated(mine))

    def _effect(self, plan: Plan, method: MethodPlan, index: int) -> Any:
        """This verdict is the strongest: it fires and none above it does."""
        fires = [either(*self._verdicts(plan, method, effect).values()) for effect in PRIORITY[: index + 1]]
        if plan.risk.mode != "enforce":
            return False
        return both(fires[index], *(negated(each) for each in fires[:index]))

    def _holds(self, rule: Rule, method: MethodPlan) -> Any:
        return self._encoder.condition(rule, {"method": method.type})

    def _ordinary(self, solver: z3.Solver) -> dict[str, Value]:
        """A model that looks like an order of every day, and among these one of the smallest amounts at a border."""
        for name, value in _ORDINARY:
            if name in self._encoder.names:
                self._prefer(solver, self._encoder.has(name, value))
        amount = self._encoder.number("amount")
        must(solver.check() == z3.sat, "what was preferred can be had")
        most = self._amount(solver, amount)
        least = max(self._before.min_minor, self._after.min_minor)
        while least < most:  # the smallest amount: people look for the border
            middle = (least + most) // 2
            solver.push()
            solver.add(amount <= middle)
            found = solver.check() == z3.sat
            if found:
                most = self._amount(solver, amount)
            else:
                least = middle + 1
            solver.pop()
        self._prefer(solver, amount <= most)
        must(solver.check() == z3.sat, "what was found can be had again")
        return self._encoder.read(solver.model())

    def _prefer(self, solver: z3.Solver, wish: Any) -> None:
        if isinstance(wish, bool):
            return
        solver.push()
        solver.add(wish)
        possible = solver.check() == z3.sat
        solver.pop()
        if possible:
            solver.add(wish)

    def _amount(self, solver: z3.Solver, amount: Any) -> int:
        return int(solver.model().eval(amount, model_completion=True).as_long())


def _shows(change: str, before: Standing, after: Standing) -> bool:
    if change == "hidden":
        return before.visible and not after.visible
    if change == "shown":
        return not before.visible and after.visible
    both_visible, effect = before.visible and after.visible, change.removeprefix("no_")
    if change == effect:
        return both_visible and after.effect == effect != before.effect
    return both_visible and before.effect == effect and after.effect == "allow"
