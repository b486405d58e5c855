"""What the proof believes a plan does is what the cashier does: compared over random plans and orders."""

from __future__ import annotations

import random
from typing import Any

import z3
from tests.unit.checkstand.proof.cashier import channels, decisions, plan_of
from tests.unit.checkstand.rule.test_encode import random_order, random_rules
from tests.unit.checkstand.scenario.example import document

from checkstand.proof.meaning import Evaluated, Formulas, Meaning
from checkstand.proof.solver import conditions_of
from checkstand.rule import RuleError, compile_rule
from checkstand.rule.encode import Encoder

EFFECTS = ("hide", "require", "block", "review", "challenge", "note")
METHODS = (("wx", "wechat_pay"), ("ali", "alipay"), ("bal", "balance"))


def random_conditions(chance: random.Random, count: int) -> list[str]:
    """Conditions that compare `method` with the scenario's own methods only, as a scenario demands."""
    found = [each.source for each in random_rules(chance, count * 4)]
    return [source for source in found if _fits(source)][:count]


def _fits(source: str) -> bool:
    try:
        compile_rule(source, enums={"method": [type_ for _, type_ in METHODS]})
    except RuleError:
        return False
    return True


def random_parts(chance: random.Random) -> dict[str, Any]:
    """A scenario with conditions everywhere."""
    conditions = iter(random_conditions(chance, 8))
    methods = []
    for order, (method_id, type_) in enumerate(METHODS):
        when = {"when": next(conditions)} if chance.random() < 0.3 else {}
        methods.append({"id": method_id, "type": type_, "order": order, **when})
    rules = []
    for number in range(chance.randint(0, 4)):
        effect = chance.choice(EFFECTS)
        named = chance.sample([each for each, _ in METHODS], chance.randint(1, 3))
        applies = {"applies_to": named} if effect == "require" or chance.random() < 0.6 else {}
        rules.append({"id": f"r{number}", "effect": effect, "when": next(conditions), **applies})
    risk = {"mode": chance.choice(("enforce", "shadow", "off"))}
    return {"methods": methods, "rules": rules, "risk": risk, "amount_limits": {"currency": "CNY", "max": 10**9}}


def test_a_meaning_of_one_order_is_what_the_cashier_decides() -> None:
    chance, installed = random.Random(3), channels()
    usable = 0
    for _ in range(80):
        plan = plan_of(document(**random_parts(chance)), installed)
        for order in (random_order(chance) | {"currency": "CNY", "method": ""} for _ in range(6)):
            meaning = Meaning(plan, installed, Evaluated(order))
            decided = decisions(plan, installed, order)
            assert [m.id for m in plan.methods if meaning.shown(m)] == [m.method_id for m in decided.methods if m.shown]
            paid = {m.id for m in plan.methods if meaning.payable(m) and not meaning.refused()}
            assert paid == {each.method_id for each in decided.usable}
            usable += len(paid)
    assert usable > 100


def test_the_formulas_of_a_plan_say_the_same_about_every_order() -> None:
    chance, installed = random.Random(8), channels()
    for _ in range(25):
        plan = plan_of(document(**random_parts(chance)), installed)
        encoder = Encoder(conditions_of(plan), also=("amount", "terminal"))
        every = Meaning(plan, installed, Formulas(encoder, plan.currency))
        for order in (random_order(chance) | {"currency": "CNY", "method": ""} for _ in range(4)):
            one = Meaning(plan, installed, Evaluated(order))
            for method in plan.methods:
                for claim in (Meaning.listed, Meaning.shown, Meaning.blocked, Meaning.payable):
                    formula = claim(every, method)
                    answer = formula if isinstance(formula, bool) else _answer(encoder, formula, order)
                    assert answer is claim(one, method), (claim, method.id, order)


def _answer(encoder: Encoder, formula: Any, order: dict[str, Any]) -> bool:
    return z3.is_true(z3.simplify(z3.substitute(formula, *encoder.constants(order))))
