"""Behind the cashier, in a browser: batches and differences decided by two, escrow released, a balance explained."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.merchant import Merchant
from tests.browser.test_changes import mistakes
from tests.demo_server import DemoServer

pytestmark = pytest.mark.browser

PASSWORD = "paper lanterns over water"
PAST_WITHIN_S = 180  # the demo settles its past sales behind the visitor's back


@pytest.fixture
def two(operator: Callable[..., Page], browse: Callable[..., Page]) -> tuple[Page, Page]:
    """The administrator, and a colleague in finance who was invited just now."""
    first, second = operator(), browse()
    address = f"finance-{time.time_ns()}@example.com"
    home = first.url
    first.goto(home.replace("/home", "/people"))
    first.locator("input[name=email]").fill(address)
    first.locator("#f-role").select_option("finance")
    first.get_by_test_id("invite").click()
    second.goto(first.get_by_test_id("invitation-link").inner_text())
    second.get_by_role("link", name="Create an account").click()
    second.get_by_label("Name").fill("Fan")
    second.get_by_label("E-mail").fill(address)
    second.get_by_label("Password").fill(PASSWORD)
    second.get_by_test_id("sign-up").click()
    second.get_by_test_id("accept").click()
    first.goto(home)
    return first, second


def appears(page: Page, url: str, row: str) -> None:
    """Open this list until the row is there."""
    until = time.monotonic() + PAST_WITHIN_S
    page.goto(url)
    while not page.locator("tbody tr", has_text=row).count() and time.monotonic() < until:
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator("tbody tr", has_text=row).first).to_be_visible()


def area(page: Page, path: str) -> str:
    return f"{page.url.partition('/test/')[0]}/test/{path}"


def test_a_large_batch_is_paid_when_two_people_say_so(two: tuple[Page, Page]) -> None:
    first, second = two
    appears(first, area(first, "settlement"), "waits for approval")
    assert mistakes(first) == []
    first.locator("tbody tr", has_text="waits for approval").first.get_by_role("link").click()
    expect(first.get_by_test_id("items").locator("tbody tr")).not_to_have_count(0)
    first.get_by_test_id("approve").click()
    expect(first.get_by_test_id("first-yes")).to_be_visible()
    expect(first.get_by_test_id("approve")).to_have_count(0)
    assert mistakes(first) == []

    second.goto(first.url.partition("?")[0])
    second.get_by_test_id("approve").click()

    expect(second.locator("h1 + .badge")).to_have_text("paid")
    assert mistakes(second) == []
    with second.expect_download() as download:
        second.get_by_test_id("csv").click()
    assert download.value.path().read_text("utf-8-sig").count("\n") > 1


def test_a_difference_is_taken_and_written_off_by_two(two: tuple[Page, Page]) -> None:
    first, second = two
    appears(first, area(first, "reconciliation/queue"), "¥")
    assert mistakes(first) == []
    first.locator("tbody tr a[href*='/items/']").first.click()
    first.get_by_test_id("take").click()
    expect(first.get_by_test_id("owner")).not_to_have_text("nobody")
    first.get_by_test_id("action-write_off").check()
    first.locator("#f-reason").fill("asked the channel, twelve days without an answer")
    first.get_by_test_id("decide").click()
    expect(first.get_by_test_id("asked")).to_contain_text("twelve days")
    expect(first.get_by_test_id("approve")).to_have_count(0)
    assert mistakes(first) == []

    second.goto(first.url.partition("?")[0])
    second.get_by_test_id("approve").click()

    expect(second.get_by_test_id("resolution")).to_be_visible()
    expect(second.get_by_test_id("journal").first).to_be_visible()
    assert mistakes(second) == []


def test_held_money_is_shipped_for_confirmed_and_disputed(operator: Callable[..., Page], merchant: Merchant) -> None:
    session = merchant.session("second-hand", 5200)
    taken = merchant.pay(session, "bal")
    assert taken["next"] == "pay"
    page = operator()
    appears(page, area(page, "transactions"), session["order_no"])
    page.get_by_role("link", name=session["order_no"]).click()
    page.get_by_label("Carrier").fill("SF Express")
    page.get_by_test_id("ship").click()
    expect(page.get_by_test_id("shipment")).to_contain_text("SF Express")
    page.get_by_label("Amount").fill("20")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("released")).to_contain_text("20.00")
    expect(page.get_by_test_id("held")).to_contain_text("32.00")
    page.locator("summary", has_text="ispute").click()
    page.get_by_label("What is wrong").fill("the second parcel is empty")
    page.get_by_test_id("open-dispute").click()
    expect(page.get_by_test_id("dispute")).to_contain_text("empty")
    assert mistakes(page) == []
    page.get_by_test_id("rule").click()
    expect(page.get_by_test_id("held")).to_contain_text("0.00")
    assert mistakes(page) == []


def test_a_balance_is_explained_down_to_the_payment(operator: Callable[..., Page], demo: DemoServer) -> None:
    page = operator()
    appears(page, area(page, "ledger"), "Merchant pending settlement")
    expect(page.get_by_text("balanced").first).to_be_visible()
    page.get_by_role("link", name="2102", exact=True).click()
    page.get_by_role("link", name="2102:CNY:demo-retail/test").first.click()
    assert mistakes(page) == []
    page.locator("a[href*='/journals/']").first.click()

    expect(page.locator("main")).to_contain_text("2901:CNY:pay_")
    assert mistakes(page) == []
