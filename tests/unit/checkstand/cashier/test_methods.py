"""Which methods are shown, in which order, and the reasons kept for operators."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from checkstand.cashier import SessionView, decide
from checkstand.rule import compile_rule
from checkstand.scenario.plan import RiskPlan, RulePlan
from checkstand.web.pages.sample import sample_plan, sample_view


def with_method(view: SessionView, method_id: str, **changes: Any) -> SessionView:
    methods = tuple(replace(m, **changes) if m.id == method_id else m for m in view.plan.methods)
    return replace(view, plan=replace(view.plan, methods=methods))


def with_rule(
    view: SessionView, effect: str, when: str = "amount > 100", applies_to: tuple[str, ...] = ("ali",)
) -> SessionView:
    rule = RulePlan("r1", effect, applies_to, compile_rule(when), "because")
    return replace(view, plan=replace(view.plan, rules=(rule,)))


def state_of(view: SessionView, method_id: str) -> tuple[str, tuple[str, ...]]:
    decision = decide(view).of(method_id)
    assert decision is not None
    return decision.state, tuple(reason.code for reason in decision.reasons)


def test_methods_come_in_the_order_of_the_page() -> None:
    assert [m.method_id for m in decide(sample_view()).methods] == ["fast", "wx", "ali", "bal"]


def test_a_false_condition_hides_the_method_and_says_which() -> None:
    view = with_method(sample_view(), "ali", when=compile_rule('shopper.tier == "vip"'))

    assert state_of(view, "ali") == ("hidden", ("when",))
    assert decide(view).of("ali").reasons[0].detail == 'shopper.tier == "vip"'


def test_a_condition_may_look_at_the_method_itself() -> None:
    view = with_method(sample_view(), "ali", when=compile_rule('method == "alipay"'))

    assert state_of(view, "ali") == ("visible", ())


@pytest.mark.parametrize(
    ("effect", "state", "verdict"),
    [
        ("hide", "hidden", "allow"),
        ("block", "disabled", "block"),
        ("review", "visible", "review"),
        ("challenge", "visible", "challenge"),
        ("note", "visible", "allow"),
    ],
)
def test_a_rule_has_its_effect_on_the_methods_it_names(effect: str, state: str, verdict: str) -> None:
    decisions = decide(with_rule(sample_view(), effect))

    assert (decisions.of("ali").state, decisions.of("ali").effect) == (state, verdict)
    assert (decisions.of("wx").state, decisions.of("wx").effect) == ("visible", "allow")


def test_require_hides_what_it_does_not_name() -> None:
    decisions = decide(with_rule(sample_view(), "require"))

    assert [m.method_id for m in decisions.methods if m.shown] == ["ali"]


def test_the_strongest_effect_wins_and_the_others_stay_explained() -> None:
    rules = tuple(RulePlan(f"r-{e}", e, ("ali",), compile_rule("amount > 1"), "x") for e in ("challenge", "review"))
    view = replace(sample_view(), plan=sample_plan(rules=rules))

    decision = decide(view).of("ali")

    assert decision.effect == "review"
    assert decision.fired("challenge")


def test_a_shadowed_rule_changes_nothing_and_is_recorded() -> None:
    view = with_rule(sample_view(), "block")
    view = replace(view, plan=replace(view.plan, risk=RiskPlan("shadow", ())))

    assert state_of(view, "ali") == ("visible", ("shadow",))


def test_a_method_of_another_terminal_is_hidden() -> None:
    view = sample_view()
    kinds = {name: replace(kind, terminals=frozenset({"ios"})) for name, kind in view.method_types.items()}

    assert state_of(replace(view, method_types=kinds), "wx") == ("hidden", ("terminal",))


def test_a_method_without_the_currency_is_hidden() -> None:
    view = sample_view()
    kinds = {name: replace(kind, currencies=frozenset({"EUR"})) for name, kind in view.method_types.items()}

    assert state_of(replace(view, method_types=kinds), "wx") == ("hidden", ("currency",))


def test_a_channel_that_is_down_disables_its_method() -> None:
    assert state_of(sample_view(unavailable=frozenset({"wx"})), "wx") == ("disabled", ("unavailable",))


@pytest.mark.parametrize(
    ("balance", "expected"),
    [
        (None, ("hidden", ("no_member",))),
        (25799, ("disabled", ("balance_too_low",))),
        (25800, ("visible", ())),
    ],
)
def test_a_balance_is_offered_when_it_suffices(balance: int | None, expected: tuple[str, tuple[str, ...]]) -> None:
    assert state_of(sample_view(balance_minor=balance), "bal") == expected


def test_what_the_payee_does_not_take_is_hidden() -> None:
    view = sample_view(payee_methods=frozenset({"wechat_pay"}), balance_minor=99999)

    assert (state_of(view, "wx"), state_of(view, "ali")) == (("visible", ()), ("hidden", ("payee",)))


def test_a_frozen_shopper_is_told_apart_from_a_stranger() -> None:
    assert state_of(sample_view(payer_stopped=True), "bal") == ("hidden", ("member_stopped",))


def test_a_balance_is_not_filled_from_itself() -> None:
    view = sample_view(plan=sample_plan(mode="recharge"), balance_minor=99999)

    assert state_of(view, "bal") == ("hidden", ("recharge_from_balance",))


def test_a_fallback_comes_out_of_the_fold_when_nothing_else_is_left() -> None:
    view = with_method(
        sample_view(unavailable=frozenset({"fast", "wx", "ali"}), balance_minor=99999), "bal", fallback=True
    )

    decisions = decide(view)

    assert decisions.of("bal").group == "regular"
    assert decisions.preselected == "bal"


def test_the_plan_preselects() -> None:
    assert decide(sample_view()).preselected == "wx"


def test_a_regulated_form_chooses_nothing_for_anybody() -> None:
    assert decide(sample_view("regulatory")).preselected is None


def test_a_method_that_has_just_failed_is_not_chosen_again() -> None:
    view = sample_view(page_state="failed")
    failed = replace(view, payments=(replace(view.payments[0], method_id="wx"),))

    assert decide(failed).preselected is None


@pytest.mark.parametrize(("mode", "effect"), [("enforce", "block"), ("shadow", "allow"), ("off", "allow")])
def test_the_velocity_verdict_counts_only_when_risk_is_enforced(mode: str, effect: str) -> None:
    view = sample_view(plan=sample_plan(risk=RiskPlan(mode, ())), risk_effect="block", risk_reasons=("v1",))

    decisions = decide(view)

    assert decisions.visit_effect == effect
    assert bool(decisions.usable) == (effect == "allow")


def test_the_explanation_survives_json() -> None:
    explain = decide(with_rule(sample_view(), "hide")).explain

    assert json.loads(json.dumps(explain)) == explain
    ali = next(method for method in explain["methods"] if method["method_id"] == "ali")
    assert ali["reasons"] == [{"code": "hide", "rule_id": "r1", "detail": "because"}]
