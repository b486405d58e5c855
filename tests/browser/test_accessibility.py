"""For everybody: axe on real pages of the whole journey, the keyboard alone, narrow screens, reduced motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from tests.browser.catalogue import plans
from tests.browser.conftest import PHONE
from tests.browser.merchant import Merchant
from tests.browser.shopper import act, answer_questions, choose, open_checkout, open_simulator, pay, sees, status
from tests.shots import page_html

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SMALLEST = {"width": 320, "height": 640}  # also a 1280 px screen at 400 %
MOVING = "document.getAnimations().filter((each) => each.playState === 'running').length"
FOCUSED = "document.activeElement.dataset.testid ?? document.activeElement.id"


def complaints(page: Page) -> list[str]:
    """What axe finds, and whether the page has to be scrolled sideways."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    said = [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*said, *(["scrolls sideways"] if wide else [])]


@pytest.mark.parametrize("scenario", [plan.scenario_id for plan in plans()])
def test_the_first_page_of_every_scenario(merchant: Merchant, browse: Callable[..., Page], scenario: str) -> None:
    """A scenario brings its own colours, words and fields; each must work in both schemes and directions."""
    plan = next(plan for plan in plans() if plan.scenario_id == scenario)
    page = browse()
    found: dict[str, list[str]] = {}
    looks = [("en", "light", 1280), ("zh-CN", "dark", 390), ("ar", "light", 320)]
    for (locale, scheme, width), terminal in zip(looks, _screens(plan.terminals), strict=True):
        session = merchant.session(scenario, max(plan.min_minor, 3200), terminal=terminal, locale=locale)
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        open_checkout(page, session)
        if page.get_by_test_id("more-methods").count():
            page.get_by_test_id("more-methods").click()
        if problems := complaints(page):
            found[f"{locale} {scheme} {width} {terminal}"] = problems

    assert found == {}


def _screens(terminals: tuple[str, ...]) -> list[str]:
    wide, narrow = terminals[0], "h5" if "h5" in terminals else terminals[-1]
    return [wide, narrow, narrow]


@pytest.mark.parametrize(
    ("locale", "scheme", "terminal"), [("en", "light", "pc"), ("ar", "dark", "pc"), ("zh-CN", "dark", "h5")]
)
def test_every_page_of_a_journey(
    merchant: Merchant, browse: Callable[..., Page], locale: str, scheme: str, terminal: str
) -> None:
    page = browse(color_scheme=scheme, locale=locale, **(PHONE if terminal == "h5" else {}))
    found: dict[str, list[str]] = {}
    for name, place in _journey(merchant, page, locale, terminal):
        if problems := complaints(place):
            found[name] = problems

    assert found == {}


def _journey(merchant: Merchant, page: Page, locale: str, terminal: str) -> Iterator[tuple[str, Page]]:
    """Each page that a shopper meets, with its name."""

    def at_checkout(**changes: Any) -> dict[str, Any]:
        session = merchant.session(**{"terminal": terminal, "locale": locale, **changes})
        open_checkout(page, session)
        return session

    for scenario, amount, step, shopper in (
        ("travel-booking", 210_000, "review", "mei"),
        ("second-hand", 310_000, "confirm", "fresh"),
    ):
        at_checkout(scenario=scenario, amount_minor=amount, shopper={"id": shopper, "age_days": 1})
        choose(page, "wx")
        page.get_by_test_id("pay").click()
        if step == "review":
            expect(page.get_by_test_id("error-summary")).to_be_visible()
            yield "errors", page
            answer_questions(page)
            page.get_by_test_id("pay").click()
        sees(page, step)
        yield step, page
    session = at_checkout(terminal="pc")
    pay(page, "wx")
    sees(page, "qr")
    yield "qr", page
    phone = open_simulator(page)
    yield "simulator", phone
    act(phone, "refuse")
    expect(phone.get_by_test_id("simulator-result")).to_be_visible()
    yield "simulator refused", phone
    merchant.expire(session)
    phone.reload()
    yield "simulator closed", phone
    sees(page, "expired")
    yield "expired", page
    session = at_checkout()
    pay(page, "ali")
    expect(page.get_by_test_id("simulator")).to_be_visible()
    page.goto(session["url"])
    sees(page, "redirect")
    yield "redirect", page
    page.get_by_test_id("continue").click()
    act(page, "approve")
    sees(page, "paid")
    yield "paid", page
    page.get_by_test_id("receipt").click()
    yield "receipt", page
    session = at_checkout(terminal="mini_program")
    merchant.pay(session, "wx", payer_ref="payer-of-the-simulator")
    page.goto(session["url"])
    sees(page, "invoke")
    yield "invoke", page
    at_checkout(terminal="mini_program")
    pay(page, "wx")
    sees(page, "failed")
    yield "failed", page
    page.goto(f"{merchant.client.base_url}/c/nobody")
    expect(page.get_by_test_id("notice")).to_be_visible()
    yield "notice", page


@pytest.mark.parametrize("form", ["full_screen", "popup", "mobile_site", "regulatory"])
def test_the_keyboard_alone_goes_from_the_page_to_the_receipt(
    merchant: Merchant, browse: Callable[..., Page], form: str
) -> None:
    scenario, terminal = {
        "full_screen": ("mall-order", "pc"),
        "popup": ("popup-embed", "pc"),
        "mobile_site": ("mall-order", "h5"),
        "regulatory": ("pharmacy", "pc"),
    }[form]
    page = browse(viewport={"width": 420, "height": 640} if form == "popup" else PHONE["viewport"])
    session = merchant.session(scenario, terminal=terminal)
    open_checkout(page, session)
    if form == "regulatory":
        _tab_to(page, "field-real_name")
        page.keyboard.type("林梅")
        _tab_to(page, "method-wx")
        page.keyboard.press("Space")
        for consent in ("consent-prescription", "consent-privacy"):
            _tab_to(page, consent)
            page.keyboard.press("Space")
    else:
        _tab_to(page, "method-wx")  # preselected; the arrows choose within the group
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(page.get_by_test_id("method-bal")).to_be_checked()
    _tab_to(page, "pay")
    page.keyboard.press("Enter")
    if form == "regulatory":
        sees(page, "qr")
        with page.context.expect_page() as opened:
            _tab_to(page, "simulator-link")
            page.keyboard.press("Enter")
        phone = opened.value
        expect(phone.get_by_test_id("simulator")).to_be_visible()
        _tab_to(phone, "simulator-approve")
        phone.keyboard.press("Enter")

    sees(page, "paid")
    _tab_to(page, "receipt")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("receipt-page")).to_be_visible()


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until this control has the focus, and see that the focus can be seen."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            break
    else:
        pytest.fail(f"{name} cannot be reached by Tab")
    drawn = "e => { const s = getComputedStyle(e), l = getComputedStyle(e.closest('label') ?? e);"
    drawn += " return [s, l].some((x) => x.outlineStyle !== 'none' || x.boxShadow !== 'none'); }"
    assert page.locator(":focus").evaluate(drawn), f"{name} does not show its focus"


@pytest.mark.parametrize("wish", ["no-preference", "reduce"])
def test_nothing_moves_for_those_who_asked_for_it(browse: Callable[..., Page], wish: str) -> None:
    page = browse(reduced_motion=wish)
    page.set_content(page_html("full_screen", "waiting", "en"))
    expect(status(page)).to_be_visible()

    assert (page.evaluate(MOVING) == 0) is (wish == "reduce")


@pytest.mark.parametrize("path", ["", "checkouts", "embed", "orders"])
def test_the_storefront_fits_the_smallest_screen(merchant: Merchant, browse: Callable[..., Page], path: str) -> None:
    page = browse(viewport=SMALLEST)

    page.goto(f"{merchant.shop_url}{path}")

    assert complaints(page) == []
