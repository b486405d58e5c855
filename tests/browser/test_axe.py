"""axe finds nothing on any page of any form, in both schemes, on a phone and on a desk."""

from __future__ import annotations

import itertools

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from tests.shots import FORMS, page_html

from checkstand.web.pages.sample import STATES

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
LOOKS = [("zh-CN", 390, "light"), ("ar", 390, "dark"), ("en", 1280, "light")]


@pytest.mark.parametrize(("form", "look"), list(itertools.product(FORMS, LOOKS)), ids=str)
def test_every_page_of_a_form_is_accessible(browser: Browser, form: str, look: tuple[str, int, str]) -> None:
    locale, width, scheme = look
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    found: dict[str, list[str]] = {}
    for state in STATES:
        page.set_content(page_html(form, state, locale, width))
        violations = Axe().run(page, options=RULES).response["violations"]
        if violations:
            found[state] = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in violations]
    context.close()

    assert not found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("locale", ["zh-CN", "en", "ar"])
def test_nothing_is_cut_off_at_320_pixels(browser: Browser, form: str, locale: str) -> None:
    """320 px is also what a 1280 px screen leaves at 400 % zoom."""
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    overflowing = []
    for state in STATES:
        page.set_content(page_html(form, state, locale, 320))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            overflowing.append(state)
    context.close()

    assert not overflowing


@pytest.mark.parametrize("form", FORMS)
def test_every_control_is_large_enough_to_hit(browser: Browser, form: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    small = []
    for state in STATES:
        page.set_content(page_html(form, state, "en", 390))
        small += page.evaluate(
            """() => [...document.querySelectorAll("button:not([tabindex]), [type=radio], .input, summary, a[class]")]
              .filter((e) => e.offsetParent)
              .map((e) => [e.outerHTML.slice(0, 90), (e.closest("label") ?? e).getBoundingClientRect()])
              .filter(([, box]) => box.width < 24 || box.height < 24)
              .map(([html]) => html)"""
        )
    context.close()

    assert not small
