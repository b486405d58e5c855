"""The console's main jobs without a mouse: no click, no address typed after the sign-in page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.keyboard import Keyboard
from tests.browser.merchant import Merchant
from tests.demo_server import DemoServer

LOOKS = [{"width": 1280, "height": 800}, {"width": 390, "height": 844}]


@pytest.mark.parametrize("viewport", LOOKS, ids=lambda size: str(size["width"]))
def test_the_main_jobs_need_no_mouse(
    browse: Callable[..., Page], demo: DemoServer, merchant: Merchant, viewport: dict[str, int]
) -> None:
    session = merchant.session(amount_minor=2_900)
    assert merchant.pay(session, "bal")
    page = browse(viewport=viewport)
    keys, scenario = Keyboard(page), f"keyboard-{time.time_ns() % 10**9}"

    page.goto(demo.address["admin_url"])
    keys.tab_to("name=email")
    keys.write(demo.address["admin_email"])
    keys.tab_to("name=password")
    keys.write(demo.address["admin_password"])
    keys.follow()
    expect(page.get_by_test_id("unit-demo-retail")).to_be_visible()

    keys.tab_to("unit-demo-retail")
    keys.follow()
    expect(page.get_by_test_id("mode-banner")).to_be_visible()
    keys.tab_to("skip", most=1)
    keys.press()
    expect(page.locator("main")).to_be_focused()
    keys.step()
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)"), keys.focused()

    _go(keys, "nav-studio")
    keys.tab_to("gallery")
    keys.follow()
    keys.tab_to("id=id-mall-order")
    keys.write(scenario)
    keys.follow()
    expect(page.get_by_test_id("save")).to_be_visible()

    keys.tab_to("name=primary")
    keys.write("#7a1fa2")
    keys.follow()  # Enter in a field saves
    expect(page.get_by_test_id("source")).to_contain_text("#7a1fa2")

    keys.tab_to("publish")
    keys.follow()
    keys.tab_to("publish")
    keys.follow()
    expect(page.get_by_test_id("pointer-test")).to_have_attribute("data-version", re.compile("[0-9a-f]{64}"))
    expect(page.get_by_test_id("flash")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("pointer-test")).to_be_visible()
    expect(page.get_by_test_id("flash")).to_have_count(0)  # said once

    _go(keys, "nav-payments")
    keys.tab_to("name=q")
    keys.write(session["order_no"])
    keys.follow()
    expect(page.get_by_test_id("payment")).to_have_count(1)
    keys.tab_to("payment")
    keys.follow()
    keys.tab_to("refund-link")
    keys.follow()
    keys.tab_to("name=amount")
    keys.write("10.00")
    keys.tab_to("name=reason")
    keys.write("one page was blank")
    keys.tab_to("refund")
    keys.follow("Space")
    expect(page.get_by_test_id("flash")).to_be_visible()
    expect(page.locator("main")).to_contain_text("one page was blank")

    _go(keys, "nav-developers")
    keys.tab_to("tab-keys")
    keys.follow()
    keys.tab_to("create-key")
    keys.follow()
    expect(page.get_by_test_id("secret")).to_contain_text("sk_test_")

    keys.tab_to("me-menu")
    keys.press()
    keys.tab_to("sign-out", most=3)
    keys.follow()
    expect(page.get_by_test_id("sign-in")).to_be_visible()


def _go(keys: Keyboard, area: str) -> None:
    """To an area by the navigation; the page has been left when the new one marks it as the current one."""
    keys.tab_to(area)
    keys.follow()
    expect(keys.page.get_by_test_id(area)).to_have_attribute("aria-current", "page")
