"""Every row of the callback matrix (money.md §4.9), judged by what the simulated channel really charged."""

from __future__ import annotations

import pytest
from tests.world import World

WX = "wechat_pay"
BOTH = pytest.mark.parametrize(("method", "channel"), [("wx", "wechat_pay"), ("ali", "alipay")])


def charged(world: World, channel: str = WX) -> int:
    """What the channel took from shoppers and did not give back."""
    return sum(order["charged_minor"] - order["refunded_minor"] for order in world.truth(channel)["orders"])


def paid_session(world: World, method: str = "wx") -> dict[str, object]:
    session = world.session()
    world.pay(session, method)
    world.shop(session)
    world.settle()
    assert world.view(session).order_status == "PAID"
    return session


def inbox_classes(world: World, session: dict[str, object]) -> list[str]:
    return [note["classified"] for note in world.story(session)["notifications"]]


@BOTH
def test_a_repeated_notification_changes_nothing(world: World, method: str, channel: str) -> None:
    world.fault(channel, kind="duplicate_notification")

    session = paid_session(world, method)

    assert inbox_classes(world, session) == ["applied"]
    assert world.sender.types() == ["payment.succeeded"]


@BOTH
def test_a_lost_notification_is_found_by_asking(world: World, method: str, channel: str) -> None:
    world.fault(channel, kind="no_notification", times=0)
    session = world.session()
    world.pay(session, method)
    world.shop(session)

    world.later(minutes=2)

    assert world.view(session).order_status == "PAID"


def test_an_answer_lost_after_charging_is_unknown_and_then_paid_once(world: World) -> None:
    world.fault(WX, kind="timeout_after_charging", verb="pay")
    world.fault(WX, kind="no_notification", times=0)
    session = world.session()

    world.pay(session)
    assert world.view(session).payments[0].attempt_status == "UNKNOWN"
    world.later(minutes=2)

    assert world.view(session).order_status == "PAID"
    assert charged(world) == 12_900


def test_while_an_outcome_is_unknown_nothing_else_can_be_paid(world: World) -> None:
    world.fault(WX, kind="drop_after", verb="pay")
    world.fault(WX, kind="drop_before", verb="query", times=0)
    world.fault(WX, kind="drop_before", verb="close", times=0)
    world.member("mei", 20_000)
    session = world.session()
    world.pay(session)

    world.pay(session, "bal")

    assert world.view(session).order_status == "PAYING"
    assert world.balance("mei") == 20_000


def test_a_request_that_never_arrived_is_sent_again_under_the_same_number(world: World) -> None:
    world.fault(WX, kind="drop_after", verb="pay")
    session = world.session()
    world.pay(session)

    world.later(minutes=1)

    payment = world.view(session).payments[0]
    assert payment.attempt_status == "ACCEPTED"
    assert payment.action is not None
    assert len(world.truth(WX)["orders"]) == 1


def test_a_late_success_is_refunded_by_itself(world: World) -> None:
    session = world.session()
    world.pay(session, "ali")
    link = world.simulator_url(session)
    world.pay(session, "bal")  # leaves Alipay; its page stays open in another tab
    world.shop_at(link, "approve")

    world.later(minutes=5)

    closed = next(payment for payment in world.view(session).payments if payment.method_id == "ali")
    assert closed.attempt_status == "SUCCEEDED_LATE"
    assert charged(world, "alipay") == 0
    assert "refund.succeeded" in world.sender.types()


@pytest.mark.parametrize(("scenario", "status"), [("late-accept", "PAID"), ("late-hold", "CLOSED")])
def test_late_money_is_accepted_or_held_when_the_scenario_says_so(world: World, scenario: str, status: str) -> None:
    session = world.session(scenario)
    world.pay(session, "ali")
    link = world.simulator_url(session)
    world.api("POST", f"/v1/checkout-sessions/{session['id']}/expiry")
    assert world.view(session).order_status == "CLOSED"

    world.shop_at(link, "approve")
    world.later(minutes=2)

    assert world.view(session).order_status == status
    assert charged(world, "alipay") == 12_900


def test_a_second_payment_of_a_paid_order_goes_back_as_a_duplicate(world: World) -> None:
    world.member("mei", 20_000)
    session = world.session()
    world.pay(session, "ali")
    link = world.simulator_url(session)
    world.pay(session, "bal")
    assert world.view(session).order_status == "PAID"

    world.shop_at(link, "approve")
    world.later(minutes=5)

    refund = world.refunds(session)[0]
    assert (refund["cause"], refund["status"]) == ("duplicate", "succeeded")
    assert charged(world, "alipay") == 0
    assert world.view(session).order_status == "PAID"


def test_money_paid_through_a_forgotten_link_is_found_even_without_a_notification(world: World) -> None:
    world.fault("alipay", kind="no_notification")
    world.member("mei", 20_000)
    session = world.session()
    world.pay(session, "ali")
    link = world.simulator_url(session)
    world.pay(session, "bal")  # Alipay has never heard of the first try, so there was nothing to close
    world.shop_at(link, "approve")
    assert charged(world, "alipay") == 12_900

    world.later(minutes=20)

    assert charged(world, "alipay") == 0
    assert world.balance("mei") == 20_000 - 12_900


@BOTH
def test_a_success_of_another_amount_is_not_believed(world: World, method: str, channel: str) -> None:
    world.fault(channel, kind="wrong_amount", verb="notify", times=0)
    world.fault(channel, kind="wrong_amount", verb="query", times=0)
    session = world.session()
    world.pay(session, method)
    world.shop(session)

    world.settle()

    assert world.view(session).order_status == "PAYING"
    assert inbox_classes(world, session) == ["rejected"]


@BOTH
def test_a_forged_notification_leaves_no_trace(world: World, method: str, channel: str) -> None:
    world.fault(channel, kind="forged")
    world.fault(channel, kind="late_notification", seconds=600)
    session = world.session()
    world.pay(session, method)
    world.shop(session)

    world.settle()

    assert inbox_classes(world, session) == []


def test_a_notification_before_the_row_exists_waits_for_it(world: World) -> None:
    session = world.session()
    world.fault(WX, kind="timeout_after_charging", verb="pay")

    world.pay(session)
    world.settle()
    world.later(seconds=30)

    assert world.view(session).order_status == "PAID"


@BOTH
def test_a_paid_callback_after_a_full_refund_does_not_pay_again(world: World, method: str, channel: str) -> None:
    world.fault(channel, kind="duplicate_notification")
    session = paid_session(world, method)
    world.refund(session, 12_900)
    world.later(minutes=3)
    assert world.view(session).order_status == "REFUNDED"

    world.replay_notifications(session)
    world.settle()

    assert world.view(session).order_status == "REFUNDED"
    assert world.sender.types().count("payment.succeeded") == 1


def test_webhooks_are_repeated_until_the_merchant_answers(world: World) -> None:
    world.sender.status = 500
    session = paid_session(world)
    world.later(minutes=1)
    world.sender.status = 200

    world.later(minutes=40)

    ids = {headers["webhook-id"] for headers in world.sender.headers}
    assert len(ids) == 1
    assert world.story(session)["webhooks"][0]["deliveries"][-1]["state"] == "delivered"


def test_a_process_that_dies_while_sending_leaves_an_attempt_that_is_asked_about(world: World) -> None:
    world.network_down.add("*")
    session = world.session()
    world.crash_after_commit(lambda: world.pay(session))
    assert world.view(session).payments[0].attempt_status == "SENDING"
    world.network_down.clear()

    world.later(minutes=10)

    assert world.view(session).payments[0].attempt_status in ("ACCEPTED", "CLOSED", "UNKNOWN")
    assert charged(world) == 0
