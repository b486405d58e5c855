"""Every page of the console that a link leads to: accessible, nothing cut off, in both languages and schemes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from tests.browser.test_axe import RULES

LOOKS = [("en", 1280, "light"), ("zh-CN", 390, "dark")]
ID = re.compile(r"\b[a-z]+_[0-9a-z]{26}\b|\b[0-9a-f]{64}\b|[?].*$")
DOWNLOAD = re.compile(r"\.(csv|xlsx|yaml|json)\b|/export")


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
        links = page.locator("nav.side a, main a:not([download])").evaluate_all("all => all.map(each => each.href)")
        waiting += [link for link in links if "/admin/u/demo-retail/test/" in link]

    assert not found
    assert len(seen) > 5, seen
