"""Escrow on both engines: every step with its journal, and what the accounts say after it."""

from __future__ import annotations

from typing import Any

from tests.integration.checkstand.app.test_unreliable_channels import charged
from tests.integration.checkstand.trade.market import FEE, amount, books, paid, status, step, transaction
from tests.web.checkstand_admin.engines import on_both_engines
from tests.world import RIVAL, World


def journals(world: World, session: dict[str, Any]) -> list[str]:
    return [journal["kind"] for journal in transaction(world, session)["journals"]]


@on_both_engines
def test_a_paid_sale_is_held_and_no_fee_is_taken(world: World) -> None:
    session = paid(world)

    told = transaction(world, session)
    assert (told["status"], told["held"]["minor"], told["due_at"] is not None) == ("paid", 10_000, True)
    assert books(world, session) == {"held": 10_000, "merchant": 0}
    assert world.story(session)["fee"]["minor"] == 0
    assert "escrow_in" in journals(world, session)


@on_both_engines
def test_a_confirmed_receipt_makes_the_money_the_sellers_less_the_fee(world: World) -> None:
    session = paid(world)
    assert step(world, session, "shipments", {"carrier": "SF", "number": "SF100"}).json()["status"] == "shipped"

    confirmed = step(world, session, "receipt-confirmations")

    assert (confirmed.status, confirmed.json()["status"]) == (201, "completed")
    assert books(world, session) == {"held": 0, "merchant": 10_000 - FEE}
    assert world.story(session)["fee"]["minor"] == FEE
    world.jobs()
    told = [kind for kind in world.sender.types() if kind.startswith("transaction.")]
    assert told == ["transaction.shipped", "transaction.completed"]


@on_both_engines
def test_parts_are_confirmed_at_the_fee_of_the_whole(world: World) -> None:
    session = paid(world)

    assert step(world, session, "receipt-confirmations", amount(3_333)).json()["status"] == "shipped"
    assert step(world, session, "receipt-confirmations", amount(3_333)).json()["held"]["minor"] == 3_334
    assert step(world, session, "receipt-confirmations").json()["status"] == "completed"

    assert books(world, session) == {"held": 0, "merchant": 10_000 - FEE}
    assert world.story(session)["fee"]["minor"] == FEE
    assert journals(world, session).count("escrow_release") == 3


@on_both_engines
def test_confirming_twice_books_once(world: World) -> None:
    session = paid(world)

    first = step(world, session, "receipt-confirmations")
    again = step(world, session, "receipt-confirmations")

    assert (first.status, again.status, again.json()["status"]) == (201, 201, "completed")
    assert books(world, session) == {"held": 0, "merchant": 10_000 - FEE}
    assert journals(world, session).count("escrow_release") == 1


def test_a_repeated_part_under_the_same_key_is_one_part(world: World) -> None:
    session = paid(world)

    first = step(world, session, "receipt-confirmations", amount(4_000), idempotency_key="part-1")
    again = step(world, session, "receipt-confirmations", amount(4_000), idempotency_key="part-1")

    assert again.body == first.body
    assert books(world, session)["held"] == 6_000


def test_more_than_is_held_cannot_be_confirmed(world: World) -> None:
    session = paid(world)

    refused = step(world, session, "receipt-confirmations", amount(10_001))

    assert (refused.status, refused.json()["code"]) == (409, "transaction.amount_too_large")
    assert "10000" in refused.json()["detail"]


@on_both_engines
def test_what_nobody_confirms_is_the_sellers_after_ten_days(world: World) -> None:
    session = paid(world)
    step(world, session, "shipments")

    world.later(days=9)
    assert status(world, session) == "shipped"
    world.later(days=2)

    assert status(world, session) == "completed"
    assert books(world, session)["merchant"] == 10_000 - FEE


@on_both_engines
def test_what_is_not_shipped_in_time_is_refunded(world: World) -> None:
    session = paid(world)

    world.later(days=4)

    assert status(world, session) == "closed"
    assert charged(world) == 0
    assert books(world, session) == {"held": 0, "merchant": 0}
    assert world.view(session).order_status == "REFUNDED"


@on_both_engines
def test_late_money_that_is_accepted_waits_in_escrow_too(world: World) -> None:
    session = world.session("escrow-sale", 10_000)
    world.pay(session, "ali")
    link = world.simulator_url(session)
    world.api("POST", f"/v1/checkout-sessions/{session['id']}/expiry")
    assert status(world, session) == "closed"

    world.shop_at(link)
    world.later(minutes=2)

    assert status(world, session) == "paid"
    assert books(world, session) == {"held": 10_000, "merchant": 0}


def test_an_instant_sale_has_nothing_to_confirm(world: World) -> None:
    session = paid(world, scenario="mall-order", method="bal")

    refused = step(world, session, "receipt-confirmations")

    assert (refused.status, refused.json()["code"]) == (409, "transaction.not_in_escrow")


def test_what_is_not_paid_cannot_be_shipped(world: World) -> None:
    session = world.session("escrow-sale", 10_000)

    refused = step(world, session, "shipments")

    assert (refused.status, refused.json()["code"]) == (409, "transaction.not_paid")


def test_a_rivals_transaction_does_not_exist(world: World) -> None:
    session = paid(world, method="bal")
    path = f"/v1/transactions/{session['transaction_id']}"

    assert world.api("GET", path, key=world.keys[RIVAL]).status == 404
    assert world.api("POST", f"{path}/receipt-confirmations", {}, key=world.keys[RIVAL]).status == 404
