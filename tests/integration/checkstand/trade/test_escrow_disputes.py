"""Disputes over what is held: they stop the timers, and a ruling gives everybody their part."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.checkstand.app.test_unreliable_channels import charged
from tests.integration.checkstand.trade.market import FEE, amount, books, paid, status, step, told_by_the_channel
from tests.web.checkstand_admin.engines import on_both_engines
from tests.world import World

from checkstand.channel.port import Outcome


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
