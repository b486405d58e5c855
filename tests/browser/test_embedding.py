"""The popup inside a merchant's page on another origin, against the running demo."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from tests.browser.merchant import Merchant
from tests.browser.shopper import act

SHOP = "https://shop.example"  # on the allow-list of scenarios/popup-embed.yaml
RIVAL = "https://rival.example"


def open_popup(page: Page, merchant: Merchant, origin: str) -> dict[str, object]:
    """A page of this origin that opens the checkout and writes down every message it hears."""
    session = merchant.session("popup-embed")
    home = str(merchant.client.base_url).rstrip("/")
    body = f"""<!doctype html><title>Shop</title><button id="buy">Buy</button><ol id="heard"></ol>
      <script src="{home}/embed.js"></script><script>
      const note = (text) => heard.insertAdjacentHTML("beforeend", `<li>${{text}}</li>`);
      addEventListener("message", (event) => {{ if (event.origin !== "{home}") note("stranger " + event.origin); }});
      buy.onclick = () => Checkstand.open("{session["url"]}", {{
        onReady: ({{ page }}) => note("ready " + page), onPaid: () => note("paid"),
        onClosed: ({{ paid }}) => note("closed " + paid),
      }});
      </script>"""
    page.route(f"{origin}/**", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(f"{origin}/basket")
    page.locator("#buy").click()
    return session


def test_a_listed_shop_opens_the_popup_and_hears_that_it_is_paid(merchant: Merchant, page: Page) -> None:
    open_popup(page, merchant, SHOP)
    popup, heard = page.frame_locator("dialog iframe"), page.locator("#heard li")
    expect(heard).to_have_text(["ready choose"])

    popup.get_by_test_id("method-wx").check()
    popup.get_by_test_id("pay").click()
    with page.context.expect_page() as opened:
        popup.get_by_test_id("simulator-link").click()
    act(opened.value, "approve")

    expect(popup.get_by_test_id("payment-status")).to_have_attribute("data-status", "paid")
    expect(heard).to_have_text(["ready choose", "ready qr", "ready paid", "paid"])
    popup.locator("[data-close]").click()
    expect(heard.last).to_have_text("closed true")
    expect(page.locator("iframe")).to_have_count(0)


def test_escape_closes_the_popup_and_the_focus_returns(merchant: Merchant, page: Page) -> None:
    open_popup(page, merchant, SHOP)
    expect(page.locator("#heard li")).to_have_text(["ready choose"])

    page.keyboard.press("Escape")

    expect(page.locator("#heard li").last).to_have_text("closed false")
    expect(page.locator("#buy")).to_be_focused()


def test_a_page_that_is_not_listed_is_shown_nothing(merchant: Merchant, page: Page) -> None:
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        open_popup(page, merchant, RIVAL)

    expect(page.frame_locator("dialog iframe").get_by_test_id("payment-status")).to_have_count(0)
    expect(page.locator("#heard li")).to_have_count(0)
