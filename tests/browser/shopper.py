"""What Mei does, step by step; each step waits for what she would wait for."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

# An answer to each type of question that a scenario may ask.
ANSWERS = {
    "text": "Lantern Books",
    "email": "mei@example.com",
    "phone": "13800138000",
    "real_name": "林梅",
    "id_number": "11010519491231002X",
    "checkbox": "true",
}


def status(page: Page) -> Locator:
    return page.get_by_test_id("payment-status")


def sees(page: Page, *pages: str) -> None:
    """Wait until the checkout shows one of these pages."""
    expect(status(page)).to_have_attribute("data-status", re.compile(f"^({'|'.join(pages)})$"))


def open_checkout(page: Page, session: dict[str, Any], expected: str = "choose") -> None:
    page.goto(session["url"])
    sees(page, expected)


def answer_questions(page: Page) -> None:
    """Fill in every question and tick every box that the page shows."""
    for box in page.locator("form.pay-form input[type=checkbox]:not([name=use_balance])").all():
        box.check()
    for choice in page.locator("form.pay-form select").all():
        choice.select_option(index=1)
    for field in page.locator("form.pay-form input.input").all():
        field.fill(_answer_for(field))


def _answer_for(field: Locator) -> str:
    name, kind = field.get_attribute("name") or "", field.get_attribute("type") or "text"
    if kind in ("email", "tel"):
        return ANSWERS["email" if kind == "email" else "phone"]
    if "id_number" in name:
        return ANSWERS["id_number"]
    return ANSWERS["real_name"] if name in REAL_NAMES else ANSWERS["text"]


REAL_NAMES = ("field.real_name", "field.guest_name", "field.holder")


def answers_for(fields: list[dict[str, Any]]) -> dict[str, str]:
    """The same answers for a native client's page model."""
    return {
        field["id"]: field["options"][0][0] if field["options"] else ANSWERS[field["type"]][: field["max_length"]]
        for field in fields
    }


def choose(page: Page, method_id: str) -> Locator:
    """Choose a method; tells the button that pays with it."""
    method = page.get_by_test_id(f"method-{method_id}")
    more = page.get_by_test_id("more-methods")
    expect(method).to_be_attached()
    if more.count() and not method.is_visible():
        more.click()
    if method.evaluate("element => element.tagName") == "BUTTON":
        return method
    method.check()
    return page.get_by_test_id("pay")


def pay(page: Page, method_id: str) -> None:
    """Answer, choose, press pay, and go through the steps that ask once more."""
    answer_questions(page)
    choose(page, method_id).click()
    for _ in range(2):
        step = shown(page)
        if step not in ("review", "confirm"):
            return
        page.get_by_test_id("pay").click()
        expect(page.locator(f'[data-testid="payment-status"][data-status="{step}"]')).to_have_count(0)


def shown(page: Page) -> str:
    """Where Mei is now: the checkout's page, or `simulator` at the channel."""
    place = page.locator('[data-testid="payment-status"], [data-testid="simulator"]').first
    return place.get_attribute("data-status") or "simulator"


def open_simulator(page: Page) -> Page:
    """Follow the link of a test-mode page; it opens another tab, as another device would."""
    with page.context.expect_page() as opened:
        page.get_by_test_id("simulator-link").click()
    return opened.value


def act(page: Page, action: str) -> None:
    """Play the shopper at the channel: approve, refuse or abandon."""
    page.get_by_test_id(f"simulator-{action}").click()


def finish_at_channel(page: Page, session: dict[str, Any]) -> None:
    """Approve wherever the channel asks for it: in this tab, or on what stands for another device."""
    where = shown(page)
    if where == "paid":
        return
    if where == "redirect" and page.locator('[data-testid="continue"][target="_blank"]').count():
        # A popup stays where it is, because its page may not be left; the channel opens beside it.
        # Any other page leaves by itself, perhaps already: counting, unlike reading, doesn't wait for it.
        with page.context.expect_page() as opened:
            page.get_by_test_id("continue").click()
        act(opened.value, "approve")
        expect(status(opened.value)).to_be_visible()
        opened.value.close()
        return
    if where in ("redirect", "simulator"):  # the page just shown leads there by itself
        act(page, "approve")
        done = page.locator('[data-testid="payment-status"], [data-testid="simulator-result"]').first
        expect(done).to_be_visible()
        if not status(page).count():
            page.goto(session["url"])
        return
    channel = open_simulator(page)
    act(channel, "approve")
    expect(channel.get_by_test_id("simulator")).to_have_attribute("data-state", "paid")
    channel.close()


def reads_receipt(page: Page, session: dict[str, Any]) -> None:
    """The way ends at a receipt that names the order."""
    sees(page, "paid")
    page.get_by_test_id("receipt").click()
    expect(page.get_by_test_id("receipt-page")).to_be_visible()
    expect(page.get_by_test_id("fact-order_no")).to_have_text(session["order_no"])
