"""Rules that contradict each other, never hold or change nothing are found with an order that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.checkstand.proof.findings import ALI, WX, codes, found, holds, seen_by
from tests.unit.checkstand.scenario.example import rule

from checkstand.proof.words import order_words


@pytest.mark.parametrize(
    ("other", "condition"),
    [
        (rule("hide", "hour < 9", applies_to=["wx"], rule_id="b"), "hour < 9"),
        (rule("block", "hour < 9", applies_to=["wx"], rule_id="b"), "hour < 9"),
        (rule("require", "hour < 9", applies_to=["ali"], rule_id="b"), "hour < 9"),
    ],
)
def test_rules_that_take_away_what_the_other_requires_contradict(other: Mapping[str, Any], condition: str) -> None:
    parts = {
        "methods": [WX, ALI],
        "rules": [rule("require", "amount > 60000", applies_to=["wx"], rule_id="a"), other],
        "risk": {"mode": "enforce"},
    }
    (finding,) = found(**parts)

    assert (finding.code, finding.severity, finding.path) == (
        "proof.contradictory_rules",
        "error",
        ("rules", 1, "when"),
    )
    assert finding.others == ("a", "b")
    assert holds(f"amount > 60000 && {condition}", finding)
    assert seen_by(finding, **parts)[1] == []


def test_rules_that_exclude_each_other_do_not_contradict() -> None:
    rules = [
        rule("require", "amount > 60000", applies_to=["wx"], rule_id="a"),
        rule("hide", "amount < 500", applies_to=["wx"], rule_id="b"),
    ]

    assert found(methods=[WX, ALI], rules=rules) == ()


def test_a_rule_that_never_holds_is_told_with_the_order_that_comes_nearest() -> None:
    (finding,) = found(rules=[rule("hide", 'shopper.tier == "vip" && amount > 200000', applies_to=["wx"])])

    assert (finding.code, finding.severity, finding.path) == ("proof.dead_rule", "warning", ("rules", 0, "when"))
    assert finding.witness is not None
    assert order_words(finding.witness) == "amount ¥100.00, VIP shopper, on a computer"
    assert not holds('shopper.tier == "vip" && amount > 200000', finding)


@pytest.mark.parametrize(
    "condition",
    [
        "hour < 6 && hour > 20",
        "shopper.risk > 100",
        'terminal == "pc" && terminal == "h5"',
        'currency == "USD"',
        "size(shopper.id) > 128",
        'order.category.startsWith("book") && order.category == "toys"',
        "amount % 100 == 100",
        "(amount / 100) * 100 > amount",
    ],
)
def test_what_can_never_hold_is_dead_however_it_is_written(condition: str) -> None:
    (finding,) = found(rules=[rule("review", condition)], risk={"mode": "enforce"})

    assert finding.code == "proof.dead_rule"
    assert not holds(condition, finding)


def test_of_two_rules_the_one_that_is_implied_is_redundant() -> None:
    parts = {
        "rules": [
            rule("hide", "amount > 50000", applies_to=["wx"], rule_id="wide"),
            rule("hide", "amount > 60000", applies_to=["wx"], rule_id="narrow"),
        ]
    }
    (finding,) = found(**parts)

    assert (finding.code, finding.subject, finding.others) == ("proof.redundant_rule", "narrow", ("wide",))
    assert holds("amount > 60000", finding)
    assert "wx" not in seen_by(finding, **parts)[0]


def test_of_two_equal_rules_only_the_later_is_told() -> None:
    same = [rule("hide", "hour < 6", applies_to=["wx"], rule_id=name) for name in ("first", "second")]

    assert codes(found(rules=same)) == [("redundant_rule", "second")]


def test_a_rule_that_several_others_imply_together_is_redundant() -> None:
    rules = [
        rule("review", "hour < 12", rule_id="morning"),
        rule("review", "hour >= 12", rule_id="evening"),
        rule("review", "amount > 5000", rule_id="large"),
    ]

    assert codes(found(rules=rules, risk={"mode": "enforce"})) == [("redundant_rule", "large")]


def test_a_rule_about_a_method_that_is_never_there_then_changes_nothing() -> None:
    methods = [WX, {**ALI, "when": "amount <= 50000"}]
    (finding,) = found(methods=methods, rules=[rule("hide", "amount > 60000", applies_to=["ali"])])

    assert finding.code == "proof.redundant_rule"
    assert finding.message.endswith("no method is offered anyway")


@pytest.mark.parametrize("stronger", [("block", []), ("review", []), ("hide", ["wx"])])
def test_a_rule_that_a_stronger_one_always_overtakes_is_shadowed(stronger: tuple[str, list[str]]) -> None:
    effect, methods = stronger
    rules = [
        rule("challenge", "shopper.risk > 80", applies_to=["wx"], rule_id="weak"),
        rule(effect, "shopper.risk > 70", applies_to=methods or None, rule_id="strong"),
    ]
    (finding,) = found(rules=rules, risk={"mode": "enforce"})

    assert (finding.code, finding.subject, finding.others) == ("proof.shadowed_rule", "weak", ("strong",))
    assert holds("shopper.risk > 80", finding)


def test_rules_that_each_decide_something_are_fine() -> None:
    rules = [
        rule("challenge", "shopper.risk > 60", rule_id="weak"),
        rule("block", "shopper.risk > 80", rule_id="strong"),
        rule("note", "shopper.risk > 90", rule_id="counted"),
        rule("hide", 'method == "alipay" && hour < 6', rule_id="per-method"),
    ]

    assert found(rules=rules, risk={"mode": "enforce"}) == ()


def test_fields_and_experiments_that_nobody_sees_are_told() -> None:
    field = {"id": "tax", "type": "text", "label": {"en": "Tax"}, "when": "amount > 500000"}
    experiment = {
        "id": "ab",
        "layer": "l",
        "when": 'shopper.tier == "vip" && shopper.risk > 200',
        "variations": [{"id": "c", "weight": 0.5}, {"id": "t", "weight": 0.5}],
    }

    assert codes(found(fields=[field], experiments=[experiment])) == [
        ("dead_condition", "tax"),
        ("dead_condition", "ab"),
    ]
