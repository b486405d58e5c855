"""A balance that is too low pays a part, another method the rest, with scripts and without."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.merchant import Merchant
from tests.browser.shopper import finish_at_channel, open_checkout, pay, reads_receipt, sees


@pytest.mark.parametrize("scripts", [True, False], ids=["js", "nojs"])
def test_a_balance_and_a_wallet_pay_one_order(merchant: Merchant, browse: Callable[..., Page], scripts: bool) -> None:
    page = browse(java_script_enabled=scripts)
    shopper = {"id": f"shopper-{secrets.token_hex(4)}"}
    assert merchant.api("POST", "/v1/members", {"external_id": shopper["id"]}).is_success
    recharge = merchant.session("wallet-recharge", 5_000, shopper=shopper)
    open_checkout(page, recharge)
    pay(page, "wx")
    finish_at_channel(page, recharge)
    sees(page, "paid")

    session = merchant.session("mall-order", 8_000, shopper=shopper)
    open_checkout(page, session)
    box = page.get_by_role("checkbox", name="Use balance CN¥50.00, pay the rest CN¥30.00")
    expect(box).not_to_be_checked()
    expect(page.get_by_test_id("method-bal")).to_have_count(0)
    box.check()
    pay(page, "wx")
    sees(page, "qr")
    expect(page.get_by_test_id("leg-1")).to_have_text("CN¥50.00 · set aside")
    expect(page.get_by_test_id("leg-2")).to_have_text("CN¥30.00 · to be paid")
    finish_at_channel(page, session)

    reads_receipt(page, session)
    expect(page.get_by_test_id("fact-leg.1")).to_have_text("CN¥50.00 · paid")
    assert merchant.charged(session) == 3_000
