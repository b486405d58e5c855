"""Every page of the console that a link leads to: accessible, nothing cut off, in both languages and schemes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from tests.browser.test_axe import RULES
from tests.demo_server import DemoServer

LOOKS = [("en", 1280, "light"), ("zh-CN", 390, "dark")]
ID = re.compile(r"\b[a-z]+_[0-9a-z]{26}\b|\b[0-9a-f]{64}\b|[?].*$")
DOWNLOAD = re.compile(r"\.(csv|xlsx|yaml|json)\b|/export")


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


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_is_accessible_and_fits(operator: Callable[..., Page], look: tuple[str, int, str]) -> None:
    locale, width, scheme = look
    page = operator(locale=locale, viewport={"width": width, "height": 844}, color_scheme=scheme)
    seen: set[str] = set()
    waiting, found = [page.url], {}
    while waiting:
        url = waiting.pop(0)
        pattern = ID.sub("…", url)
        if pattern in seen or DOWNLOAD.search(url):
            continue
        seen.add(pattern)
        answer = page.goto(url)
        assert answer is not None
        problems = [
            f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in Axe().run(page, options=RULES).response["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            problems.append("wider than the screen")
        if not answer.ok:
            problems.append(f"status {answer.status}")
        if problems:
            found[pattern] = problems
        links = page.locator("nav.side a, main a").evaluate_all("all => all.map(each => each.href)")
        waiting += [link for link in links if "/admin/u/demo-retail/test/" in link]

    assert not found
    assert len(seen) > 5, seen
