"""A balance that is too low may pay a part: when that is offered, what is submitted, and what the pages say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checkstand.cashier import (
    LegView,
    PageUrls,
    Said,
    SessionView,
    SubmissionRefused,
    build_page,
    check_submission,
    decide,
    offered_split,
)
from checkstand.cashier.split import why_not
from checkstand.kernel import Money
from checkstand.rule import compile_rule
from checkstand.scenario.plan import CompositePlan, FormPlan, RulePlan
from checkstand.web.pages.sample import sample_plan, sample_view

OFFERED = CompositePlan(allow=True, internal_first=("balance",))
AMOUNT, OWN = 25_800, 18_050
OTHERS = tuple(method.id for method in sample_plan().methods if method.type != "balance")


def view(form: str = "full_screen", page_state: str = "choose", /, **changes: Any) -> SessionView:
    """Mei has ¥180.50 and the order costs ¥258.00."""
    of_plan = {name: changes.pop(name) for name in ("rules", "composite", "mode", "methods", "form") if name in changes}
    plan = sample_plan(form, **{"composite": OFFERED, **of_plan})
    return sample_view(form, "pc", changes.pop("locale", "en"), page_state, plan=plan, **changes)


def submit(shown: SessionView, use_balance: str) -> Any:
    answer: dict[str, Any] = {"fields": {}, "consents": {"terms"}, "reviewed": True, "confirmed": False}
    return check_submission(shown, decide(shown), method_id="wx", use_balance=use_balance, **answer)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"composite": CompositePlan()}, "not_allowed"),
        ({"composite": CompositePlan(allow=True, internal_first=("gift_card",))}, "not_allowed"),
        ({"balance_minor": None}, "no_member"),
        ({"balance_minor": 0}, "balance_empty"),
        ({"balance_minor": AMOUNT}, "balance_suffices"),
        ({"balance_minor": AMOUNT - 1}, ""),
        ({"rules": (RulePlan("r", "hide", ("bal",), compile_rule("true"), ""),)}, "balance_refused"),
        ({"rules": (RulePlan("r", "challenge", ("bal",), compile_rule("true"), ""),)}, "balance_refused"),
        ({"rules": (RulePlan("r", "note", ("bal",), compile_rule("true"), ""),)}, ""),
        ({"rules": (RulePlan("r", "hide", OTHERS, compile_rule("true"), ""),)}, "no_other_method"),
        ({"risk_effect": "block"}, "no_other_method"),
    ],
)
def test_a_part_is_offered_only_where_it_can_be_paid(changes: dict[str, Any], reason: str) -> None:
    shown = view(**changes)

    assert why_not(shown, decide(shown)) == reason
    assert (offered_split(shown, decide(shown)) is not None) == (not reason)


@pytest.mark.parametrize(("wanted", "part"), [("", 0), ("all", OWN), (str(OWN), OWN)])
def test_what_is_submitted_names_the_balances_part(wanted: str, part: int) -> None:
    assert submit(view(), wanted).balance_minor == part


@pytest.mark.parametrize("wanted", ["0", "-1", "18051", "1e9", "ALL", "٤٠٠٠"])
def test_another_part_than_the_page_showed_is_asked_about_again(wanted: str) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        submit(view(), wanted)

    assert [(error.pointer, error.message_key) for error in refused.value.errors] == [
        ("/use_balance", "errors.balance_changed")
    ]


def test_a_part_that_is_not_offered_is_refused() -> None:
    with pytest.raises(SubmissionRefused) as refused:
        submit(view(balance_minor=None), "all")

    assert refused.value.errors[0].message_key == "errors.balance_gone"


@pytest.mark.parametrize("form", ["full_screen", "popup", "mobile_site", "regulatory"])
@pytest.mark.parametrize("locale", ["en", "zh-CN", "ar"])
def test_the_form_offers_both_parts_and_lists_the_balance_nowhere_else(form: str, locale: str) -> None:
    page = build_page(view(form, locale=locale), urls=PageUrls.of("sample"))

    assert page.split is not None
    assert (page.split.balance_minor, page.split.rest_minor, page.split.checked) == (OWN, AMOUNT - OWN, False)
    assert page.split.balance in page.split.label
    assert page.split.rest in page.split.label
    assert "balance" not in {method.type for method in page.instant + page.regular + page.folded}


def test_the_only_other_method_is_named() -> None:
    plan = sample_plan()
    two = tuple(method for method in plan.methods if method.id in ("wx", "bal"))

    page = build_page(view(methods=two), urls=PageUrls.of("sample"))

    assert page.split is not None
    assert "pay the rest CN¥77.50 with" in page.split.label
    assert "WeChat Pay" in page.split.label


def test_the_review_step_shows_both_parts_and_carries_them_along() -> None:
    shown = view(form=FormPlan("full_screen", {}, "always", 0, "pay"))

    page = build_page(shown, urls=PageUrls.of("sample"), page="review", said=Said("wx", {}, (), use_balance=str(OWN)))

    assert [(fact.name, fact.value) for fact in page.facts if fact.name.startswith("leg")] == [
        ("leg.1", "CN¥180.50"),
        ("leg.2", "CN¥77.50"),
    ]
    assert ("use_balance", str(OWN)) in page.hidden


@pytest.mark.parametrize(
    ("state", "statuses", "words"),
    [
        ("qr", ("ACCEPTED", "ACCEPTED"), ["set aside", "to be paid"]),
        ("unknown", ("ACCEPTED", "UNKNOWN"), ["set aside", "to be paid"]),
        ("paid", ("SUCCEEDED", "SUCCEEDED"), ["paid", "paid"]),
        ("failed", ("CLOSED", "FAILED"), ["given back", "not paid"]),
    ],
)
def test_a_payment_in_two_parts_tells_how_each_stands(state: str, statuses: tuple[str, str], words: list[str]) -> None:
    shown = view("full_screen", state)
    legs = (
        LegView("balance", True, Money(OWN, "CNY"), statuses[0]),
        LegView("wechat_pay", False, Money(AMOUNT - OWN, "CNY"), statuses[1]),
    )
    shown = replace(shown, payments=(replace(shown.payments[0], legs=legs),))

    page = build_page(shown, urls=PageUrls.of("sample"))

    assert [leg.amount for leg in page.legs] == ["CN¥180.50", "CN¥77.50"]
    assert [leg.state for leg in page.legs] == words
    assert sum(1 for fact in page.facts if fact.name.startswith("leg")) == 2


def test_the_app_is_asked_for_its_own_part_only() -> None:
    shown = view("full_screen", "invoke")
    legs = (
        LegView("balance", True, Money(OWN, "CNY"), "ACCEPTED"),
        LegView("wechat_pay", False, Money(AMOUNT - OWN, "CNY"), "ACCEPTED"),
    )
    shown = replace(shown, payments=(replace(shown.payments[0], legs=legs),))

    assert "CN¥77.50" in build_page(shown, urls=PageUrls.of("sample")).lead
