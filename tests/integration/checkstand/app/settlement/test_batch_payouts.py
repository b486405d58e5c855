"""What becomes of a batch when the bank refuses its payouts, sends them back, or pays them in part."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from tests.integration.checkstand.app.settlement.conftest import Till
from tests.world import LANTERN, World

from checkstand.accounting import WriteSet
from checkstand.app.payouts.apply_result import PayoutEvidence, Said, apply_result
from checkstand.app.settlement.finish_batch import next_event, pay_again
from checkstand.infra.ops import Update
from checkstand.member.cards import bank_card
from checkstand.settlement.errors import FailedPartGone, NothingToPayAgain

TUESDAY = date(2026, 11, 17)


def test_a_payout_that_fails_goes_to_the_available_balance_and_can_be_paid_again(till: Till, world: World) -> None:
    till.profile(destination="bank", card_id=till.card())
    till.sell(10_011)  # 9,951: the bank says that this account is closed
    till.to(TUESDAY)
    (batch,) = till.run().batches
    world.later(minutes=5)
    batch = till.batch(batch.batch_id)
    assert batch.status == "FAILED"
    assert till.books("2102", "2103") == {"2102": 0, "2103": 9_951}
    assert till.has("2301", batch.batch_id) == 0
    assert "settlement.failed" in world.sender.types()

    world.network_down = {"payout"}  # the second payout is under way, its end is told by hand
    pay_again(world.platform, LANTERN, "test", batch.batch_id)
    with pytest.raises(NothingToPayAgain):
        pay_again(world.platform, LANTERN, "test", batch.batch_id)
    assert (till.batch(batch.batch_id).status, till.has("2103")) == ("PAYING", 0)
    _, second = till.payouts(batch.batch_id)
    world.later(seconds=5)
    apply_result(world.platform, LANTERN, second.payout_id, PayoutEvidence(Said.SUCCEEDED, "statement"))
    world.jobs()

    assert till.batch(batch.batch_id).status == "PAID"
    assert till.books("2102", "2103") == {"2102": 0, "2103": 0}
    assert till.has("2301", batch.batch_id) == 0


def test_what_failed_and_was_drawn_since_cannot_be_paid_again(till: Till, world: World) -> None:
    till.profile(destination="bank", card_id=till.card())
    monday = till.sell(10_011)
    till.to(TUESDAY)
    (batch,) = till.run().batches
    world.later(minutes=5)
    till.refund(monday, 5_000)

    with pytest.raises(FailedPartGone):
        pay_again(world.platform, LANTERN, "test", batch.batch_id)
    assert (till.batch(batch.batch_id).status, till.has("2103")) == ("FAILED", 9_951 - 4_970)


def test_a_payout_that_comes_back_fails_a_batch_that_was_paid(till: Till, world: World) -> None:
    till.profile(destination="bank", card_id=till.card())
    till.sell(10_016)  # 9,956: booked, and sent back a day later
    till.to(TUESDAY)
    (batch,) = till.run().batches
    world.later(minutes=5)
    assert till.batch(batch.batch_id).status == "PAID"

    world.later(days=2)

    batch = till.batch(batch.batch_id)
    assert (batch.status, till.has("2103")) == ("FAILED", 9_956)
    assert till.history(batch.batch_id)[-1] == "return"
    (payout,) = till.payouts(batch.batch_id)
    assert (payout.status, till.has("2601", payout.payout_id)) == ("RETURNED", 0)
    assert till.has("1002", payout.bank_account_id) == 0


def test_a_batch_of_several_payouts_can_be_paid_in_part(till: Till, world: World) -> None:
    world.platform.settings = replace(world.platform.settings, settlement_payout_most=5_000)
    till.profile(destination="bank", card_id=till.card())
    till.sell(10_011)
    till.to(TUESDAY)
    world.network_down = {"payout"}
    (batch,) = till.run().batches
    first, second = till.payouts(batch.batch_id)
    assert sorted((first.amount_minor, second.amount_minor)) == [4_951, 5_000]
    world.later(seconds=5)
    apply_result(world.platform, LANTERN, first.payout_id, PayoutEvidence(Said.SUCCEEDED, "statement"))
    world.jobs()
    assert till.batch(batch.batch_id).status == "PAYING", "one of the two is still under way"
    apply_result(world.platform, LANTERN, second.payout_id, PayoutEvidence(Said.FAILED, "statement", code="AC04"))
    world.jobs()

    assert till.batch(batch.batch_id).status == "PART_PAID"
    assert till.has("2103") == second.amount_minor
    pay_again(world.platform, LANTERN, "test", batch.batch_id)
    third = next(row for row in till.payouts(batch.batch_id) if row.status == "APPROVED")
    assert third.amount_minor == second.amount_minor
    world.later(seconds=5)
    apply_result(world.platform, LANTERN, third.payout_id, PayoutEvidence(Said.SUCCEEDED, "statement"))
    world.jobs()
    assert (till.batch(batch.batch_id).status, till.has("2103")) == ("PAID", 0)


def test_a_card_that_is_not_verified_stops_a_batch_and_says_so(till: Till, world: World) -> None:
    card_id = till.card()
    till.profile(destination="bank", card_id=card_id)
    till.sell(10_000)
    till.to(TUESDAY)
    key = {"tenant_id": LANTERN, "card_id": card_id}
    world.platform.poster.commit(WriteSet(ops=[Update(bank_card, key, {"status": "FAILED"})]))

    ran = till.run()

    assert [(batch.status, batch.reason) for batch in ran.batches] == [("CALCULATED", "card.not_verified")]
    assert ran.problems
    world.platform.poster.commit(WriteSet(ops=[Update(bank_card, key, {"status": "VERIFIED"})]))
    assert till.run().batches[0].status == "PAYING"
    world.later(minutes=5)
    assert till.batch(ran.batches[0].batch_id).status == "PAID"


STATES = {
    "S": ["SUCCEEDED"],
    "F": ["FAILED"],
    "SF": ["SUCCEEDED", "FAILED"],
    "SI": ["SUCCEEDED", "IN_TRANSIT"],
    "FU": ["FAILED", "UNKNOWN"],
    "R": ["RETURNED"],
}


@pytest.mark.parametrize(
    ("status", "payouts", "event"),
    [
        ("PAYING", "S", "all_paid"),
        ("PAYING", "F", "none_paid"),
        ("PAYING", "R", "none_paid"),
        ("PAYING", "SF", "partly_paid"),
        ("PAYING", "SI", None),
        ("PAYING", "FU", None),
        ("PAID", "S", None),  # a duplicate
        ("PAID", "R", "return"),
        ("FAILED", "F", None),
        ("FAILED", "R", None),
        ("PART_PAID", "SF", None),
    ],
)
def test_the_payouts_say_what_becomes_of_their_batch(status: str, payouts: str, event: str | None) -> None:
    rows = [SimpleNamespace(status=state, amount_minor=100) for state in STATES[payouts]]

    assert next_event(SimpleNamespace(status=status, net_minor=100 * len(rows)), rows) == event
