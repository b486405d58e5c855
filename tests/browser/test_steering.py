"""An experiment is read, stopped and started, a version compared and taken back, in a browser; axe finds nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.test_changes import mistakes, save

pytestmark = pytest.mark.browser


def test_an_experiment_is_read_stopped_and_started_again(operator: Callable[..., Page]) -> None:
    page = operator()
    page.get_by_role("link", name="Experiments").click()
    page.get_by_test_id("experiment").get_by_role("link", name="one-tap").click()

    expect(page.get_by_test_id("verdict")).to_contain_text("paid per exposed")
    expect(page.get_by_test_id("comparison")).not_to_have_count(0)
    with page.expect_download() as download:
        page.get_by_test_id("csv").click()
    assert download.value.path().read_text("utf-8-sig").count("\n") > 3
    decide(page, "stop", "the summer sale")
    expect(page.get_by_test_id("reason")).to_have_text("the summer sale")
    assert mistakes(page) == []
    decide(page, "start", "the sale is over")
    expect(page.get_by_test_id("stop")).to_be_visible()


def test_a_version_says_what_it_changes_and_is_taken_back(operator: Callable[..., Page]) -> None:
    page = operator()
    unit, name = page.url.rpartition("/")[0], f"steer-{time.time_ns()}"
    page.goto(f"{unit}/studio/_gallery")
    page.locator("#id-second-hand").fill(name)
    page.get_by_test_id("use-second-hand").click()
    source = page.locator("textarea[name=source]").input_value()
    publish(page, f"{unit}/publishing/{name}")
    page.goto(f"{unit}/studio/{name}")
    save(page, source + "late_success: hold\n")
    page.goto(f"{unit}/publishing/{name}")
    expect(page.get_by_test_id("changes")).to_contain_text("late_success")
    assert mistakes(page) == []
    publish(page, f"{unit}/publishing/{name}")

    first = page.get_by_test_id("version").nth(1)
    first.get_by_test_id("open-rollback-test").click()
    first.locator("input[name=reason]").fill("shoppers waited for their money")
    first.get_by_test_id("rollback-test").click()

    expect(page.get_by_test_id("history").first).to_contain_text("shoppers waited for their money")
    assert mistakes(page) == []


def decide(page: Page, act: str, reason: str) -> None:
    """Give the reason and press the button beside it."""
    page.get_by_test_id(f"form-{act}").get_by_label("Reason").fill(reason)
    page.get_by_test_id(act).click()


def publish(page: Page, url: str) -> None:
    """Publish the draft to test."""
    page.goto(url)
    page.get_by_test_id("publish").click()
    expect(page.get_by_test_id("draft")).to_have_count(0)
