"""The checkout's scripts in a real browser, under the real policy; the network is played by the test."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from checkstand.cashier import PageUrls, build_page
from checkstand.web.pages import assets
from checkstand.web.pages.render import Rendered, default_renderer
from checkstand.web.pages.sample import STATES, sample_view

pytestmark = pytest.mark.browser

PAY = "https://pay.example"
FORMS = ("full_screen", "popup", "mobile_site", "regulatory")
SHOP_PAGE = """<!doctype html><title>Shop</title><button id="go">Pay</button><ol id="heard"></ol>
<script src="https://pay.example/embed.js"></script><script>
const note = (text) => heard.insertAdjacentHTML("beforeend", `<li>${text}</li>`);
go.onclick = () => Checkstand.open("https://pay.example/c/sample", {
  onReady: ({ page }) => note(`ready ${page}`),
  onPaid: () => note("paid"),
  onClosed: ({ paid }) => note(`closed ${paid}`),
});
</script>"""


class Checkout:
    """Answers for pay.example with rendered pages, and for other hosts with a shop."""

    def __init__(self, page: Page, form: str = "full_screen", state: str = "choose") -> None:
        self.page, self.form, self.state = page, form, state
        self.posts = 0
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route("**/*", self._answer)

    def rendered(self) -> Rendered:
        view = sample_view(self.form, "pc", "en", self.state)
        return default_renderer().page(build_page(view, urls=PageUrls.of("sample")))

    def _answer(self, route: Route) -> None:
        where = urlsplit(route.request.url)
        files = {asset.url: asset for asset in assets.inventory().values()} | {"/embed.js": assets.embed()}
        if where.hostname != "pay.example":
            route.fulfill(body=SHOP_PAGE, content_type="text/html")
        elif where.path in files:
            route.fulfill(body=files[where.path].body, content_type=files[where.path].media_type)
        elif where.path.endswith("/status"):
            self.state = "paid"
            route.fulfill(headers={"hx-redirect": "/c/sample"}, body="")
        elif route.request.method == "POST":
            self.posts += 1  # and no answer: the network is slow
        else:
            route.fulfill(body=self.rendered().html, headers=dict(self.rendered().headers))


@pytest.fixture
def checkout(page: Page) -> Callable[..., Checkout]:
    return lambda *told: Checkout(page, *told)


@pytest.mark.parametrize("form", FORMS)
def test_the_policy_lets_everything_through_that_a_page_needs(checkout, page: Page, form: str) -> None:
    told = checkout(form)
    for state in [state for state in STATES if state not in {"review", "confirm"}]:
        told.state = state
        page.goto(f"{PAY}/c/sample")

    assert not told.complaints


def test_a_waiting_page_finds_out_by_itself(checkout, page: Page) -> None:
    told = checkout("full_screen", "waiting")
    page.goto(f"{PAY}/c/sample")

    expect(page.get_by_test_id("payment-status")).to_have_attribute("data-status", "paid", timeout=10_000)
    assert not told.complaints


def test_a_second_click_is_not_sent(checkout, page: Page) -> None:
    told = checkout()
    page.goto(f"{PAY}/c/sample")

    busy = page.get_by_test_id("pay").evaluate("(pay) => { pay.click(); pay.click(); return pay.ariaBusy; }")
    page.wait_for_timeout(500)

    assert busy == "true"
    assert told.posts == 1


def test_the_countdown_runs(checkout, page: Page) -> None:
    checkout()
    page.goto(f"{PAY}/c/sample")

    expect(page.locator(".deadline .number").first).to_have_text("12:58", timeout=10_000)


def test_the_shop_hears_what_happens_in_its_popup(checkout, page: Page) -> None:
    checkout("popup", "waiting")
    page.goto("https://shop.example/basket")
    page.locator("#go").click()

    expect(page.locator("#heard li")).to_have_text(["ready waiting", "ready paid", "paid"], timeout=10_000)
    page.frame_locator("iframe").get_by_label("Close").click()
    expect(page.locator("#heard li").last).to_have_text("closed true")
    expect(page.locator("iframe")).to_have_count(0)


def test_a_page_that_is_not_listed_cannot_frame_the_checkout(checkout, page: Page) -> None:
    told = checkout("popup", "choose")
    page.goto("https://evil.example/")
    page.locator("#go").click()
    page.wait_for_timeout(500)

    assert any("frame-ancestors" in complaint for complaint in told.complaints)
    expect(page.locator("#heard li")).to_have_count(0)
