"""What rules do to methods: order-free, and what forbids wins."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.checkstand.scenario.example import plan, rule

from checkstand.scenario import evaluate_rules


def effects(*rules: object, risk: str = "enforce", **context: object) -> dict[str, list[str]]:
    compiled = plan(rules=list(rules), risk={"mode": risk})
    outcomes = evaluate_rules(compiled, context)
    return {method.id: [hit.effect for hit in outcomes.of(method.id)] for method in compiled.methods}


def test_a_rule_without_methods_is_about_every_method() -> None:
    assert effects(rule("block")) == {"wx": ["block"], "ali": ["block"], "bal": ["block"]}


def test_a_rule_that_does_not_hold_does_nothing() -> None:
    assert effects(rule("hide", "amount > 5"), amount=5) == {"wx": [], "ali": [], "bal": []}


def test_hide_takes_the_named_methods_away() -> None:
    assert effects(rule("hide", applies_to=["ali"])) == {"wx": [], "ali": ["hide"], "bal": []}


def test_require_leaves_the_named_methods_only() -> None:
    assert effects(rule("require", applies_to=["ali"])) == {"wx": ["require"], "ali": [], "bal": ["require"]}


def test_two_requirements_leave_what_both_name() -> None:
    outcomes = evaluate_rules(
        plan(
            rules=[
                rule("require", applies_to=["ali", "wx"], rule_id="a"),
                rule("require", applies_to=["wx", "bal"], rule_id="b"),
            ]
        ),
        {},
    )

    assert [name for name in ("wx", "ali", "bal") if not outcomes.hidden(name)] == ["wx"]


def test_a_condition_on_the_method_is_asked_for_each_method() -> None:
    assert effects(rule("hide", 'method == "alipay"')) == {"wx": [], "ali": ["hide"], "bal": []}


def test_a_requirement_by_condition_on_the_method_keeps_those_that_meet_it() -> None:
    rules = rule("require", 'method != "balance"', applies_to=["wx", "ali", "bal"])

    assert effects(rules) == {"wx": [], "ali": [], "bal": ["require"]}


@pytest.mark.parametrize("effect", ["challenge", "block", "review"])
def test_shadow_records_verdicts_about_risk(effect: str) -> None:
    compiled = plan(rules=[rule(effect, applies_to=["wx"])], risk={"mode": "shadow"})
    hit = evaluate_rules(compiled, {}).of("wx")[0]

    assert (hit.effect, hit.would) == ("shadow", effect)
    assert evaluate_rules(compiled, {}).effect("wx") == "allow"


def test_hiding_is_no_verdict_about_risk_and_counts_in_shadow() -> None:
    assert effects(rule("hide", applies_to=["ali"]), risk="shadow")["ali"] == ["hide"]


def test_off_asks_no_verdict() -> None:
    assert effects(rule("block"), rule("note", rule_id="n"), risk="off")["wx"] == ["note"]


def test_the_reason_is_kept_for_operators() -> None:
    hit = evaluate_rules(plan(rules=[{**rule("hide"), "reason": "risk-2026-04"}]), {}).of("wx")[0]

    assert (hit.rule_id, hit.reason) == ("r", "risk-2026-04")


EFFECTS = ("hide", "require", "challenge", "block", "review", "note")
some_rules = st.lists(
    st.tuples(st.sampled_from(EFFECTS), st.lists(st.sampled_from(["wx", "ali", "bal"]), min_size=1, unique=True)),
    max_size=6,
)


@given(described=some_rules, seed=st.integers())
def test_the_order_of_the_rules_means_nothing(described: list[tuple[str, list[str]]], seed: int) -> None:
    rules = [rule(effect, applies_to=names, rule_id=f"r{i}") for i, (effect, names) in enumerate(described)]
    shuffled = random.Random(seed).sample(rules, len(rules))
    one, other = (evaluate_rules(plan(rules=order), {}) for order in (rules, shuffled))

    for name in ("wx", "ali", "bal"):
        assert one.hidden(name) == other.hidden(name)
        assert one.effect(name) == other.effect(name)
