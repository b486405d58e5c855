"""Refunds of what is held or was held: out of escrow without a fee, from the seller with it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.checkstand.app.test_unreliable_channels import charged
from tests.integration.checkstand.trade.market import (
    amount,
    books,
    paid,
    status,
    step,
    told_by_the_channel,
    transaction,
)
from tests.web.checkstand_admin.engines import on_both_engines
from tests.world import World

from checkstand.channel.port import Outcome


def refunded(world: World, session: dict[str, Any], minor: int) -> None:
    """Ask for a refund and let the channel make it."""
    world.refund(session, minor)
    world.later(minutes=2)


@on_both_engines
def test_a_refund_before_confirmation_comes_out_of_escrow_without_a_fee(world: World) -> None:
    session = paid(world)

    assert world.refund(session, 10_000).status == 201
    assert status(world, session) == "refunding"
    world.later(minutes=2)

    assert status(world, session) == "closed"
    assert books(world, session) == {"held": 0, "merchant": 0}
    assert (world.story(session)["fee"]["minor"], charged(world)) == (0, 0)


@on_both_engines
def test_a_part_refunded_leaves_the_rest_where_it_was(world: World) -> None:
    session = paid(world)
    step(world, session, "shipments")

    refunded(world, session, 2_500)

    assert status(world, session) == "shipped"
    assert books(world, session) == {"held": 7_500, "merchant": 0}
    step(world, session, "receipt-confirmations")
    assert books(world, session) == {"held": 0, "merchant": 7_500 - 45}


@on_both_engines
def test_part_confirmed_and_the_rest_refunded_is_completed(world: World) -> None:
    session = paid(world)
    step(world, session, "receipt-confirmations", amount(4_000))

    refunded(world, session, 6_000)

    assert status(world, session) == "completed"
    assert books(world, session) == {"held": 0, "merchant": 4_000 - 24}
    assert charged(world) == 4_000


@on_both_engines
def test_what_the_seller_has_is_refunded_from_the_seller_with_its_fee(world: World) -> None:
    session = paid(world)
    step(world, session, "receipt-confirmations", amount(4_000))
    refunded(world, session, 6_000)

    refunded(world, session, 1_000)

    assert status(world, session) == "completed"
    assert books(world, session) == {"held": 0, "merchant": 3_000 - 18}
    refunded(world, session, 3_000)
    assert books(world, session) == {"held": 0, "merchant": 0}
    assert (world.story(session)["fee"]["minor"], charged(world)) == (0, 0)


def test_no_more_than_is_held_is_refunded_before_completion(world: World) -> None:
    session = paid(world, method="bal")
    step(world, session, "receipt-confirmations", amount(4_000))

    refused = world.refund(session, 6_001)

    assert (refused.status, refused.json()["code"]) == (409, "transaction.amount_too_large")


def test_while_a_refund_runs_nothing_else_happens(world: World) -> None:
    session = paid(world)
    world.fault("wechat_pay", kind="drop_before", verb="refund", times=50)
    world.refund(session, 3_000)
    world.jobs()

    for verb, body in (("receipt-confirmations", {}), ("shipments", {}), ("disputes", {"reason": "Late"})):
        refused = step(world, session, verb, body)
        assert (refused.status, refused.json()["code"]) == (409, "transaction.refund_running"), verb
    assert world.refund(session, 1_000).json()["code"] == "transaction.refund_running"


def test_confirming_what_was_refunded_is_refused(world: World) -> None:
    session = paid(world, method="bal")
    world.refund(session, 10_000)
    world.jobs()

    refused = step(world, session, "receipt-confirmations")

    assert (refused.status, refused.json()["code"]) == (409, "transaction.refunded")
    assert books(world, session) == {"held": 0, "merchant": 0}


def test_a_balance_pays_into_escrow_and_gets_its_refund(world: World) -> None:
    session = paid(world, method="bal")
    assert books(world, session) == {"held": 10_000, "merchant": 0}

    world.refund(session, 10_000)
    world.jobs()

    assert (world.balance("mei"), status(world, session)) == (50_000, "closed")


@on_both_engines
@pytest.mark.parametrize("shipped", [False, True])
@pytest.mark.parametrize("minor", [10_000, 2_500])
def test_a_refund_that_fails_for_good_leaves_everything_as_it_was(world: World, shipped: bool, minor: int) -> None:
    session = paid(world)
    if shipped:
        step(world, session, "shipments")
    before = transaction(world, session)
    world.network_down.add("refund")
    world.refund(session, minor)
    world.jobs()
    assert books(world, session)["held"] == 10_000 - minor

    assert told_by_the_channel(world, session, Outcome.FAILED) == "applied"

    after = transaction(world, session)
    assert {name: after[name] for name in ("status", "held", "released", "returned", "due_at")} == {
        name: before[name] for name in ("status", "held", "released", "returned", "due_at")
    }
    assert books(world, session) == {"held": 10_000, "merchant": 0}
    step(world, session, "receipt-confirmations")
    assert books(world, session)["merchant"] == 9_940


@on_both_engines
@pytest.mark.parametrize("confirmed", [False, True])
def test_a_refund_paid_after_it_had_failed_is_taken_from_who_has_the_money(world: World, confirmed: bool) -> None:
    session = paid(world)
    world.network_down.add("refund")
    world.refund(session, 2_500)
    world.jobs()
    told_by_the_channel(world, session, Outcome.FAILED)
    if confirmed:
        step(world, session, "receipt-confirmations")

    assert told_by_the_channel(world, session, Outcome.SUCCEEDED) == "conflict"

    merchant = 7_500 - 45 if confirmed else 0
    assert books(world, session) == {"held": 0 if confirmed else 7_500, "merchant": merchant}
    assert status(world, session) == ("completed" if confirmed else "paid")
