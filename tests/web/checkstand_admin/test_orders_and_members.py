"""Operations: orders lead to their payments, members to their balances."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from tests.web.checkstand_admin.engines import on_both_engines
from tests.web.checkstand_admin.sales import MEMBERS, PAYMENTS, listed, paid
from tests.world import LANTERN, RIVAL, World

from checkstand.monitoring.audit import audit_page


@on_both_engines
def test_orders_lead_to_their_payments(world: World, people: Any) -> None:
    payment = paid(world, order_no="a.b:c")
    world.session()
    owner = people("owner")
    page = owner.get(f"{PAYMENTS}/orders")

    assert page.text.count('data-testid="order"') == 2
    assert owner.get(f"{PAYMENTS}/orders", params={"status": "paid"}).text.count('data-testid="order"') == 1
    assert "No such order" in owner.get(f"{PAYMENTS}/orders", params={"q": "%"}).text
    one = owner.get(f"{PAYMENTS}/orders", params={"q": "a.b:c"}).text
    link = unescape(re.search(r'href="([^"]+)" data-testid="order"', one).group(1))
    assert listed(owner.get(link)) == [payment]


@on_both_engines
def test_a_members_balance_is_found_by_the_units_own_id(world: World, people: Any) -> None:
    member = world.member("mei_1", 20_000)
    body = world.session_body()
    body["shopper"] = {"id": "mei_1"}
    session = world.api("POST", "/v1/checkout-sessions", body).json()
    world.pay(session, "bal")
    finance = people("finance")
    page = finance.get(MEMBERS, params={"q": "mei_1"}).text

    assert "¥71.00" in page
    assert "No such member" in finance.get(MEMBERS, params={"q": "mei%"}).text
    read = finance.get(f"{MEMBERS}/{member}")
    assert read.status_code == 200
    assert "-CN¥129.00" in read.text
    assert read.text.count("<tr>") == 3
    with world.platform.db.read() as connection:
        actions = {line.action for line in audit_page(connection, LANTERN)}
    assert {"member.read", "members.list"} <= actions
    assert people("rival").get(f"{MEMBERS.replace(LANTERN, RIVAL)}/{member}").status_code == 404
    assert finance.get(f"{MEMBERS}/{member}".replace("/test/", "/live/")).status_code == 404
    # A currency in which this member has no account (XXX is ISO 4217's "no currency"): an empty page, no error.
    assert finance.get(f"{MEMBERS}/{member}", params={"before": "2", "currency": "XXX"}).status_code == 200
