"""Escrow on both engines: every step with its journal, and what the accounts say after it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.checkstand.app.test_unreliable_channels import charged
from tests.integration.checkstand.trade.market import amount, books, paid, status, step, transaction
from tests.web.checkstand_admin.engines import on_both_engines
from tests.world import LANTERN, RIVAL, World

from checkstand.app.resolve_refund import RefundEvidence, apply_refund_evidence
from checkstand.channel.port import Outcome

FEE = 60  # 0.6 % of 10,000


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


def test_a_dispute_stops_the_timers(world: World) -> None:
    session = paid(world)
    step(world, session, "shipments")

    disputed = step(world, session, "disputes", {"reason": "A page is missing"})
    world.later(days=30)

    assert (disputed.json()["status"], disputed.json()["due_at"]) == ("disputed", None)
    assert status(world, session) == "disputed"
    refused = step(world, session, "receipt-confirmations")
    assert (refused.status, refused.json()["code"]) == (409, "transaction.in_dispute")


# fmt: off
RULINGS = [
    # ruling,  seller's part, status,    seller gets, buyer gets back
    ("seller", None,         "completed", 10_000 - FEE, 0),
    ("buyer",  None,         "closed",    0,            10_000),
    ("split",  4_000,        "completed", 4_000 - 24,   6_000),
]
# fmt: on


@on_both_engines
@pytest.mark.parametrize(("ruling", "part", "ends", "seller", "buyer"), RULINGS, ids=[row[0] for row in RULINGS])
def test_a_ruling_gives_everybody_their_part(
    world: World, ruling: str, part: int | None, ends: str, seller: int, buyer: int
) -> None:
    session = paid(world)
    step(world, session, "disputes", {"reason": "Not as described"})
    said = {"ruling": ruling} | ({"seller_amount": amount(part)["amount"]} if part else {})

    ruled = step(world, session, "rulings", said)
    world.later(minutes=2)

    assert ruled.status == 201, ruled.text
    assert status(world, session) == ends
    assert books(world, session) == {"held": 0, "merchant": seller}
    assert charged(world) == 10_000 - buyer


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"ruling": "split"}, "transaction.ruling_invalid"),
        ({"ruling": "split", "seller_amount": amount(10_000)["amount"]}, "transaction.ruling_invalid"),
        ({"ruling": "seller", "seller_amount": amount(1)["amount"]}, "transaction.ruling_invalid"),
        ({"ruling": "coin"}, "request.invalid"),
    ],
)
def test_a_ruling_that_makes_no_sense_changes_nothing(world: World, said: dict[str, Any], code: str) -> None:
    session = paid(world, method="bal")
    step(world, session, "disputes", {"reason": "Not as described"})

    refused = step(world, session, "rulings", said)

    assert refused.json()["code"] == code
    assert books(world, session)["held"] == 10_000


def test_what_is_not_disputed_cannot_be_ruled(world: World) -> None:
    session = paid(world, method="bal")

    refused = step(world, session, "rulings", {"ruling": "seller"})

    assert (refused.status, refused.json()["code"]) == (409, "transaction.not_in_dispute")


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

    world.refund(session, 2_500)
    world.later(minutes=2)

    assert status(world, session) == "shipped"
    assert books(world, session) == {"held": 7_500, "merchant": 0}
    step(world, session, "receipt-confirmations")
    assert books(world, session) == {"held": 0, "merchant": 7_500 - 45}


@on_both_engines
def test_part_confirmed_and_the_rest_refunded_is_completed(world: World) -> None:
    session = paid(world)
    step(world, session, "receipt-confirmations", amount(4_000))

    world.refund(session, 6_000)
    world.later(minutes=2)

    assert status(world, session) == "completed"
    assert books(world, session) == {"held": 0, "merchant": 4_000 - 24}
    assert charged(world) == 4_000


@on_both_engines
def test_what_the_seller_has_is_refunded_from_the_seller_with_its_fee(world: World) -> None:
    session = paid(world)
    step(world, session, "receipt-confirmations", amount(4_000))
    world.refund(session, 6_000)
    world.later(minutes=2)

    world.refund(session, 1_000)
    world.later(minutes=2)

    assert status(world, session) == "completed"
    assert books(world, session) == {"held": 0, "merchant": 3_000 - 18}
    world.refund(session, 3_000)
    world.later(minutes=2)
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


def told_by_the_channel(world: World, session: dict[str, Any], outcome: Outcome) -> str:
    """The channel says this about the newest refund of the session."""
    refund_id = world.refunds(session)[-1]["id"]
    return apply_refund_evidence(world.platform, LANTERN, refund_id, RefundEvidence(outcome, "notification"))


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
def test_a_ruling_whose_refund_fails_opens_the_dispute_again(world: World) -> None:
    session = paid(world)
    step(world, session, "disputes", {"reason": "Torn"})
    world.network_down.add("refund")
    step(world, session, "rulings", {"ruling": "split", "seller_amount": amount(4_000)["amount"]})
    world.jobs()

    told_by_the_channel(world, session, Outcome.FAILED)

    assert status(world, session) == "disputed"
    assert books(world, session) == {"held": 6_000, "merchant": 4_000 - 24}
    assert step(world, session, "rulings", {"ruling": "seller"}).json()["status"] == "completed"
    assert books(world, session) == {"held": 0, "merchant": 9_940}


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
