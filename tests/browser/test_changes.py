"""Explaining a checkout and merging two people's edits, in a browser; axe finds nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from tests.browser.test_axe import RULES

pytestmark = pytest.mark.browser


def mistakes(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found] + ["wider than the screen"] * wide


@pytest.mark.parametrize("width", [390, 1280])
def test_a_product_manager_asks_why_a_shopper_sees_what_they_see(operator: Callable[..., Page], width: int) -> None:
    page = operator(viewport={"width": width, "height": 844})
    page.goto(page.url.rpartition("/")[0] + "/publishing/mall-order")
    page.get_by_test_id("explain-link").click()
    page.get_by_label("Amount").fill("128.50")
    page.get_by_label("Shopper's tier").select_option("new")
    page.get_by_label("Shopper's id").fill("lin")
    page.get_by_test_id("explain").click()

    expect(page.get_by_test_id("method-wx")).to_have_attribute("data-state", "visible")
    expect(page.get_by_test_id("order")).to_contain_text("amount = 12850")
    expect(page.get_by_test_id("order")).to_contain_text("shopper.tier = new")
    page.get_by_text("effective values").click()
    expect(page.get_by_role("row", name="timeouts.session")).to_contain_text("base/common")
    assert mistakes(page) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_two_people_edit_one_draft_and_both_edits_are_kept(operator: Callable[..., Page], width: int) -> None:
    mine, theirs = operator(viewport={"width": width, "height": 844}), operator()
    studio = mine.url.rpartition("/")[0] + "/studio"
    mine.goto(f"{studio}/_gallery")
    mine.locator("#id-second-hand").fill(f"merge-{time.time_ns()}")
    mine.get_by_test_id("use-second-hand").click()
    theirs.goto(mine.url)
    source = mine.locator("textarea[name=source]").input_value()
    assert "max_count: 10," in source
    save(theirs, source.replace("max_count: 10,", "max_count: 12,"))
    save(mine, source.replace("max_count: 10,", "max_count: 14,") + "# mine\n" + "late_success: hold\n")

    expect(mine.get_by_test_id("merge")).to_contain_text("late_success")
    assert mistakes(mine) == []
    mine.get_by_test_id("conflict").get_by_label("Your text: 14").check()
    mine.get_by_test_id("save-merged").click()
    merged = mine.locator("textarea[name=source]").input_value()
    assert "max_count: 14," in merged
    assert "late_success: hold" in merged


def save(page: Page, source: str) -> None:
    """What the save button sends; the editor over the text is another test's matter."""
    with page.expect_navigation():
        page.locator("textarea[name=source]").evaluate(
            "(field, text) => { field.value = text; field.form.submit(); }", source
        )
