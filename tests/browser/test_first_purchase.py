"""A first purchase, click by click: from the shelf to "paid" in the storefront, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import PHONE
from tests.browser.merchant import Merchant
from tests.browser.shopper import act, choose, open_simulator, pay, sees

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["js", "nojs"])


def buy(page: Page, merchant: Merchant, good: str = "grid-notebook") -> None:
    page.goto(merchant.shop_url)
    page.get_by_test_id(f"buy-{good}").click()
    sees(page, "choose")


def sees_the_order_paid(page: Page, merchant: Merchant, method: str) -> None:
    """Back in the storefront: paid, because a webhook with a good signature said so, and the books balance."""
    page.get_by_test_id("return").click()
    expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "paid")
    expect(page.get_by_test_id("paid-with")).to_have_text(method)
    hook = page.locator('[data-testid="webhook"][data-type="payment.succeeded"]')
    expect(hook).to_have_count(1)
    expect(hook.locator(".ok")).to_be_visible()
    (payment,) = merchant.payments({"order_no": page.get_by_test_id("order-no").inner_text()})
    assert payment["journals"], "money moved without a journal"
    for journal in payment["journals"]:
        debit = sum(entry["debit_minor"] for entry in journal["entries"])
        assert debit == sum(entry["credit_minor"] for entry in journal["entries"]) > 0


@SCRIPTS
def test_wechat_pay_by_qr_code_ends_in_a_paid_order(
    merchant: Merchant, browse: Callable[..., Page], scripts: bool
) -> None:
    page = browse(java_script_enabled=scripts)
    buy(page, merchant)
    expect(page.locator("label", has=page.get_by_test_id("method-wx"))).to_contain_text("WeChat Pay")

    pay(page, "wx")
    sees(page, "qr")
    phone = open_simulator(page)
    act(phone, "approve")

    expect(phone.get_by_test_id("simulator")).to_have_attribute("data-state", "paid")
    sees(page, "paid")  # by itself, on the other device
    sees_the_order_paid(page, merchant, "wx")


@SCRIPTS
def test_alipay_by_redirect_ends_in_a_paid_order(
    merchant: Merchant, browse: Callable[..., Page], scripts: bool
) -> None:
    page = browse(java_script_enabled=scripts)
    buy(page, merchant)

    choose(page, "ali").click()
    act(page, "approve")  # the browser is at Alipay now

    sees(page, "paid")
    sees_the_order_paid(page, merchant, "ali")


@SCRIPTS
def test_a_balance_pays_at_once(merchant: Merchant, browse: Callable[..., Page], scripts: bool) -> None:
    page = browse(java_script_enabled=scripts)
    buy(page, merchant)

    choose(page, "bal").click()

    sees(page, "paid")
    sees_the_order_paid(page, merchant, "bal")


def test_a_phone_gets_the_mobile_form(merchant: Merchant, browse: Callable[..., Page]) -> None:
    agent = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
    page = browse(**PHONE, user_agent=agent)

    buy(page, merchant)

    expect(page.locator("body.form-mobile_site")).to_be_visible()
