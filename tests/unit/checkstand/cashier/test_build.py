"""The page model: complete, worded, and nothing in it that should not be."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta

import pytest

from checkstand.cashier import FieldError, PageModel, PageUrls, Said, build_page, model, page_model_json
from checkstand.cashier.build import safe_url
from checkstand.channel.port import RedirectAction
from checkstand.scenario.plan import Timeouts
from checkstand.web.pages.sample import NOW, STATES, sample_plan, sample_view

URLS = PageUrls.of("sample")


def page(state: str, locale: str = "en", **changes) -> PageModel:
    return build_page(sample_view(page_state=state, locale=locale, **changes), urls=URLS)


@pytest.mark.parametrize(
    "kind", [kind for kind in vars(model).values() if is_dataclass(kind) and kind.__module__ == model.__name__]
)
def test_every_field_tells_template_authors_what_it_is(kind: type) -> None:
    assert all(field.metadata.get("help") for field in fields(kind))


def test_an_unknown_outcome_offers_no_other_method() -> None:
    unknown = page("unknown")

    assert not unknown.can_switch
    assert unknown.poll_s
    assert "do not pay again" in unknown.lead


def test_a_failure_says_why_and_that_nothing_was_taken() -> None:
    failed = page("failed")

    assert failed.note == "The account you chose does not hold enough."
    assert failed.lead == "No money was taken."
    assert failed.can_switch


def test_a_reason_without_words_of_its_own_is_still_explained() -> None:
    view = sample_view(page_state="failed")
    odd = replace(view, payments=(replace(view.payments[0], reason="misconfigured"),))

    assert build_page(odd, urls=URLS).note == "Alipay could not take this payment."


@pytest.mark.parametrize(("age", "pause"), [(40, 2), (61, 10)])
def test_the_page_asks_less_often_when_the_answer_takes_its_time(age: int, pause: int) -> None:
    view = sample_view(page_state="waiting", plan=sample_plan(timeouts=Timeouts(5400, 900, 2, 60, 10)))
    payment = replace(view.payments[0], created_at=NOW - timedelta(seconds=age))

    assert build_page(replace(view, payments=(payment,)), urls=URLS).poll_s == pause


@pytest.mark.parametrize("state", [state for state in STATES if state not in {"qr", "redirect", "invoke"}])
def test_only_an_open_payment_has_an_action(state: str) -> None:
    assert (page(state).action is not None) == (state == "qr_over")


def test_an_expired_code_says_so() -> None:
    over = page("qr_over")

    assert over.title == "This code has expired"
    assert over.action.deadline.over


def test_the_simulator_is_for_test_mode() -> None:
    assert page("qr").simulator_url == "/sim/sample"
    assert page("qr", mode="live").simulator_url is None
    assert page("paid").simulator_url is None


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " JAVASCRIPT:alert(1)", "data:text/html,x", "no-scheme", "vbscript:x"]
)
def test_a_link_that_runs_as_a_script_is_left_out(url: str) -> None:
    assert safe_url(url) is None
    assert page("paid", return_url=url).return_url is None


@pytest.mark.parametrize("url", ["https://shop.example/o/1", "weixin://wap/pay?x=1", "alipays://platformapi/startapp"])
def test_a_web_or_app_link_is_kept(url: str) -> None:
    assert safe_url(url) == url


def test_a_hostile_channel_address_is_not_followed() -> None:
    view = sample_view(page_state="redirect")
    evil = replace(view, payments=(replace(view.payments[0], action=RedirectAction("javascript:alert(1)")),))

    assert build_page(evil, urls=URLS, forward=True).action.url == ""


def test_mistakes_lead_to_their_controls() -> None:
    errors = (FieldError("/method", "errors.method_missing"), FieldError("/consents/terms", "errors.consent_missing"))

    shown = build_page(sample_view(), urls=URLS, errors=errors, said=Said("ali", {"invoice_title": "Mei"}))

    assert [error.href for error in shown.errors] == ["#methods", "#consent-terms"]
    assert shown.fields[0].value == "Mei"
    assert [m.id for m in shown.regular if m.selected] == ["ali"]


def test_a_regulated_form_ticks_nothing_beforehand() -> None:
    shown = build_page(sample_view("regulatory"), urls=URLS)

    assert not any(consent.checked for consent in shown.consents)
    assert not any(method.selected for method in (*shown.instant, *shown.regular, *shown.folded))
    assert len(shown.disclosures) == 2
    assert "3f9c1c6f2b1e" in shown.evidence


def test_a_blocked_visit_shows_no_methods_and_says_so() -> None:
    blocked = page("blocked")

    assert (*blocked.instant, *blocked.regular, *blocked.folded) == ()
    assert blocked.note


def test_review_carries_the_answers_along() -> None:
    said = Said("wx", {"invoice_title": "Mei"}, {"terms"}, reviewed=True)

    shown = build_page(sample_view(), urls=URLS, page="review", said=said)

    assert dict(shown.hidden) == {"method": "wx", "field.invoice_title": "Mei", "consent": "terms", "reviewed": "1"}
    assert ("Invoice title", "Mei") in {(fact.label, fact.value) for fact in shown.facts}


def test_the_watch_changes_with_the_state_and_not_with_the_clock() -> None:
    now = page("qr")

    assert page("qr", now=NOW + timedelta(seconds=30)).watch == now.watch
    assert page("qr", now=NOW + timedelta(minutes=14)).watch != now.watch
    assert page("waiting").watch != now.watch


@pytest.mark.parametrize("state", STATES)
def test_the_json_page_says_the_same(state: str) -> None:
    view = sample_view(page_state=state)

    data = json.loads(json.dumps(page_model_json(view)))

    assert data["page"] == build_page(view, urls=URLS).page
    assert "watch" not in data


def test_native_clients_get_the_parameters_of_the_channel() -> None:
    action = page_model_json(sample_view(page_state="invoke"))["action"]

    assert action["client"] == "wechat_mini_program"
    assert action["params"]["package"] == "prepay_id=wx21"


@pytest.mark.parametrize(
    ("money", "locale", "title", "fact"),
    [
        ("held", "en", "Paid, held until you confirm", "Held until you confirm"),
        ("held", "zh-CN", "已支付，待您确认收货", "保管中，待您确认收货"),
        ("held", "ar", "تم الدفع، محفوظ حتى تؤكد الاستلام", "محفوظة حتى تؤكد الاستلام"),
        ("disputed", "en", "Paid, held while it is decided", "Held until it is decided"),
        ("authorised", "zh-CN", "已冻结，尚未扣款", "已冻结，尚未扣款"),
        ("", "en", "Paid", None),
    ],
)
def test_a_payment_that_waits_says_where_the_money_is(money: str, locale: str, title: str, fact: str | None) -> None:
    paid = build_page(replace(sample_view(page_state="paid", locale=locale), money=money), urls=URLS)

    assert (paid.page, paid.title) == ("paid", title)
    assert next((each.value for each in paid.facts if each.name == "money"), None) == fact
