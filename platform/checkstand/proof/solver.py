"""Questions to Z3 about one plan: the same plan gets the same answers, in a bounded number of steps.

The bound is Z3's own count of steps (`rlimit`) and not time, so a proof does not depend on how busy the machine
is. When it is reached the answer is `NotProven`, which becomes a finding of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import z3

from checkstand.kernel import present
from checkstand.kernel.money import MAX_MINOR
from checkstand.proof.facts import Installed
from checkstand.proof.meaning import Evaluated, Formulas, Meaning
from checkstand.proof.model import Value, Witness
from checkstand.rule import DEFAULTS, VARIABLES, Rule
from checkstand.rule.encode import Encoder
from checkstand.rule.logic import both, negated
from checkstand.scenario.plan import Plan

STEPS: Final = 400_000  # per question; an ordinary one takes a few thousand
_FEWEST: Final = 20_000  # to which the limit falls step by step while questions stay unanswered
_SAMPLE_MINOR: Final = 10_000  # an ordinary amount, where the defect leaves a choice

Claim = Callable[[Meaning], Any]


class NotProven(Exception):
    """The solver gave up, or its answer was not confirmed by the interpreter."""


class Prover:
    """One plan, declared once; every question builds on the same declarations."""

    def __init__(self, plan: Plan, installed: Installed, targeting: Sequence[Rule] = (), *, steps: int = STEPS) -> None:
        self.plan, self.installed, self._targeting = plan, installed, tuple(targeting)
        self._encoder = Encoder(conditions_of(plan, self._targeting), also=("amount", "terminal", *_of_shopper(plan)))
        self._solver = z3.Solver(ctx=self._encoder.context)
        self._solver.set("random_seed", 0)
        self._steps = steps
        self._solver.set("rlimit", steps)
        self._formulas = Formulas(self._encoder, plan.currency)
        self.meaning = Meaning(plan, installed, self._formulas, self._targeting)
        inside = self.meaning.inside()
        if inside is not True:
            self._solver.add(inside if inside is not False else z3.BoolVal(False, self._encoder.context))
        self._solver.add(*self._encoder.domain())
        self._edges = {name: sorted(self._edges_of(name)) for name in self._encoder.names}

    def never(self, claim: Claim) -> bool:
        """Whether the claim holds for no order at all."""
        return not self._possible([claim(self.meaning)])

    def witness(
        self, claim: Claim, *, about: Sequence[Rule] = (), wishes: Sequence[Any] = ()
    ) -> Witness | None:  # fmt: skip
        """An order for which the claim holds, as ordinary as possible; None when there is none.

        Of the `wishes` as many are fulfilled as can be. The order is confirmed by evaluating the same claim with
        the interpreter.
        """
        chosen = [claim(self.meaning)]
        if not self._possible(chosen):
            return None
        for wish in wishes:
            if self._possible([*chosen, wish]):
                chosen.append(wish)
        found = self._ordinary(chosen)
        order: dict[str, Value] = {**DEFAULTS, **found, "currency": self.plan.currency}
        real = Meaning(self.plan, self.installed, Evaluated(order), self._targeting)
        if both(real.inside(), claim(real)) is not True:
            raise NotProven
        told = {"amount", "terminal", *(name for rule in about for name in rule.names)}
        told |= {name for name in found if name not in told and self._matters(name, found, chosen[0])}
        return Witness(tuple(order.items()), tuple(name for name in VARIABLES if name in told and name != "method"))

    def parts_of(self, condition: Rule, method_type: str = "") -> list[Any]:
        """The parts of a condition that all have to hold, each as a formula."""
        return self._formulas.parts(condition, method_type)

    def real(self, witness: Witness) -> Meaning:
        """The plan's meaning for this order."""
        return Meaning(self.plan, self.installed, Evaluated(witness.order), self._targeting)

    def amount_pieces(self) -> Iterator[tuple[int, int]]:
        """The amounts of an order, cut wherever some condition or limit may change its answer."""
        low, high = self.plan.min_minor, self.plan.max_minor
        starts = [low, *(edge for edge in self._edges["amount"] if low < edge <= high)]
        yield from zip(starts, [*(start - 1 for start in starts[1:]), high], strict=True)

    # ── asking ──────────────────────────────────────────────────────────────────────────────────

    def _possible(self, formulas: Sequence[Any]) -> bool:
        return self._order(formulas, read=False) is not None

    def _order(self, formulas: Sequence[Any], *, read: bool = True) -> dict[str, Value] | None:
        """An order for all of these formulas, or None; reading it costs more than knowing that there is one."""
        if any(formula is False for formula in formulas):
            return None
        self._solver.push()
        try:
            self._solver.add(*(formula for formula in formulas if formula is not True))
            answer = self._solver.check()
            if answer == z3.unknown:
                self._be_shorter()
                raise NotProven
            if answer == z3.unsat:
                return None
            return self._encoder.read(self._solver.model()) if read else {}
        finally:
            self._solver.pop()

    def _be_shorter(self) -> None:
        """A question without an answer is rarely alone: the next ones get fewer steps, so a whole proof stays short."""
        self._steps = min(self._steps, max(self._steps // 4, _FEWEST))
        self._solver.set("rlimit", self._steps)

    def _ordinary(self, formulas: Sequence[Any]) -> dict[str, Value]:
        """An order for the formulas that differs from an ordinary one only where it must."""
        names = sorted(self._encoder.names, key=lambda name: (name == "amount", name))
        usual = {name: self._encoder.has(name, self._usual(name)) for name in names}
        ordinary = self._order([*formulas, *usual.values()])
        if ordinary is not None:
            return ordinary
        chosen = [*formulas]
        for name in names:
            if self._possible([*chosen, usual[name]]):
                chosen.append(usual[name])
                continue
            chosen.append(self._encoder.has(name, self._least(name, chosen)))
        return present(self._order(chosen), "what was possible a moment ago still is")

    def _matters(self, name: str, order: dict[str, Value], formula: Any) -> bool:
        """Whether another value of this variable alone would end the defect."""
        others = [self._encoder.has(each, value) for each, value in order.items() if each != name]
        return order[name] != DEFAULTS[name] or self._possible([negated(formula), *others])

    def _least(self, name: str, chosen: list[Any]) -> Value:
        """The smallest value at an edge of some condition, else any: ¥5,000.01 says more than ¥73,218.44."""
        edges = self._edges[name]
        at_edge = (edge for edge in edges if self._possible([*chosen, self._encoder.has(name, edge)]))
        found = next(at_edge, None)
        return found if found is not None else present(self._order(chosen), "it was possible a moment ago")[name]

    def _usual(self, name: str) -> Value:
        if name == "terminal":
            return self.plan.terminals[0]
        if name == "amount":
            return min(max(_SAMPLE_MINOR, self.plan.min_minor), self.plan.max_minor)
        return DEFAULTS[name]

    def _edges_of(self, name: str) -> set[int]:
        """Where the answer of a comparison with this number may change."""
        if VARIABLES[name].type != "int":
            return set()
        rules = [rule for rule in conditions_of(self.plan, self._targeting) if name in rule.names]
        found = {
            int(node.value)
            for rule in rules
            for node in rule.tree.walk()
            if node.kind == "constant" and isinstance(node.value, int) and not isinstance(node.value, bool)
        }
        low, high = VARIABLES[name].low, VARIABLES[name].high
        if name == "amount":
            low, high = self.plan.min_minor, min(self.plan.max_minor, MAX_MINOR)
            for channel in self.installed.channels.values():
                found |= set(channel.limits.get(self.plan.currency, ()))
        return {edge for value in found for edge in (value, value + 1) if low <= edge <= high} | {low}


def conditions_of(plan: Plan, targeting: Sequence[Rule] = ()) -> list[Rule]:
    """Every condition of the plan."""
    found: list[Rule | None] = [*targeting, *(rule.when for rule in plan.rules)]
    for method in plan.methods:
        found += [method.when, *(route.when for route in method.routes)]
    found += [*(field.when for field in plan.fields), *(each.when for each in plan.experiments)]
    return list(dict.fromkeys(rule for rule in found if rule is not None))


def _of_shopper(plan: Plan) -> tuple[str, ...]:
    return ("shopper.id",) if plan.mode == "recharge" else ()
