"""Preauthorisation with a balance: reserved, then captured, given back, or let go by the timer."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.checkstand.trade.market import amount, books, paid, reserved, status, step, transaction
from tests.web.checkstand_admin.engines import on_both_engines
from tests.world import LANTERN, World

from checkstand.accounting import WriteSet
from checkstand.infra.ops import Update
from checkstand.transaction import transaction as transaction_table


@pytest.fixture
def session(world: World) -> dict[str, Any]:
    """A deposit of ¥100 reserved on Mei's ¥500."""
    return paid(world, scenario="deposit", method="bal")


@on_both_engines
def test_a_deposit_is_set_aside_and_nobody_has_it(world: World, session: dict[str, Any]) -> None:
    told = transaction(world, session)

    assert (told["status"], told["held"]["minor"], told["flow"]) == ("authorised", 10_000, "preauth")
    assert (world.balance("mei"), reserved(world, session)) == (40_000, 10_000)
    assert books(world, session)["merchant"] == 0
    assert world.view(session).order_status == "AUTHORISED"


def test_all_of_it_can_be_captured(world: World, session: dict[str, Any]) -> None:
    captured = step(world, session, "captures")

    assert captured.json()["status"] == "completed"
    assert (world.balance("mei"), reserved(world, session)) == (40_000, 0)
    assert books(world, session)["merchant"] == 9_940
    assert world.view(session).order_status == "PAID"
    world.jobs()
    assert {"transaction.authorised", "payment.succeeded", "transaction.completed"} <= set(world.sender.types())


@on_both_engines
def test_a_part_is_captured_and_the_rest_is_the_payers(world: World, session: dict[str, Any]) -> None:
    captured = step(world, session, "captures", amount(2_500))

    assert (captured.json()["released"]["minor"], captured.json()["returned"]["minor"]) == (2_500, 7_500)
    assert (world.balance("mei"), reserved(world, session)) == (47_500, 0)
    assert books(world, session)["merchant"] == 2_500 - 15


@on_both_engines
def test_a_captured_part_is_refunded_whole(world: World, session: dict[str, Any]) -> None:
    step(world, session, "captures", amount(2_500))

    world.refund(session, 2_500)
    world.jobs()

    assert (world.balance("mei"), world.view(session).order_status) == (50_000, "REFUNDED")
    assert books(world, session)["merchant"] == 0


@on_both_engines
def test_what_is_voided_is_the_payers_again(world: World, session: dict[str, Any]) -> None:
    voided = step(world, session, "voids")

    assert voided.json()["status"] == "closed"
    assert (world.balance("mei"), reserved(world, session)) == (50_000, 0)
    assert world.view(session).order_status == "CLOSED"


@on_both_engines
def test_what_nobody_captures_is_given_back_in_time(world: World, session: dict[str, Any]) -> None:
    world.later(days=4)
    assert status(world, session) == "authorised"
    world.later(days=2)

    assert (status(world, session), world.balance("mei")) == ("closed", 50_000)


def test_an_automatic_capture_takes_all_of_it_when_the_time_is_over(world: World, session: dict[str, Any]) -> None:
    key = {"tenant_id": LANTERN, "transaction_id": session["transaction_id"]}
    terms = {"capture_within_s": 432_000, "capture": "automatic"}  # as a scenario with `capture: automatic` pins them
    world.platform.poster.commit(WriteSet(ops=[Update(transaction_table, key, {"terms": terms})]))

    world.later(days=6)

    assert (status(world, session), world.balance("mei")) == ("completed", 40_000)
    assert books(world, session)["merchant"] == 9_940


def test_the_end_of_the_checkout_does_not_end_the_reservation(world: World, session: dict[str, Any]) -> None:
    world.later(hours=3)
    world.api("POST", f"/v1/checkout-sessions/{session['id']}/expiry")
    world.jobs()

    assert status(world, session) == "authorised"
    assert reserved(world, session) == 10_000


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [
        ("captures", "captures", None),
        ("voids", "voids", None),
        ("captures", "voids", "transaction.ended"),
        ("voids", "captures", "transaction.ended"),
    ],
)
def test_a_deposit_ends_once(world: World, session: dict[str, Any], first: str, then: str, code: str | None) -> None:
    before = step(world, session, first)
    balance = world.balance("mei")

    again = step(world, session, then)

    assert before.status == 201
    assert again.json().get("code") == code
    assert world.balance("mei") == balance


def test_more_than_is_reserved_cannot_be_captured(world: World, session: dict[str, Any]) -> None:
    refused = step(world, session, "captures", amount(10_001))

    assert (refused.status, refused.json()["code"]) == (409, "transaction.amount_too_large")
    assert reserved(world, session) == 10_000


def test_a_deposit_has_nothing_to_ship(world: World, session: dict[str, Any]) -> None:
    assert step(world, session, "shipments").json()["code"] == "transaction.not_in_escrow"


def test_a_sale_in_escrow_has_nothing_to_capture(world: World) -> None:
    sale = paid(world, method="bal")

    assert step(world, sale, "captures").json()["code"] == "transaction.not_preauthorised"


def test_a_balance_that_is_too_small_reserves_nothing(world: World) -> None:
    world.member("mei", 500)
    session = world.session("deposit", 10_000)

    world.pay(session, "bal")

    assert (status(world, session), world.balance("mei")) == ("wait_pay", 500)
