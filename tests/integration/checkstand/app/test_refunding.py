"""Refunds: never more than was captured, exactly once at the channel, the fee in proportion."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.integration.checkstand.app.test_unreliable_channels import charged, paid_session
from tests.world import World

from checkstand.accounting import WriteSet
from checkstand.app import refund_sources


def test_partial_refunds_add_up_and_return_the_whole_fee(world: World) -> None:
    session = paid_session(world)
    for minor in (3_000, 3_000, 6_900):
        assert world.refund(session, minor).status == 201
        world.later(minutes=2)

    story = world.story(session)
    assert story["refunded"]["minor"] == 12_900
    assert story["fee"]["minor"] == 0
    assert world.view(session).order_status == "REFUNDED"
    assert charged(world) == 0


def test_a_refund_above_what_is_left_is_refused_and_says_what_is_left(world: World) -> None:
    session = paid_session(world)
    world.refund(session, 10_000)

    answer = world.refund(session, 3_000)

    assert answer.status == 409
    assert answer.json()["code"] == "refund.too_large"
    assert "2900" in answer.json()["detail"]


def test_two_refunds_at_once_cannot_both_take_the_same_money(world: World) -> None:
    session = paid_session(world)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.refund(session, 8_000), range(8)))
    world.later(minutes=3)

    assert sorted(answer.json().get("code", "") for answer in answers) == [""] + ["refund.too_large"] * 7
    assert charged(world) == 4_900


def test_money_that_another_refund_of_the_payment_took_is_not_said_to_be_the_merchants_lack(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each statement sees a moment of its own: the first refund lands after the payment was read, before balances."""
    session = paid_session(world)
    read_balance = refund_sources.balance

    def race(*of: Any) -> int:
        monkeypatch.undo()
        assert world.refund(session, 8_000).status == 201
        return read_balance(*of)

    monkeypatch.setattr(refund_sources, "balance", race)
    answer = world.refund(session, 8_000)

    assert (answer.status, answer.json()["code"]) == (409, "refund.too_large")
    assert "4900" in answer.json()["detail"]


def test_the_same_refund_no_is_the_same_refund(world: World) -> None:
    session = paid_session(world)

    first = world.refund(session, 5_000, refund_no="R-1")
    second = world.refund(session, 5_000, refund_no="R-1")
    world.later(minutes=2)

    assert first.json()["id"] == second.json()["id"]
    assert charged(world) == 7_900


def test_a_retried_refund_is_answered_as_the_first_time_however_far_it_got(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.member("mei", 20_000)
    session = world.session()
    world.pay(session, "bal")
    path = f"/v1/payments/{world.view(session).payments[0].payment_id}/refunds"
    body = {"amount": {"minor": 5_000, "currency": "CNY"}}
    commit = world.platform.poster.commit

    def commit_and_finish(writes: WriteSet) -> None:
        """The job is done with the refund before the answer is written."""
        commit(writes)
        monkeypatch.undo()
        world.jobs()

    monkeypatch.setattr(world.platform.poster, "commit", commit_and_finish)

    first = world.api("POST", path, body, idempotency_key="once")
    again = world.api("POST", path, body, idempotency_key="once")

    assert world.refunds(session)[0]["status"] == "succeeded"
    assert again.headers["idempotency-replayed"] == "true"
    assert again.body == first.body


def test_a_copy_that_came_before_the_first_was_answered_is_told_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = paid_session(world)
    path = f"/v1/payments/{world.view(session).payments[0].payment_id}/refunds"
    body = {"amount": {"minor": 5_000, "currency": "CNY"}, "refund_no": "r-1"}

    first = world.api("POST", path, body, idempotency_key="once")
    world.later(minutes=1)
    monkeypatch.setattr("checkstand.web.api.access.refuse_repeat", lambda *_: None)  # the copy looked too early
    copy = world.api("POST", path, body, idempotency_key="once")

    assert world.refunds(session)[0]["status"] == "succeeded"
    assert (copy.status, copy.body) == (first.status, first.body)


def test_a_refund_whose_answer_is_lost_is_not_made_twice(world: World) -> None:
    session = paid_session(world)
    world.fault("wechat_pay", kind="drop_after", verb="refund", times=2)

    world.refund(session, 5_000)
    world.later(minutes=5)

    assert charged(world) == 7_900
    assert world.story(session)["refunded"]["minor"] == 5_000


def test_a_refund_of_a_balance_payment_returns_to_the_balance(world: World) -> None:
    world.member("mei", 20_000)
    session = world.session()
    world.pay(session, "bal")

    world.refund(session, 12_900)
    world.settle()

    assert world.balance("mei") == 20_000
    assert world.view(session).order_status == "REFUNDED"


def test_a_refund_of_a_recharge_takes_it_out_of_the_balance(world: World) -> None:
    session = world.session("top-up", 5_000)
    world.pay(session, "wx")
    world.shop(session)
    world.settle()

    world.refund(session, 2_000)
    world.later(minutes=2)

    assert world.balance("mei") == 3_000
    assert charged(world) == 3_000


def test_a_payment_that_never_succeeded_cannot_be_refunded(world: World) -> None:
    session = world.session()
    world.pay(session)

    answer = world.refund(session, 1)

    assert (answer.status, answer.json()["code"]) == (409, "refund.not_refundable")
