"""What shoppers really do: refuse, leave, come back, click twice, open tabs. The page always shows what is real."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.merchant import Merchant
from tests.browser.shopper import (
    act,
    answer_questions,
    choose,
    finish_at_channel,
    open_checkout,
    open_simulator,
    pay,
    reads_receipt,
    sees,
    status,
)

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["js", "nojs"])
STRANGER = {"id": "stranger", "age_days": 2}


def eventually(fact: Callable[[], bool], within_s: float = 30) -> None:
    """Wait for something that no page shows."""
    until = time.monotonic() + within_s
    while not fact():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.1)


def refunded(merchant: Merchant, session: dict[str, Any], method: str) -> bool:
    return any(
        payment["method"]["id"] == method and payment["refunded"]["minor"] == payment["amount"]["minor"]
        for payment in merchant.payments(session)
    )


# ── refusal and abandonment ─────────────────────────────────────────────────────────────────────


@SCRIPTS
def test_a_failure_leads_to_another_method(merchant: Merchant, browse: Callable[..., Page], scripts: bool) -> None:
    page = browse(java_script_enabled=scripts)
    # Outside WeChat nobody knows the payer's openid, so WeChat refuses at once.
    session = merchant.session(terminal="mini_program")
    open_checkout(page, session)

    pay(page, "wx")
    sees(page, "failed")
    page.get_by_test_id("another-method").click()
    sees(page, "choose")
    pay(page, "bal")

    reads_receipt(page, session)
    assert merchant.charged(session) == 0


@SCRIPTS
def test_who_refuses_at_wechat_pays_with_alipay(merchant: Merchant, browse: Callable[..., Page], scripts: bool) -> None:
    page = browse(java_script_enabled=scripts)
    session = merchant.session()
    open_checkout(page, session)
    pay(page, "wx")
    sees(page, "qr")
    phone = open_simulator(page)
    act(phone, "refuse")
    expect(phone.get_by_test_id("simulator-result")).to_be_visible()
    phone.close()

    page.get_by_test_id("another-method").click()
    sees(page, "choose")
    pay(page, "ali")
    finish_at_channel(page, session)

    reads_receipt(page, session)
    assert merchant.charged(session) == 3200


def test_who_leaves_the_channel_finds_the_payment_waiting(merchant: Merchant, page: Page) -> None:
    session = merchant.session()
    open_checkout(page, session)
    pay(page, "ali")
    act(page, "abandon")
    expect(page.get_by_test_id("simulator-result")).to_be_visible()

    page.goto(session["url"])
    sees(page, "redirect")  # waits, and does not send the shopper away again
    expect(page.get_by_test_id("another-method")).to_be_visible()
    page.get_by_test_id("continue").click()
    act(page, "approve")

    reads_receipt(page, session)
    assert len(merchant.payments(session)) == 1


# ── late success ────────────────────────────────────────────────────────────────────────────────


def test_money_that_comes_after_another_method_paid_goes_back_by_itself(merchant: Merchant, page: Page) -> None:
    session = merchant.session()
    open_checkout(page, session)
    pay(page, "ali")
    expect(page.get_by_test_id("simulator")).to_be_visible()
    old_tab = page.context.new_page()
    old_tab.goto(page.url)
    page.goto(session["url"])
    page.get_by_test_id("another-method").click()
    sees(page, "choose")
    pay(page, "bal")
    sees(page, "paid")

    act(old_tab, "approve")

    sees(old_tab, "paid")  # the order is paid, by the balance
    eventually(lambda: refunded(merchant, session, "ali"))
    assert merchant.charged(session) == 0


def test_money_that_comes_after_the_end_goes_back_by_itself(merchant: Merchant, page: Page) -> None:
    session = merchant.session()
    open_checkout(page, session)
    pay(page, "ali")
    expect(page.get_by_test_id("simulator")).to_be_visible()
    merchant.expire(session)

    act(page, "approve")

    sees(page, "expired", "closed")
    eventually(lambda: refunded(merchant, session, "ali"))
    assert merchant.charged(session) == 0


# ── twice ───────────────────────────────────────────────────────────────────────────────────────


@SCRIPTS
@pytest.mark.parametrize("method", ["wx", "bal"])
def test_a_double_click_pays_once(merchant: Merchant, browse: Callable[..., Page], scripts: bool, method: str) -> None:
    page = browse(java_script_enabled=scripts)
    session = merchant.session()
    open_checkout(page, session)

    choose(page, method).dblclick(no_wait_after=True)
    sees(page, "qr", "paid")
    finish_at_channel(page, session)

    reads_receipt(page, session)
    assert len(merchant.payments(session)) == 1


def test_a_second_tab_meets_the_same_payment(merchant: Merchant, page: Page) -> None:
    session = merchant.session()
    second = page.context.new_page()
    for tab in (page, second):
        open_checkout(tab, session)

    pay(page, "wx")
    sees(page, "qr")
    pay(second, "wx")
    sees(second, "qr")
    finish_at_channel(second, session)

    sees(page, "paid")
    sees(second, "paid")
    assert len(merchant.payments(session)) == 1


def test_another_method_in_a_second_tab_ends_the_first(merchant: Merchant, page: Page) -> None:
    session = merchant.session()
    second = page.context.new_page()
    for tab in (page, second):
        open_checkout(tab, session)
    pay(page, "wx")
    sees(page, "qr")
    phone = open_simulator(page)

    pay(second, "bal")

    sees(second, "paid")
    sees(page, "paid")  # the first tab found out by itself
    phone.reload()
    expect(phone.get_by_test_id("simulator")).to_have_attribute("data-state", "closed")
    assert merchant.charged(session) == 0


@SCRIPTS
def test_an_old_form_after_paying_changes_nothing(
    merchant: Merchant, browse: Callable[..., Page], scripts: bool
) -> None:
    page = browse(java_script_enabled=scripts)
    session = merchant.session()
    old_tab = page.context.new_page()
    for tab in (page, old_tab):
        open_checkout(tab, session)
    pay(page, "bal")
    sees(page, "paid")

    choose(old_tab, "wx").click()

    sees(old_tab, "paid")
    assert [payment["method"]["id"] for payment in merchant.payments(session)] == ["bal"]


def test_two_checkouts_in_one_browser_do_not_mix(merchant: Merchant, page: Page) -> None:
    first, second = merchant.session(), merchant.session(amount_minor=4500)
    other = page.context.new_page()
    open_checkout(page, first)
    open_checkout(other, second)

    pay(page, "wx")
    sees(page, "qr")
    pay(other, "bal")

    sees(other, "paid")
    sees(page, "qr")
    expect(other.get_by_test_id("amount-due")).to_contain_text("45.00")
    finish_at_channel(page, first)
    reads_receipt(page, first)
    reads_receipt(other, second)


# ── back, replay, hints ─────────────────────────────────────────────────────────────────────────


@SCRIPTS
def test_back_from_the_qr_page_shows_the_open_payment(
    merchant: Merchant, browse: Callable[..., Page], scripts: bool
) -> None:
    page = browse(java_script_enabled=scripts)
    session = merchant.session()
    open_checkout(page, session)
    pay(page, "wx")
    sees(page, "qr")

    page.goto(merchant.shop_url)
    page.go_back()

    sees(page, "qr")
    assert len(merchant.payments(session)) == 1


@SCRIPTS
def test_back_after_paying_shows_that_it_is_paid(
    merchant: Merchant, browse: Callable[..., Page], scripts: bool
) -> None:
    page = browse(java_script_enabled=scripts)
    session = merchant.session()
    page.goto(merchant.shop_url)
    open_checkout(page, session)
    pay(page, "bal")
    reads_receipt(page, session)

    page.go_back()
    sees(page, "paid")
    page.get_by_test_id("return").click()
    page.go_back()

    sees(page, "paid")


def test_a_replayed_link_shows_the_result_to_another_browser(merchant: Merchant, browse: Callable[..., Page]) -> None:
    page, stranger = browse(), browse()
    session = merchant.session()
    open_checkout(page, session)
    pay(page, "bal")
    sees(page, "paid")

    open_checkout(stranger, session, "paid")

    expect(stranger.get_by_test_id("pay")).to_have_count(0)


@pytest.mark.parametrize("hint", ["paid", "qr", "waiting", "failed", "review", "confirm", "nonsense", "redirect"])
def test_an_open_checkout_ignores_hints_that_are_not_true(merchant: Merchant, page: Page, hint: str) -> None:
    session = merchant.session()

    page.goto(f"{session['url']}?page={hint}")

    sees(page, "choose")


def test_a_paid_checkout_ignores_every_hint(merchant: Merchant, page: Page) -> None:
    session = merchant.session()
    open_checkout(page, session)
    pay(page, "bal")
    sees(page, "paid")

    for hint in ("choose", "qr", "review", "confirm", "failed", "waiting", "expired", "redirect"):
        page.goto(f"{session['url']}?page={hint}")
        expect(status(page)).to_have_attribute("data-status", "paid")


def test_a_receipt_of_an_unpaid_order_is_the_checkout(merchant: Merchant, page: Page) -> None:
    session = merchant.session()

    page.goto(f"{session['url']}/receipt")

    sees(page, "choose")


# ── over, unknown, foreign ──────────────────────────────────────────────────────────────────────


@SCRIPTS
def test_an_expired_session_takes_no_payment(merchant: Merchant, browse: Callable[..., Page], scripts: bool) -> None:
    page = browse(java_script_enabled=scripts)
    session = merchant.session()
    open_checkout(page, session)
    merchant.expire(session)

    choose(page, "bal").click()  # the form was still open

    sees(page, "expired")
    expect(page.get_by_test_id("return")).to_be_visible()
    assert merchant.payments(session) == []


def test_an_unknown_session_is_a_kind_page(merchant: Merchant, page: Page) -> None:
    answer = page.goto(merchant.shop_url.replace("/shop/", "/c/no-such-token"))

    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_test_id("notice")).to_be_visible()
    assert page.request.post(f"{page.url}/payments", form={"method": "wx"}).status == 404


def test_a_post_to_a_finished_session_changes_nothing(merchant: Merchant, page: Page) -> None:
    session = merchant.session()
    open_checkout(page, session)
    pay(page, "bal")
    sees(page, "paid")

    for path, form in (("payments", {"method": "wx"}), ("payments", {"method": "bal"}), ("another-method", {})):
        answer = page.request.post(f"{session['url']}/{path}", form=form, max_redirects=0)
        assert (answer.status, answer.headers["location"].partition("?")[0]) == (303, f"/c/{session['url'][-32:]}")

    assert len(merchant.payments(session)) == 1


def test_a_form_of_another_site_is_refused(merchant: Merchant, page: Page) -> None:
    session = merchant.session()
    page.route("https://rival.example/**", lambda route: route.fulfill(content_type="text/html", body=FORGED))
    page.goto("https://rival.example/")
    page.locator("form").evaluate("(form, url) => { form.action = url + '/payments'; form.submit(); }", session["url"])

    expect(page.get_by_test_id("notice")).to_have_attribute("data-code", "page.foreign_form")
    assert merchant.payments(session) == []


FORGED = '<!doctype html><title>Win</title><form method="post"><input name="method" value="bal"></form>'


def test_an_unknown_outcome_is_said_and_then_found(merchant: Merchant, page: Page) -> None:
    merchant.fault("wechat_pay", kind="timeout_after_charging", verb="pay")
    merchant.fault("wechat_pay", kind="no_notification", times=0)
    session = merchant.session()
    open_checkout(page, session)

    choose(page, "wx").click()

    sees(page, "unknown", "paid")
    expect(page.get_by_test_id("pay")).to_have_count(0)
    sees(page, "paid")
    assert merchant.charged(session) == 3200
    assert len(merchant.payments(session)) == 1


# ── steps ───────────────────────────────────────────────────────────────────────────────────────


@SCRIPTS
def test_a_form_with_gaps_comes_back_with_what_was_typed(
    merchant: Merchant, browse: Callable[..., Page], scripts: bool
) -> None:
    page = browse(java_script_enabled=scripts)
    session = merchant.session("travel-booking")
    open_checkout(page, session)
    page.locator('input[name="field.guest_name"]').fill("林梅")

    page.get_by_test_id("pay").click()

    expect(page.get_by_test_id("error-summary")).to_be_visible()
    expect(page.locator('input[name="field.guest_name"]')).to_have_value("林梅")
    assert merchant.payments(session) == []
    pay(page, "wx")
    sees(page, "qr")


@SCRIPTS
def test_a_large_booking_is_reviewed_first(merchant: Merchant, browse: Callable[..., Page], scripts: bool) -> None:
    page = browse(java_script_enabled=scripts)
    session = merchant.session("travel-booking", 210_000)
    open_checkout(page, session)
    answer_questions(page)
    choose(page, "wx").click()
    sees(page, "review")
    assert merchant.payments(session) == []

    page.get_by_test_id("pay").click()
    sees(page, "qr")
    finish_at_channel(page, session)

    reads_receipt(page, session)


@SCRIPTS
def test_an_unusual_order_is_confirmed_first(merchant: Merchant, browse: Callable[..., Page], scripts: bool) -> None:
    page = browse(java_script_enabled=scripts)
    session = merchant.session("second-hand", 310_000, shopper=STRANGER)
    open_checkout(page, session)
    choose(page, "wx").click()
    sees(page, "confirm")
    assert merchant.payments(session) == []

    page.get_by_test_id("pay").click()
    sees(page, "qr")
    finish_at_channel(page, session)

    reads_receipt(page, session)


def test_a_blocked_shopper_cannot_pay(merchant: Merchant, page: Page) -> None:
    session = merchant.session("pharmacy", category="prescription", shopper={"id": "mei", "real_name": False})
    open_checkout(page, session)

    for method in ("wx", "ali"):
        expect(page.get_by_test_id(f"method-{method}")).to_be_disabled()
    answer = page.request.post(f"{session['url']}/payments", form={"method": "wx"}, max_redirects=0)

    assert answer.status == 422
    assert merchant.payments(session) == []
