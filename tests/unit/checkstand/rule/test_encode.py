"""A condition and its formula say the same: compared on tens of thousands of random conditions and orders."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any, Final

import pytest
import z3

from checkstand.kernel.money import MAX_MINOR
from checkstand.rule import DEFAULTS, VARIABLES, Context, Rule, RuleError, compile_rule
from checkstand.rule.encode import Encoder
from checkstand.rule.encode_text import characters

PAIRS: Final = 30_000
ORDERS_EACH: Final = 20
SHARING: Final = 3  # conditions that share their declarations
TEXTS: Final = ("", "a", "book", "books", "书", "b\u00f6k", "CN", "new", "\\u{41}", "😀k", "phone-1", "x" * 128)
NUMBERS: Final = (0, 1, 7, 23, 24, 99, 100, 101, 999, 50_000, 500_000, 500_001)
INTS: Final = tuple(name for name, variable in VARIABLES.items() if variable.type == "int")
SHORT: Final = tuple(n for n, v in VARIABLES.items() if v.type == "string" and len(v.values) < 20)
WORDS: Final = tuple(name for name, variable in VARIABLES.items() if variable.type == "string")


class Writer:
    """Writes random conditions of every form that the language has."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def truth(self, depth: int) -> str:
        if depth <= 0:
            return self.chance.choice(("true", "false", "shopper.real_name", self.comparison(0)))
        forms: tuple[Callable[[int], str], ...] = (
            self.comparison,
            self.comparison,
            self.words,
            self.words,
            lambda d: f"({self.truth(d)} && {self.truth(d)})",
            lambda d: f"({self.truth(d)} || {self.truth(d)})",
            lambda d: f"!({self.truth(d)})",
            lambda d: f"({self.truth(d)} ? {self.truth(d)} : {self.truth(d)})",
            lambda d: f"({self.truth(d)} {self.chance.choice(('==', '!='))} {self.truth(d)})",
            lambda d: f"({self.truth(d)} in [{self.truth(d)}])",
        )
        return self.chance.choice(forms)(depth - 1)

    def comparison(self, depth: int) -> str:
        if self.chance.random() < 0.2:
            return f"({self.whole(depth)} in [{self.whole(0)}, {self.whole(depth)}])"
        sign = self.chance.choice(("<", "<=", ">", ">=", "==", "!="))
        return f"({self.whole(depth)} {sign} {self.whole(depth)})"

    def whole(self, depth: int) -> str:
        if depth <= 0:
            return self.chance.choice((*INTS, str(self.chance.choice(NUMBERS)), str(-self.chance.choice(NUMBERS))))
        forms: tuple[Callable[[int], str], ...] = (
            lambda d: f"({self.whole(d)} + {self.whole(d)})",
            lambda d: f"({self.whole(d)} - {self.whole(d)})",
            lambda d: f"-({self.whole(d)})",
            lambda d: f"({self.whole(d)} * {self.chance.choice((2, -3, 100))})",
            lambda d: f"({self.whole(d)} / {self.chance.choice((1, 7, -7, 100))})",
            lambda d: f"({self.whole(d)} % {self.chance.choice((2, 10, -10, 100))})",
            lambda d: f"({self.truth(d)} ? {self.whole(d)} : {self.whole(d)})",
            lambda d: f"size({self.text(d)})",
        )
        return self.chance.choice(forms)(depth - 1)

    def words(self, depth: int) -> str:
        if self.chance.random() < 0.5:
            name = self.chance.choice(WORDS)
            values = VARIABLES[name].values or TEXTS[:-1]
            if self.chance.random() < 0.5:
                listed = ", ".join(map(written, self.chance.sample(values, 3)))
                return f"({name} in [{listed}])"
            return f"({name} {self.chance.choice(('==', '!='))} {written(self.chance.choice(values))})"
        question = self.chance.choice(("==", "!=", "startsWith", "endsWith", "contains"))
        if question in ("==", "!="):
            return f"({self.text(depth)} {question} {self.text(depth)})"
        return f"{self.text(depth)}.{question}({self.text(depth)})"

    def text(self, depth: int) -> str:
        if depth > 0 and self.chance.random() < 0.3:
            return f"({self.truth(depth - 1)} ? {self.text(depth - 1)} : {self.text(depth - 1)})"
        return self.chance.choice((*SHORT, *SHORT, *SHORT, *WORDS, *map(written, TEXTS[:-1])))


def written(text: str) -> str:
    return '"' + text.replace("\\", "\\\\") + '"'


def random_rules(chance: random.Random, count: int) -> list[Rule]:
    """Conditions that compile; what would overflow, or compares an enum with a word it cannot have, is drawn again."""
    writer, found = Writer(chance), list[Rule]()
    while len(found) < count:
        try:
            found.append(compile_rule(writer.truth(chance.randint(1, 4))))
        except RuleError as refused:
            assert refused.rule_code in ("rule.overflow", "rule.unknown_value", "rule.too_long"), str(refused)  # noqa: PT017
    return found


def random_order(chance: random.Random) -> dict[str, Any]:
    order: dict[str, Any] = {}
    for name, variable in VARIABLES.items():
        if variable.type == "bool":
            order[name] = chance.random() < 0.5
        elif variable.type == "int":
            near = [number for number in NUMBERS if variable.low <= number <= variable.high]
            order[name] = chance.choice((*near, variable.high, chance.randint(variable.low, variable.high)))
        else:
            order[name] = chance.choice(variable.values or TEXTS)
    return order


def formula_answers(encoder: Encoder, formula: Any, order: dict[str, Any]) -> bool:
    """What the formula says when the order's values stand in it."""
    if isinstance(formula, bool):
        return formula
    answer = z3.simplify(z3.substitute(formula, *encoder.constants(order)))
    assert z3.is_true(answer) or z3.is_false(answer), (formula, order, answer)
    return z3.is_true(answer)


def test_cel_and_z3_agree_on_thirty_thousand_random_pairs() -> None:
    seed = int(os.environ.get("CHECKSTAND_SEED", time.time_ns() % 2**32))
    chance = random.Random(seed)
    print(f"CHECKSTAND_SEED={seed}")
    orders = [random_order(chance) for _ in range(400)]
    contexts = [Context(order) for order in orders]

    answers = {True: 0, False: 0}
    mismatches = []
    rules = random_rules(chance, PAIRS // ORDERS_EACH)
    for first in range(0, len(rules), SHARING):
        encoder = Encoder(rules[first : first + SHARING])
        for rule in rules[first : first + SHARING]:
            formula = encoder.condition(rule)
            for number in chance.sample(range(len(orders)), ORDERS_EACH):
                meant = rule.evaluate(contexts[number])
                answers[meant] += 1
                if formula_answers(encoder, formula, orders[number]) is not meant:
                    mismatches.append((rule.source, orders[number], meant))

    assert mismatches == []
    assert sum(answers.values()) == PAIRS
    assert min(answers.values()) > PAIRS // 10  # both answers are well represented


def test_several_conditions_share_their_declarations_and_still_agree() -> None:
    chance = random.Random(4)
    for _ in range(20):
        rules = random_rules(chance, 5)
        encoder = Encoder(rules)
        for order in (random_order(chance) for _ in range(4)):
            for rule in rules:
                assert formula_answers(encoder, encoder.condition(rule), order) is rule.evaluate(order), (
                    rule.source,
                    order,
                )


@pytest.mark.parametrize(
    ("source", "order"),
    [
        ("(hour - 12) / 5 == -2", {"hour": 0}),  # towards zero
        ("(hour - 12) % 5 == -2", {"hour": 0}),  # the sign of the dividend
        ("(hour - 12) / -5 == 2", {"hour": 0}),
        ("(hour - 12) % -5 == -2", {"hour": 0}),
        ("size(order.category) == 2", {"order.category": "😀书"}),  # characters, not bytes
        ('order.category == "\\\\u{41}"', {"order.category": "\\u{41}"}),  # no escape of Z3's
        ('order.category.startsWith("\\\\u{41}")', {"order.category": "\\u{41}b"}),
        ("shopper.id == order.category", {"shopper.id": "neither", "order.category": "neither"}),
        ('shopper.country.endsWith("N")', {"shopper.country": "CN"}),
        ("terminal == order.category", {"terminal": "h5", "order.category": "h5"}),
        (f"amount == {MAX_MINOR}", {"amount": MAX_MINOR}),
        ('!(order.category in ["a", "b"])', {"order.category": "neither"}),
    ],
)
def test_what_looks_alike_in_both_languages_is_the_same(source: str, order: dict[str, Any]) -> None:
    rule = compile_rule(source)
    full = {**DEFAULTS, **order}

    assert rule.evaluate(full)
    encoder = Encoder([rule])
    assert formula_answers(encoder, encoder.condition(rule), full)


def test_a_model_becomes_an_order_for_which_the_condition_holds() -> None:
    chance = random.Random(11)
    found = 0
    for rule in random_rules(chance, 120):
        encoder = Encoder([rule])
        solver = z3.Solver(ctx=encoder.context)
        solver.set("rlimit", 300_000)
        solver.add(*encoder.domain(), encoder.condition(rule))
        if solver.check() == z3.sat:
            found += 1
            order = encoder.read(solver.model())
            assert rule.evaluate(order), (rule.source, order)
            assert all(VARIABLES[name].refuses(value) is None for name, value in order.items())
    assert found > 60


def test_a_text_of_any_script_survives_the_solver() -> None:
    encoder = Encoder([compile_rule('order.category.contains("\\\\u{41}😀书")')])
    solver = z3.Solver(ctx=encoder.context)
    solver.add(encoder.has("order.category", "b\u00f6k \\u{41}😀书"))

    assert solver.check() == z3.sat
    assert encoder.read(solver.model())["order.category"] == "b\u00f6k \\u{41}😀书"
    assert characters(z3.StringVal("a", encoder.context)) == "a"


def test_numbers_stay_in_the_bounds_the_interpreter_brings_them_to() -> None:
    rule = compile_rule(f"amount > {MAX_MINOR} || hour < 0")
    encoder = Encoder([rule])
    solver = z3.Solver(ctx=encoder.context)
    solver.add(*encoder.domain(), encoder.condition(rule))

    assert solver.check() == z3.unsat
