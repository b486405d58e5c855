"""One demo and one browser for each worker, a new context for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.merchant import Merchant
from tests.demo_server import DemoServer

HERE = Path(__file__).parent
PATIENCE_MS = 30_000  # a loaded machine is slow, not broken
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}

expect.set_options(timeout=PATIENCE_MS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers come last: quick answers first, and Playwright's event loop stays out of other tests' threads."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """A shop that a test plays has no address, so Chromium would not let it frame a server on this machine."""
    arguments = [*browser_type_launch_args["args"], "--disable-features=LocalNetworkAccessChecks"]
    return {**browser_type_launch_args, "args": arguments}


@pytest.fixture(scope="session")
def lantern(demo: DemoServer) -> Merchant:
    """The demo's merchant, whose server these tests play."""
    return Merchant(demo.address)


@pytest.fixture
def merchant(lantern: Merchant) -> Iterator[Merchant]:
    """The same, without faults of an earlier test."""
    yield lantern
    lantern.no_faults()


@pytest.fixture
def browse(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Callable[..., Page]]:
    """Opens a browser of its own with one page: `browse(java_script_enabled=False, **PHONE)`."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{**browser_context_args, **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(browse: Callable[..., Page]) -> Page:
    return browse()


@pytest.fixture
def operator(browse: Callable[..., Page], demo: DemoServer) -> Callable[..., Page]:
    """The demo's administrator, signed in: `operator(locale="zh-CN", viewport=…)`."""

    def open_page(*, locale: str = "en", **options: Any) -> Page:
        page = browse(**options)
        page.context.add_cookies(
            [{"name": "cs_locale", "value": locale, "url": f"{demo.base_url}/admin"}]  # as the language switch sets it
        )
        page.goto(demo.address["admin_url"])
        page.get_by_label("E-mail" if locale == "en" else "邮箱").fill(demo.address["admin_email"])
        page.locator("input[name=password]").fill(demo.address["admin_password"])
        page.get_by_test_id("sign-in").click()
        page.get_by_test_id("unit-demo-retail").click()
        return page

    return open_page
