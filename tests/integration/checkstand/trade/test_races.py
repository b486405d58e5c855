"""Two people act on one transaction at once: one of them wins, and the sums are right whoever it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.integration.checkstand.app.test_unreliable_channels import charged
from tests.integration.checkstand.trade.market import amount, books, paid, status, step, transaction
from tests.web.checkstand_admin.engines import on_both_engines
from tests.world import Response, World

from checkstand.app.trade.timer import run_timer
from checkstand.infra.jobs import Job


def at_once(*works: Any) -> list[Response]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


@on_both_engines
def test_confirming_and_refunding_at_once_give_the_money_to_one_side(world: World) -> None:
    session = paid(world)

    confirmed, refunded = at_once(
        lambda: step(world, session, "receipt-confirmations"), lambda: world.refund(session, 10_000)
    )
    world.later(minutes=2)

    held = books(world, session)
    assert held["held"] == 0
    if confirmed.status == 409:
        assert (held["merchant"], charged(world), status(world, session)) == (0, 0, "closed")
    else:  # confirmed first; the refund then comes from the merchant, if it was asked a moment later
        assert status(world, session) == "completed"
        assert held["merchant"] == (0 if refunded.status == 201 else 9_940)
        assert charged(world) == (0 if refunded.status == 201 else 10_000)


@on_both_engines
def test_eight_confirmations_at_once_release_once(world: World) -> None:
    session = paid(world, method="bal")

    answers = at_once(*[lambda: step(world, session, "receipt-confirmations")] * 8)

    assert [answer.status for answer in answers] == [201] * 8
    assert books(world, session) == {"held": 0, "merchant": 9_940}
    released = [j for j in transaction(world, session)["journals"] if j["kind"] == "escrow_release"]
    assert len(released) == 1


@on_both_engines
def test_parts_at_once_never_release_more_than_is_held(world: World) -> None:
    session = paid(world, method="bal")

    answers = at_once(*[lambda: step(world, session, "receipt-confirmations", amount(3_000))] * 6)

    done = [answer for answer in answers if answer.status == 201]
    assert len(done) == 3
    assert {answer.json()["code"] for answer in answers if answer.status != 201} == {"transaction.amount_too_large"}
    assert books(world, session) == {"held": 1_000, "merchant": 9_000 - 54}


@on_both_engines
def test_the_buyer_and_the_timer_release_once(world: World) -> None:
    session = paid(world, method="bal")
    step(world, session, "shipments")
    world.clock.advance(days=11)
    job = Job(
        "lantern", "job_x", "transaction.timer", "k",
        {"transaction_id": session["transaction_id"], "status": "SHIPPED"}, world.clock.now(), 1, "test",
    )  # fmt: skip

    at_once(lambda: step(world, session, "receipt-confirmations"), lambda: run_timer(world.platform, job))

    assert books(world, session) == {"held": 0, "merchant": 9_940}
    confirmed = [e for e in transaction(world, session)["history"] if e["event"] == "confirm"]
    assert len(confirmed) == 1
    world.jobs()


@on_both_engines
def test_capturing_and_voiding_at_once_end_one_way(world: World) -> None:
    session = paid(world, scenario="deposit", method="bal")

    captured, voided = at_once(lambda: step(world, session, "captures"), lambda: step(world, session, "voids"))

    assert sorted((captured.status, voided.status)) == [201, 409]
    assert world.balance("mei") == (40_000 if captured.status == 201 else 50_000)
