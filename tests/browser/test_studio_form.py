"""The studio's form over the text in a browser: dragging, the arrows, a rule's fields, and what stands beside them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from tests.browser.test_axe import RULES


def begin(page: Page) -> Page:
    """A draft of the marketplace template, open in the studio."""
    studio = page.url.rpartition("/")[0] + "/studio"
    page.goto(f"{studio}/_gallery")
    page.locator("#id-second-hand").fill(f"form-{time.time_ns()}")
    page.get_by_test_id("use-second-hand").click()
    expect(page.get_by_test_id("rules")).to_be_visible()
    return page


def order(page: Page) -> list[str | None]:
    return [row.get_attribute("data-method") for row in page.locator("[data-method]").all()]


def drag(page: Page, grip: Locator, onto: Locator) -> None:
    grip.scroll_into_view_if_needed()
    start, end = grip.bounding_box(), onto.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 8, end["y"] + end["height"] - 2, steps=12)


def test_a_method_is_dragged_to_its_place_and_focus_and_a_sentence_go_with_it(operator: Callable[..., Page]) -> None:
    page = begin(operator())
    first, second, third = order(page)
    grips, rows = page.locator("[data-grip]"), page.locator("[data-method]")

    drag(page, grips.nth(0), rows.nth(2))
    page.keyboard.press("Escape")
    page.mouse.up()
    assert order(page) == [first, second, third]

    drag(page, grips.nth(0), rows.nth(2))
    page.mouse.up()
    expect(page.locator("#method-moved")).to_have_text("WeChat Pay is now 3 of 3.")
    assert order(page) == [second, third, first]
    expect(page.get_by_test_id(f"method-{first}").get_by_role("button", name="Move WeChat Pay up")).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.locator("#method-moved")).to_have_text("WeChat Pay is now 2 of 3.")
    assert order(page) == [second, first, third]
    expect(page.get_by_role("button", name="Move WeChat Pay up")).to_be_focused()


def test_a_rule_is_written_with_fields_that_follow_the_variable(operator: Callable[..., Page]) -> None:
    page = begin(operator())
    form = page.get_by_test_id("rule")
    form.locator("summary").click()
    form.get_by_label("Balance").check()
    form.get_by_label("Comparison 1: what is compared").select_option("shopper.tier")
    expect(form.get_by_label("Comparison 1: how").locator("option:not([disabled])")).to_have_text(
        ["is", "is not", "is one of", "is none of"]
    )
    form.get_by_label("Comparison 1: with which value").fill("new")
    form.get_by_label("Comparison 2: what is compared").select_option("amount")
    form.get_by_label("Comparison 2: how").select_option(">")
    form.get_by_label("Comparison 2: with which value").fill("5000")
    page.get_by_test_id("rule-save").click()

    expect(page.get_by_test_id("rule-rule-1")).to_contain_text(
        "Hide Balance when the shopper is new and the amount is above ¥5,000.00."
    )
    page.get_by_role("button", name="Remove the rule rule-1").click()
    expect(page.get_by_test_id("rule-rule-1")).to_have_count(0)


def test_the_money_flow_follows_a_field_at_once(operator: Callable[..., Page]) -> None:
    page = begin(operator())
    expect(page.get_by_test_id("flow")).to_contain_text("¥256.45")

    page.get_by_label("Fee (percent)").fill("2")

    expect(page.get_by_test_id("flow")).to_contain_text("¥252.84")


@pytest.mark.parametrize(
    ("locale", "options"),
    [
        ("en", {"color_scheme": "dark"}),
        ("zh-CN", {"color_scheme": "light", "viewport": {"width": 390, "height": 844}}),
    ],
    ids=["en-dark-wide", "zh-light-phone"],
)
def test_axe_finds_nothing_in_the_form_and_nothing_sticks_out(
    operator: Callable[..., Page], locale: str, options: dict[str, object]
) -> None:
    page = begin(operator(locale=locale, **options))
    page.locator('[value="rule_open:risky-balance"]').click()
    expect(page.get_by_test_id("rule")).to_have_attribute("open", "")

    found = Axe().run(page, context="main", options=RULES)

    assert found.response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
