"""From a session to a paid order, over the public API, the cashier's pages and the channels' wire."""

from __future__ import annotations

import pytest
from tests.world import LANTERN, World

from checkstand.app.session_view import session_view
from checkstand.cashier import page_for
from checkstand.cashier.store import session_by_token


def wait_for_notification(world: World) -> None:
    """Simulators deliver on their own loop; let it have its turn, then apply what arrived."""
    world.settle()


@pytest.mark.parametrize("method", ["wx", "ali"])
def test_a_shopper_pays_and_the_merchant_is_told(world: World, method: str) -> None:
    session = world.session()
    world.pay(session, method)

    world.shop(session, "approve")
    wait_for_notification(world)

    view = world.view(session)
    assert (view.order_status, view.status, view.payments[0].status) == ("PAID", "complete", "SUCCEEDED")
    assert world.sender.types() == ["payment.succeeded"]
    told = world.sender.told[0]["data"]
    assert told["order_no"] == session["order_no"]
    assert told["payment"]["amount"] == {"minor": 12900, "currency": "CNY"}


def test_the_fee_is_booked_and_the_merchant_gets_the_rest(world: World) -> None:
    session = world.session(minor=10_000)
    world.pay(session, "wx")
    world.shop(session)
    wait_for_notification(world)

    story = world.story(session)
    booked = {journal["kind"]: journal["entries"] for journal in story["journals"]}
    sides = {(entry["account"].split(":")[0], entry["credit_minor"]) for entry in booked["pay"]}
    assert ("2102", 9_940) in sides
    assert ("4001", 60) in sides
    cost = {(entry["account"].split(":")[0], entry["debit_minor"]) for entry in booked["channel_cost"]}
    assert ("5001", 38) in cost


def test_a_balance_pays_at_once(world: World) -> None:
    world.member("mei", 20_000)
    session = world.session()

    world.pay(session, "bal")

    assert world.view(session).order_status == "PAID"
    assert world.balance("mei") == 20_000 - 12_900


def test_a_balance_that_is_too_low_is_not_offered_but_a_race_still_cannot_overdraw_it(world: World) -> None:
    world.member("mei", 20_000)
    first, second = world.session(), world.session()

    world.pay(first, "bal")
    world.pay(second, "bal")

    assert world.view(first).order_status == "PAID"
    assert world.view(second).order_status != "PAID"
    assert world.balance("mei") == 7_100


def test_a_recharge_goes_to_the_members_balance(world: World) -> None:
    session = world.session("top-up", 5_000)
    world.pay(session, "wx")
    world.shop(session)
    wait_for_notification(world)

    assert world.view(session).order_status == "PAID"
    assert world.balance("mei") == 5_000


def test_a_refusal_leaves_the_checkout_open_for_another_method(world: World) -> None:
    world.member("mei", 20_000)
    session = world.session()
    world.pay(session, "ali")
    world.shop(session, "refuse")
    world.later(minutes=1)

    world.pay(session, "bal")

    assert world.view(session).order_status == "PAID"


def test_a_double_click_makes_one_payment(world: World) -> None:
    session = world.session()

    world.pay(session, "wx")
    world.pay(session, "wx")

    assert len(world.view(session).payments) == 1


def test_another_method_closes_the_first_attempt_at_its_channel(world: World) -> None:
    session = world.session()
    world.pay(session, "wx")

    world.pay(session, "ali")

    statuses = {payment.method_id: payment.status for payment in world.view(session).payments}
    assert statuses == {"wx": "CLOSED", "ali": "PROCESSING"}
    (order,) = world.truth("wechat_pay")["orders"]
    assert order["state"] == "closed"


def test_an_expired_session_is_closed_only_after_the_channel_was_asked(world: World) -> None:
    session = world.session()
    world.pay(session, "wx")

    world.later(hours=2)

    view = world.view(session)
    assert (view.order_status, view.status) == ("CLOSED", "expired")
    assert world.sender.types()[-1] == "order.closed"


def test_money_paid_in_the_last_second_wins_over_the_timer(world: World) -> None:
    world.fault("wechat_pay", kind="no_notification", times=0)
    session = world.session()
    world.pay(session, "wx")
    world.shop(session)

    world.later(hours=2)

    assert world.view(session).order_status == "PAID"
    assert world.sender.types() == ["payment.succeeded"]


def test_the_merchant_can_end_a_checkout(world: World) -> None:
    session = world.session()
    world.pay(session, "wx")

    answer = world.api("POST", f"/v1/checkout-sessions/{session['id']}/expiry")

    assert answer.json()["status"] == "expired"
    assert world.view(session).order_status == "CLOSED"


def test_a_checkout_that_ends_while_it_is_read_is_shown_as_ended(world: World) -> None:
    session = world.session()
    with world.platform.db.read() as connection:
        before = session_by_token(connection, session["url"].rsplit("/", 1)[-1])
    assert before is not None
    world.api("POST", f"/v1/checkout-sessions/{session['id']}/expiry")

    with world.platform.db.read() as connection:
        view = session_view(world.platform, connection, before)

    assert (before.status, view.order_status, view.status) == ("open", "CLOSED", "expired")
    assert page_for(view) == "expired"


def test_the_story_of_a_payment_shows_every_part_of_it(world: World) -> None:
    session = world.session()
    world.pay(session, "wx")
    world.shop(session)
    wait_for_notification(world)

    story = world.story(session)

    assert story["status"] == "succeeded"
    assert [row["to"] for row in story["history"] if row["object"] == "attempt"] == [
        "INIT", "SENDING", "ACCEPTED", "SUCCEEDED",
    ]  # fmt: skip
    assert story["messages"][0]["verb"] == "pay"
    assert story["notifications"][0]["classified"] == "applied"
    assert {journal["kind"] for journal in story["journals"]} >= {"channel_in", "pay"}
    assert story["webhooks"][0]["deliveries"][0]["state"] == "delivered"
    assert story["decisions"]["methods"]


def test_no_secret_appears_in_the_story(world: World) -> None:
    session = world.session()
    world.pay(session, "ali")
    world.shop(session)
    wait_for_notification(world)
    accounts = world.platform.channel_accounts.active(LANTERN, "test")
    secrets = [
        value
        for row in accounts
        for name, value in world.platform.channel_accounts.load(LANTERN, row.channel_account_id).credentials.items()
        if "key" in name.lower() and len(value) >= 32
    ]

    text = str(world.story(session))

    assert secrets
    assert not [value for value in secrets if value in text]
