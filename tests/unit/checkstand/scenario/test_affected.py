"""Who is affected by an edit: exact, one question per method, with an order that shows it."""

from __future__ import annotations

import random
from typing import Any

import pytest
import z3
from tests.unit.checkstand.scenario.example import METHOD_TYPES, document, plan, rule

from checkstand.scenario import compile_plan
from checkstand.scenario.affected import Affected, affected, standing
from checkstand.scenario.effect_words import EffectWords
from checkstand.scenario.effects import effects

NEW = 'shopper.tier == "new" && amount > 50000'


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[tuple[str, str], Affected]:
    found = affected(plan(**before), plan(**after), METHOD_TYPES)
    return {(each.change, each.method_id): each for each in found}


def test_a_rule_for_new_shoppers_hides_one_method_from_them() -> None:
    (found,) = changes({}, {"rules": [rule("hide", NEW, applies_to=["ali"], rule_id="cap")]}).values()

    assert (found.change, found.method_id, found.causes, found.proven) == ("hidden", "ali", ("cap",), True)
    assert (found.witness["amount"], found.witness["shopper.tier"]) == (50_001, "new")


def test_taking_the_rule_away_shows_it_again() -> None:
    (found,) = changes({"rules": [rule("hide", NEW, applies_to=["ali"], rule_id="cap")]}, {}).values()

    assert (found.change, found.causes) == ("shown", ("cap",))


def test_moving_a_border_affects_exactly_the_orders_between() -> None:
    low, high = rule("hide", "amount > 100", rule_id="cap"), rule("hide", "amount > 200", rule_id="cap")
    found = changes({"rules": [low]}, {"rules": [high]})

    assert set(found) == {("shown", each) for each in ("wx", "ali", "bal")}
    assert {each.witness["amount"] for each in found.values()} == {101}
    assert all(each.causes == ("cap",) for each in found.values())


def test_saying_the_same_in_other_words_affects_nobody() -> None:
    before = rule("hide", '!(shopper.tier != "new" || amount <= 50000)', applies_to=["ali"])

    assert changes({"rules": [before]}, {"rules": [rule("hide", NEW, applies_to=["ali"])]}) == {}


def test_a_rule_behind_another_one_affects_nobody() -> None:
    wide, narrow = rule("hide", "amount > 10", rule_id="wide"), rule("hide", "amount > 20", rule_id="narrow")

    assert changes({"rules": [wide]}, {"rules": [wide, narrow]}) == {}


def test_one_edit_may_hide_one_method_and_show_another() -> None:
    before = {"methods": [{"id": "wx", "type": "wechat_pay"}, {"id": "ali", "type": "alipay", "when": "amount > 5"}]}
    after = {"methods": [{"id": "wx", "type": "wechat_pay", "when": "amount > 9"}, {"id": "ali", "type": "alipay"}]}
    found = changes(before, after)

    assert set(found) == {("hidden", "wx"), ("shown", "ali")}
    assert found["hidden", "wx"].causes == ("when",)


def test_no_cause_masks_another() -> None:
    loud, quiet = rule("hide", "true", rule_id="loud"), rule("hide", "hour < 6", rule_id="quiet")
    found = affected(plan(), plan(rules=[loud, quiet]), METHOD_TYPES)

    assert {(each.method_id, *each.causes) for each in found} == {
        (method, cause) for method in ("wx", "ali", "bal") for cause in ("loud", "quiet")
    }


def test_require_hides_the_others() -> None:
    found = changes({}, {"rules": [rule("require", "hour < 6", applies_to=["ali"], rule_id="night")]})

    assert set(found) == {("hidden", "wx"), ("hidden", "bal")}
    assert found["hidden", "wx"].witness["hour"] < 6


@pytest.mark.parametrize("effect", ["block", "review", "challenge"])
def test_a_verdict_is_an_effect_of_its_own(effect: str) -> None:
    ruled = {"rules": [rule(effect, "shopper.risk > 50", applies_to=["wx"])]}

    assert set(changes({}, ruled)) == {(effect, "wx")}
    assert set(changes(ruled, {})) == {(f"no_{effect}", "wx")}
    assert changes({}, {**ruled, "risk": {"mode": "shadow"}}) == {}


def test_a_stronger_verdict_takes_the_place_of_a_weaker_one() -> None:
    weak, strong = rule("challenge", "amount > 10"), rule("block", "amount > 10")

    assert {change for change, _ in changes({"rules": [weak]}, {"rules": [strong]})} == {"block"}


def test_orders_that_one_side_does_not_take_are_not_its_business() -> None:
    after = {"rules": [rule("hide", "amount > 60000")], "amount_limits": {"currency": "CNY", "max": 50_000}}

    assert changes({}, after) == {}


def test_what_the_solver_cannot_answer_is_said_to_be_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(z3.Solver, "check", lambda *_: z3.unknown)
    before, after = plan(), plan(rules=[rule("hide", NEW, applies_to=["ali"], rule_id="cap")])
    found = effects(before, after, METHOD_TYPES)
    words = EffectWords(before, after, {}, "en")

    assert ("hidden", False) in {(each.change, each.proven) for each in affected(before, after, METHOD_TYPES)}
    assert not any(effect.proven for effect in found if effect.method)
    assert "alipay: whether some order is affected (hidden) is not proven." in [*words.lines(found)]


def test_when_the_time_is_up_the_rest_is_not_proven() -> None:
    after = plan(rules=[rule("hide", NEW, applies_to=["ali"], rule_id="cap")])

    assert not any(each.proven for each in affected(plan(), after, METHOD_TYPES, budget_s=0))


CONDITIONS = (
    "amount > 500", "amount % 7 == 3", 'shopper.tier == "new"', 'terminal in ["pc", "h5"]', "hour / 6 == 2",
    'shopper.id.startsWith("a")', 'method == "alipay"', "shopper.real_name", 'order.category != "books" && amount < 90',
)  # fmt: skip


def test_what_random_orders_show_the_solver_has_found() -> None:
    """No random order may be affected in a way that was not told; each witness was checked when it was made."""
    chance = random.Random(7)
    told_something = 0
    for _ in range(60):
        plans = [
            compile_plan(
                document(
                    rules=[
                        rule(
                            chance.choice(("hide", "hide", "require", "block")),
                            " || ".join(chance.sample(CONDITIONS, 2)),
                            applies_to=chance.sample(["wx", "ali", "bal"], 2),
                            rule_id=f"r{number}",
                        )
                        for number in range(2)
                    ]
                ),
                METHOD_TYPES,
            )
            for _side in range(2)
        ]
        told = {(each.change, each.method_id) for each in affected(*plans, METHOD_TYPES)}
        told_something += bool(told)
        for _ in range(40):
            order = {
                "amount": chance.randint(1, 1000),
                "currency": "CNY",
                "shopper.tier": chance.choice(("guest", "new")),
                "terminal": chance.choice(("pc", "ios")),
                "hour": chance.randint(0, 23),
                "shopper.id": chance.choice(("", "anna", "bo")),
                "shopper.real_name": chance.random() < 0.5,
                "order.category": chance.choice(("", "books")),
            }
            for method in plans[0].methods:
                one, other = (standing(each, method, METHOD_TYPES, order) for each in plans)
                if one.visible != other.visible:
                    assert ("hidden" if one.visible else "shown", method.id) in told, order
    assert told_something > 40
