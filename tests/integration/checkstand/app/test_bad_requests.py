"""Whatever is sent, the answer is clear and nothing changes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import WriteSet
from checkstand.infra.db import metadata
from checkstand.kernel import new_id
from checkstand.member import find_key, revoke_op


def rows(world: World) -> dict[str, int]:
    """How many rows each table has; that a key was used is written behind the answer, so it does not count."""
    with world.platform.db.read() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar() or 0
            for name, table in metadata.tables.items()
            if name != "api_key_use"
        }


def order(**changes: Any) -> dict[str, Any]:
    return {"order_no": new_id("no"), "amount": {"minor": 100, "currency": "CNY"}, "title": "One novel", **changes}


BAD = [
    ({"order": order(amount={"minor": 0, "currency": "CNY"})}, 400, "/order/amount/minor"),
    ({"order": order(amount={"minor": -5, "currency": "CNY"})}, 400, "/order/amount/minor"),
    ({"order": order(amount={"minor": 12.5, "currency": "CNY"})}, 400, "/order/amount/minor"),
    ({"order": order(amount={"minor": "100", "currency": "CNY"})}, 400, "/order/amount/minor"),
    ({"order": order(amount={"minor": True, "currency": "CNY"})}, 400, "/order/amount/minor"),
    ({"order": order(amount={"minor": 10_000_001, "currency": "CNY"})}, 400, "/order/amount/minor"),
    ({"order": order(amount={"minor": 10**15, "currency": "CNY"})}, 400, "/order/amount/minor"),
    ({"order": order(amount={"minor": 100, "currency": "USD"})}, 400, "/order/amount/currency"),
    ({"order": order(amount={"minor": 100, "currency": "yuan"})}, 400, "/order/amount/currency"),
    ({"order": order(order_no="")}, 400, "/order/order_no"),
    ({"order": order(order_no="a b")}, 400, "/order/order_no"),
    ({"order": order(title="")}, 400, "/order/title"),
    ({"order": order(colour="red")}, 400, "/order"),
    ({"order": order(lines=[{"name": "x", "quantity": 0}])}, 400, "/order/lines/0/quantity"),
    ({"terminal": "fax"}, 400, "/terminal"),
    ({"scenario": "no-such"}, 404, "/scenario"),
    ({"surprise": 1}, 400, ""),
    ({"shopper": {"country": "china"}}, 400, "/shopper/country"),
    ({"shopper": {"risk": 101}}, 400, "/shopper/risk"),
    ({"shopper": {"tier": "gold-plated"}}, 400, "/shopper/tier"),
    ({"return_url": "javascript:alert(1)"}, 400, "/return_url"),
]


@pytest.mark.parametrize(("change", "status", "pointer"), BAD, ids=[str(i) for i in range(len(BAD))])
def test_a_bad_field_is_named_and_nothing_is_stored(
    world: World, change: dict[str, Any], status: int, pointer: str
) -> None:
    before = rows(world)

    answer = world.api("POST", "/v1/checkout-sessions", {**world.session_body(), **change})

    problem = answer.json()
    assert (answer.status, problem.get("pointer")) == (status, pointer), problem
    assert problem["code"]
    assert problem["remedy"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert rows(world) == before


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'{"scenario": "mall-order"} x', b"\xff\xfe"])
def test_what_is_no_json_object_is_refused(world: World, raw: bytes) -> None:
    assert world.api("POST", "/v1/checkout-sessions", raw).status == 400


def test_a_body_that_is_too_large_is_refused(world: World) -> None:
    answer = world.api("POST", "/v1/checkout-sessions", b'"' + b"x" * 70_000 + b'"')

    assert (answer.status, answer.json()["code"]) == (413, "request.too_large")


def test_without_a_key_nothing_is_told(world: World) -> None:
    answer = world.call("POST", "http://127.0.0.1:8000/v1/checkout-sessions", b"{}", {})

    assert (answer.status, answer.json()["code"]) == (401, "auth.key_missing")


def test_a_wrong_key_is_refused(world: World) -> None:
    assert world.api("GET", "/v1/payments", key="sk_test_nobody").json()["code"] == "auth.key_wrong"


def test_a_revoked_key_is_refused_from_that_moment(world: World) -> None:
    with world.platform.db.read() as connection:
        row = find_key(connection, world.api_key)
    assert row is not None
    world.platform.poster.commit(WriteSet(ops=[revoke_op(LANTERN, row.api_key_id, world.clock.now())]))
    world.later(seconds=5)

    assert world.api("GET", "/v1/payments").json()["code"] == "auth.key_wrong"


def test_another_business_unit_sees_nothing_of_ours(world: World) -> None:
    session = world.session()
    world.pay(session)
    payment_id = world.view(session).payments[0].payment_id
    rival = world.keys[RIVAL]
    refund = {"amount": {"minor": 1, "currency": "CNY"}}

    answers = [
        world.api("GET", f"/v1/checkout-sessions/{session['id']}", key=rival),
        world.api("GET", f"/v1/checkout-sessions/{session['id']}/page-model", key=rival),
        world.api("POST", f"/v1/checkout-sessions/{session['id']}/expiry", key=rival),
        world.api("POST", f"/v1/checkout-sessions/{session['id']}/payments", {"method": "wx"}, key=rival),
        world.api("GET", f"/v1/payments/{payment_id}", key=rival),
        world.api("POST", f"/v1/payments/{payment_id}/refunds", refund, key=rival),
    ]

    assert [answer.status for answer in answers] == [404] * 6
    assert world.api("GET", "/v1/payments", key=rival).json()["data"] == []


def test_the_same_key_and_body_give_the_stored_answer(world: World) -> None:
    body = world.session_body()

    first = world.api("POST", "/v1/checkout-sessions", body, idempotency_key="k-1")
    before = rows(world)
    second = world.api("POST", "/v1/checkout-sessions", body, idempotency_key="k-1")

    assert first.body == second.body
    assert second.headers["idempotency-replayed"] == "true"
    assert rows(world) == before


def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    world.api("POST", "/v1/checkout-sessions", world.session_body(), idempotency_key="k-1")

    answer = world.api("POST", "/v1/checkout-sessions", world.session_body(), idempotency_key="k-1")

    assert (answer.status, answer.json()["code"]) == (422, "idempotency.mismatch")


def test_the_same_order_again_is_the_same_checkout(world: World) -> None:
    body = world.session_body()

    first = world.api("POST", "/v1/checkout-sessions", body).json()
    second = world.api("POST", "/v1/checkout-sessions", body).json()

    assert first["id"] == second["id"]


def test_the_same_order_number_with_another_amount_is_refused(world: World) -> None:
    body = world.session_body()
    world.api("POST", "/v1/checkout-sessions", body)
    body["order"]["amount"]["minor"] += 1

    answer = world.api("POST", "/v1/checkout-sessions", body)

    assert (answer.status, answer.json()["code"]) == (422, "order.number_taken")


def test_paying_a_finished_session_changes_nothing(world: World) -> None:
    world.member("mei", 50_000)
    session = world.session()
    world.pay(session, "bal")
    before = world.balance("mei")

    world.pay(session, "bal")
    world.pay(session, "wx")

    assert world.balance("mei") == before
    assert len(world.view(session).payments) == 1


def test_an_unknown_token_is_a_page_that_says_so(world: World) -> None:
    answer = world.browse("GET", "http://127.0.0.1:8000/c/nobody")

    assert answer.status == 404
    assert "text/html" in answer.headers["content-type"]


def test_a_form_from_another_site_is_refused(world: World) -> None:
    session = world.session()

    answer = world.browse("POST", f"{session['url']}/payments", {"method": "wx"}, {"origin": "https://evil.example"})

    assert answer.status == 403
    assert world.view(session).payments == ()


def test_a_notification_nobody_signed_is_refused(world: World) -> None:
    account = world.platform.channel_accounts.active(LANTERN, "test")[0]
    before = rows(world)

    answer = world.call("POST", f"http://127.0.0.1:8000/n/{account.channel}/{account.channel_account_id}", b"{}", {})

    assert answer.status != 200 or answer.body != b"success"
    assert rows(world) == before


def test_a_live_webhook_endpoint_on_a_private_address_is_refused(world: World) -> None:
    from checkstand.infra.webhooks import AddressPolicy, Sender, WebhookAddressRefused

    with pytest.raises(WebhookAddressRefused):
        Sender().check("https://10.0.0.7/hooks", AddressPolicy.of("live", allow_private=False))
