"""Refunds after settlement take what is left, wherever it is, and what is owed comes back from later sales (F7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.integration.checkstand.app.settlement.conftest import Till
from tests.world import World

from checkstand.app.console_access import Actor
from checkstand.app.create_refund import CreateRefund, create_refund
from checkstand.app.ledger.adjust import AdjustmentLine, approve_adjustment, ask_adjustment
from checkstand.app.refund_sources import RefundFundsMissing
from checkstand.app.resolve_refund import RefundEvidence, apply_refund_evidence
from checkstand.channel.port import Outcome

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 19)
F7 = ("2102", "2103", "2104", "1104", "4001")


def settled_sale(till: Till, minor: int = 10_000) -> dict[str, Any]:
    """A sale of Monday that went to the bank on Tuesday: nothing of it is left with us."""
    till.profile(destination="bank", card_id=till.card())
    session = till.sell(minor)
    till.to(TUESDAY)
    till.run()
    till.world.later(minutes=5)
    assert till.books("2102", "2103") == {"2102": 0, "2103": 0}
    return session


def test_a_refund_without_funds_is_refused_and_says_what_is_missing(till: Till, world: World) -> None:
    session = settled_sale(till)

    answer = world.refund(session, 10_000)

    assert (answer.status, answer.json()["code"]) == (409, "refund.funds_missing")
    assert "9940 minor units of CNY are needed, 0 are there" in answer.json()["detail"]
    assert world.refunds(session) == []


def test_the_cascade_takes_pending_then_available_then_debt(till: Till) -> None:
    monday = settled_sale(till)
    till.profile(destination="wallet", card_id=None, credit_limit_minor=3_000)
    till.sell(5_000)
    till.to(WEDNESDAY)
    till.run()  # 4,970 on the available balance
    till.sell(2_012)  # 2,000 pending

    till.refund(monday, 10_000)

    assert till.books(*F7) == {"2102": 0, "2103": 0, "2104": 0, "1104": 2_970, "4001": 60 + 30 + 12 - 60}


def test_a_debt_above_the_credit_limit_is_refused(till: Till, world: World) -> None:
    monday = settled_sale(till)
    till.profile(credit_limit_minor=5_000)
    assert world.refund(monday, 5_031).status == 409
    till.refund(monday, 5_000)
    assert till.has("1104") == 4_970

    answer = world.refund(monday, 1_000)

    assert (answer.status, answer.json()["code"]) == (409, "refund.funds_missing")
    assert till.has("1104") == 4_970


def test_a_debt_is_recovered_from_later_sales(till: Till) -> None:
    monday = settled_sale(till)
    till.profile(destination="wallet", card_id=None, credit_limit_minor=20_000)
    till.refund(monday, 10_000)
    assert till.has("1104") == 9_940
    till.sell(4_000)  # 3,976: all of it is kept back
    till.to(WEDNESDAY)
    (carried,) = till.run().batches
    assert (carried.status, carried.net_minor, till.has("1104")) == ("CARRIED", 0, 9_940 - 3_976)

    till.sell(10_000)
    till.to(THURSDAY)
    (batch,) = till.run().batches

    assert (batch.status, batch.net_minor) == ("PAID", 9_940 - (9_940 - 3_976))
    assert till.books("2102", "2103", "1104") == {"2102": 0, "2103": 3_976, "1104": 0}


def test_a_refund_that_fails_gives_everything_back(till: Till, world: World) -> None:
    monday = settled_sale(till)
    till.profile(credit_limit_minor=20_000)
    till.sell(2_012)
    before = till.books(*F7)
    world.network_down = {"refund", "query_refund"}
    assert world.refund(monday, 10_000).status == 201
    assert till.books("2102", "1104") == {"2102": 0, "1104": 7_940}
    told(world, monday, Outcome.FAILED, "applied")
    world.network_down = set()

    # What was lent went to the pending settlement: the next one recovers the debt from it.
    assert till.books(*F7) == {**before, "2102": before["2102"] + 7_940, "1104": 7_940}
    till.to(WEDNESDAY)
    (batch,) = till.run().batches
    assert till.books("2102", "1104") == {"2102": 0, "1104": 0}
    assert batch.net_minor == 2_000


def test_a_refund_that_was_paid_after_it_had_failed_is_owed(till: Till, world: World) -> None:
    monday = settled_sale(till)  # no credit limit: a new refund would be refused
    till.sell(10_000)
    world.network_down = {"refund", "query_refund"}
    assert world.refund(monday, 10_000).status == 201
    told(world, monday, Outcome.FAILED, "applied")
    till.to(WEDNESDAY)
    till.run()
    assert till.books("2102", "2103") == {"2102": 0, "2103": 0}

    told(world, monday, Outcome.SUCCEEDED, "conflict")

    assert till.books(*F7) == {"2102": 0, "2103": 0, "2104": 0, "1104": 9_940, "4001": 60}
    world.network_down = set()
    world.later(minutes=5)


def told(world: World, session: dict[str, Any], outcome: Outcome, classified: str) -> None:
    """The channel says this of the refund, whatever it had said before."""
    (refund,) = world.refunds(session)
    world.later(seconds=3)
    said = RefundEvidence(outcome, "test", reason="account_closed" if outcome is Outcome.FAILED else None)
    assert apply_refund_evidence(world.platform, "lantern", refund["id"], said) == classified


def test_two_refunds_at_once_never_take_the_same_money(
    till: Till, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second refund takes what the first one had planned on, between its plan and its commit."""
    monday = settled_sale(till)
    till.profile(destination="wallet", card_id=None)
    other = till.sell(10_000)  # 9,940 pending
    commit = world.platform.poster.commit
    raced: list[int] = []

    def race(writes: Any) -> None:
        if not raced:
            raced.append(1)
            assert world.refund(other, 6_000).status == 201
        commit(writes)

    monkeypatch.setattr(world.platform.poster, "commit", race)
    payment_id = world.view(monday).payments[0].payment_id
    with pytest.raises(RefundFundsMissing):
        create_refund(world.platform, CreateRefund("lantern", "test", payment_id, 9_000, "CNY"))
    world.later(minutes=2)

    assert till.books("2102", "2103", "1104") == {"2102": 9_940 - 5_964, "2103": 0, "1104": 0}


def test_a_reserve_is_kept_for_its_days_and_then_settled(till: Till) -> None:
    till.profile(reserve_ppm=100_000, reserve_days=2)
    till.sell(10_000)
    assert till.books("2102", "2104", "4001") == {"2102": 8_946, "2104": 994, "4001": 60}
    till.to(TUESDAY)
    assert [batch.net_minor for batch in till.run().batches] == [8_946]

    till.to(THURSDAY)
    assert till.run().reserves == 1
    assert till.books("2103", "2104") == {"2103": 9_940, "2104": 0}


def test_a_refund_takes_the_reserve_before_it_makes_a_debt(till: Till) -> None:
    till.profile(destination="bank", card_id=till.card(), reserve_ppm=100_000, reserve_days=2)
    session = till.sell(10_000)
    till.to(TUESDAY)
    till.run()
    till.world.later(minutes=5)
    till.refund(session, 500)

    assert till.books("2102", "2104", "1104") == {"2102": 0, "2104": 994 - 497, "1104": 0}
    till.to(THURSDAY)
    assert [(batch.status, batch.net_minor) for batch in till.run().batches] == [("PAYING", 497)]
    till.world.later(minutes=5)


def test_an_adjustment_of_what_is_owed_is_settled_with_the_sales(till: Till, world: World) -> None:
    till.profile()
    till.sell(10_000)
    own = [AdjustmentLine("1301:CNY:cmb", -500), AdjustmentLine("2102:CNY:lantern/test", 500)]
    fay, olive = Actor("opr_fay", "fay@example.com", ""), Actor("opr_olive", "olive@example.com", "")
    asked = ask_adjustment(world.platform, fay, "lantern", [own[1], own[0]], reason="paid twice", evidence="mail")
    approve_adjustment(world.platform, olive, "lantern", asked)
    assert till.has("2102") == 9_440
    till.to(TUESDAY)

    (batch,) = till.run().batches

    assert (batch.status, batch.items, batch.net_minor, till.has("2102")) == ("PAID", 2, 9_440, 0)
