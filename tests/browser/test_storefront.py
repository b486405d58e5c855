"""What else Mei does at Lantern Books: changes her mind, sends something back, pays in a popup."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.demo_server import DemoServer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

WEBHOOK_WITHIN_MS = 20_000


@pytest.fixture(params=[True, False], ids=["javascript", "no-javascript"])
def mei(browser: Browser, request: pytest.FixtureRequest):
    """Mei's browser, with and without JavaScript."""
    context = browser.new_context(java_script_enabled=request.param, locale="en-GB")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def go_to_checkout(mei: Page, demo: DemoServer, good: str = "mountains-and-seas") -> str:
    """Buy something; the address of the checkout."""
    mei.goto(f"{demo.shop_url}/")
    mei.get_by_test_id(f"buy-{good}").click()
    mei.wait_for_url("**/c/**")
    return mei.url


def pay(mei: Page, method: str, action: str = "approve") -> None:
    """Choose the method, and answer on the channel's side as the shopper's app would."""
    checkout = mei.url
    mei.get_by_test_id(f"method-{method}").click()
    mei.get_by_test_id("pay").click()
    if method == "bal":
        return
    if method == "wx":  # the QR page leads to the phone, which the simulator plays
        mei.goto(mei.get_by_test_id("simulator-link").first.get_attribute("href") or "")
    mei.wait_for_url("**/sim/**")
    mei.locator(f"button[value={action}]").click()
    if method == "wx":
        mei.goto(checkout)


def latest_order(mei: Page, demo: DemoServer) -> None:
    mei.goto(f"{demo.shop_url}/orders")
    mei.locator(".orders a").first.click()


def expect_status(mei: Page, status: str) -> None:
    """The order's page refreshes itself, so waiting is enough, with and without JavaScript."""
    shown = mei.get_by_test_id("order-status")
    expect(shown).to_have_attribute("data-status", status, timeout=WEBHOOK_WITHIN_MS)


@pytest.mark.parametrize("method", ["wx", "ali"])
def test_a_refused_payment_leaves_the_order_open_to_another_method(mei, demo, method):
    checkout = go_to_checkout(mei, demo)
    pay(mei, method, "refuse")
    latest_order(mei, demo)
    expect_status(mei, "awaiting")

    mei.goto(checkout)
    expect(mei.get_by_test_id("another-method").or_(mei.get_by_test_id("pay")).first).to_be_visible()


def test_what_was_paid_can_be_sent_back(mei, demo):
    go_to_checkout(mei, demo, "grid-notebook")
    pay(mei, "bal")
    latest_order(mei, demo)
    expect_status(mei, "paid")

    mei.get_by_test_id("refund").click()

    expect_status(mei, "refunded")


def test_the_popup_opens_in_the_merchants_page_and_closes_when_paid(page, demo):
    page.goto(f"{demo.shop_url}/embed")
    page.get_by_test_id("popup-cloud-guide").click()
    popup = page.frame_locator("iframe")

    popup.get_by_test_id("method-bal").click()
    popup.get_by_test_id("pay").click()
    # Before it is paid, Escape only closes the popup: the merchant's page stays where it is.
    expect(popup.get_by_test_id("payment-status")).to_have_attribute("data-status", "paid")
    popup.locator("body").press("Escape")

    page.wait_for_url(re.compile(r"/shop/orders/LB-"))
    expect_status(page, "paid")


@pytest.mark.parametrize("path", ["/", "/checkouts", "/embed", "/orders"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_shop(browser, demo, path, scheme):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 844}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{demo.shop_url}{path}")
    tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    wide = page.evaluate("document.documentElement.scrollWidth")
    context.close()

    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found.response["violations"]] == []
    assert wide <= 390
