"""Every scenario of the catalogue × every terminal and its form × every method: from the first page to the receipt."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.catalogue import Way, as_params, plans, ways
from tests.browser.conftest import PHONE
from tests.browser.merchant import Merchant
from tests.browser.shopper import act, answers_for, finish_at_channel, open_checkout, pay, reads_receipt, sees

IN_BROWSER = [way for way in ways() if way.in_browser]
NATIVE = [way for way in ways() if not way.in_browser]
KINDS = {"pc", "h5", "mini_program", "ios", "android"}


def shopper_of(way: Way) -> dict[str, object]:
    """Mei pays from her balance; otherwise a new shopper each time, whom no velocity rule has counted yet."""
    balance = next(method for method in way.plan.methods if method.id == way.method).type == "balance"
    return {"id": "mei" if balance else f"shopper-{secrets.token_hex(4)}", "age_days": 400, "real_name": True}


def test_the_catalogue_is_worth_walking_through() -> None:
    assert len(plans()) >= 14
    assert {way.terminal for way in ways()} == KINDS
    assert {way.form for way in ways()} == {"full_screen", "popup", "mobile_site", "regulatory"}


@pytest.mark.parametrize("way", as_params(IN_BROWSER))
def test_pays_to_the_receipt(way: Way, merchant: Merchant, browse: Callable[..., Page]) -> None:
    page = browse(**(PHONE if way.terminal == "h5" else {}))
    session = merchant.session(way.plan.scenario_id, way.amount_minor, terminal=way.terminal, shopper=shopper_of(way))
    open_checkout(page, session)
    expect(page.locator("body")).to_have_class(f"form-{way.form} page-choose tone-neutral")

    pay(page, way.method)
    finish_at_channel(page, session)

    reads_receipt(page, session)


@pytest.mark.parametrize("way", as_params(NATIVE))
def test_a_native_client_pays_with_the_page_model(way: Way, merchant: Merchant, page: Page) -> None:
    """The client draws the page itself, posts the answer, and hands the action's parameters to the channel's kit."""
    session = merchant.session(way.plan.scenario_id, way.amount_minor, terminal=way.terminal, shopper=shopper_of(way))
    model = merchant.page_model(session)
    assert model["form"] == way.form
    offered = [method["id"] for group in ("instant", "regular", "folded") for method in model[group]]
    assert way.method in offered
    said = {
        "fields": answers_for(model["fields"]),
        "consents": [consent["id"] for consent in model["consents"]],
        "payer_ref": "payer-of-the-simulator",
    }

    taken = merchant.pay(session, way.method, **said)
    if taken["next"] == "review":
        taken = merchant.pay(session, way.method, reviewed=True, **said)
    assert taken["next"] == "pay"
    model = taken["page_model"]
    if model["page"] != "paid":
        assert (model["page"], model["action"]["kind"]) == ("invoke", "invoke")
        assert model["action"]["params"]
        page.goto(model["simulator_url"])
        act(page, "approve")
        expect(page.get_by_test_id("simulator")).to_have_attribute("data-state", "paid")

    page.goto(session["url"])
    sees(page, "paid")
    assert merchant.page_model(session)["page"] == "paid"
    reads_receipt(page, session)
