"""A week of sales is settled, and every account says what it should."""

from __future__ import annotations

from datetime import date

from tests.integration.checkstand.app.settlement.conftest import MERCHANT, Till
from tests.world import World

TUESDAY, WEDNESDAY, FRIDAY = date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 20)
SATURDAY, SUNDAY, NEXT_MONDAY = date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)


def test_a_sale_is_settled_to_the_wallet_on_the_next_day(till: Till, world: World) -> None:
    till.profile()
    till.sell(10_000)
    assert till.run().batches == (), "not on the day of the sale"

    till.to(TUESDAY)
    (batch,) = till.run().batches

    assert (batch.status, batch.items, batch.net_minor) == ("PAID", 1, 9_940)
    assert till.history(batch.batch_id) == ["open", "cut", "calculate", "approve", "pay", "all_paid"]
    assert till.books("2102", "2103", "4001") == {"2102": 0, "2103": 9_940, "4001": 60}
    world.later(seconds=5)
    assert "settlement.paid" in world.sender.types()
    assert till.run().batches == (), "running it twice does nothing twice"


def test_the_bank_pays_a_batch_to_the_card(till: Till, world: World) -> None:
    till.profile(destination="bank", card_id=till.card())
    till.sell(10_000)
    till.to(TUESDAY)

    (batch,) = till.run().batches
    assert (batch.status, till.has("2301", batch.batch_id)) == ("PAYING", 9_940)
    world.later(minutes=5)

    batch = till.batch(batch.batch_id)
    assert (batch.status, batch.destination) == ("PAID", "bank")
    assert till.books("2102", "2103", "4001") == {"2102": 0, "2103": 0, "4001": 60}
    assert till.has("2301", batch.batch_id) == 0
    (payout,) = till.payouts(batch.batch_id)
    assert till.has("1002", payout.bank_account_id) == -9_940
    assert [order["charged_minor"] for order in world.truth("bank")["orders"]] == [9_940]


def test_a_weekend_waits_for_monday_and_refunds_are_netted(till: Till) -> None:
    till.profile()
    till.to(FRIDAY)
    friday = till.sell(10_000)
    till.to(SATURDAY)
    till.sell(20_000)
    assert till.run().batches == ()
    till.to(SUNDAY)
    till.refund(friday, 4_000)
    assert till.run().batches == ()

    till.to(NEXT_MONDAY)
    (batch,) = till.run().batches

    # 9,940 and 19,880 less the refund's 3,976 of the merchant
    assert (batch.status, batch.items, batch.net_minor) == ("PAID", 3, 25_844)
    assert till.books("2102", "2103", "4001") == {"2102": 0, "2103": 25_844, "4001": 156}


def test_national_day_moves_a_settlement_by_a_week(till: Till) -> None:
    till.profile()
    till.to(date(2026, 9, 30))
    till.sell(10_000)
    till.to(date(2026, 10, 1))
    assert till.run().batches == ()

    till.to(date(2026, 10, 8))
    assert [(batch.status, batch.settles_on) for batch in till.run().batches] == [("PAID", date(2026, 10, 8))]


def test_every_cycle_has_a_batch_of_its_own(till: Till, world: World) -> None:
    till.profile(cycle="T+0")
    till.sell(5_000)
    till.to(date(2026, 11, 16), 22)
    (evening,) = till.run(at_once=True).batches

    assert (evening.cycle, evening.status, evening.net_minor) == ("T+0", "PAID", 4_970)

    till.profile(cycle="T+3")
    till.to(TUESDAY)
    till.sell(10_000)
    till.to(FRIDAY)
    (later,) = till.run().batches
    assert (later.cycle, later.net_minor) == ("T+3", 9_940)


def test_less_than_the_minimum_is_carried_until_there_is_enough(till: Till, world: World) -> None:
    till.profile(min_minor=15_000)
    till.sell(10_000)
    till.to(TUESDAY)
    (carried,) = till.run().batches
    assert (carried.status, carried.reason, carried.net_minor) == ("CARRIED", "below_minimum", 9_940)
    assert till.books("2102", "2103") == {"2102": 9_940, "2103": 0}

    till.to(WEDNESDAY)
    assert till.run().batches == (), "nothing new, so no second batch that is carried"
    till.sell(10_000)
    till.to(date(2026, 11, 19))
    (paid,) = till.run().batches
    assert (paid.status, paid.items, paid.net_minor) == ("PAID", 2, 19_880)
    world.later(seconds=5)
    assert world.sender.types().count("settlement.carried") == 1


def test_refunds_above_the_sales_are_carried(till: Till) -> None:
    till.profile()
    monday = till.sell(10_000)
    till.to(TUESDAY)
    till.run()
    tuesday = till.sell(3_000)
    till.refund(monday, 2_000)  # from Tuesday's sale, which is not eligible yet
    till.to(TUESDAY, 23)
    till.refund(tuesday, 100)

    till.to(WEDNESDAY)
    (batch,) = till.run().batches
    assert (batch.status, batch.net_minor) == ("PAID", 2_982 - 1_988 - 99)
    assert till.books("2102", "2103") == {"2102": 0, "2103": 9_940 + 895}


def test_two_batches_a_day_are_one(till: Till) -> None:
    till.profile()
    till.sell(10_000)
    till.to(TUESDAY)
    first = till.run().batches
    till.run()

    assert [batch.batch_id for batch in till.batches()] == [batch.batch_id for batch in first]
    assert till.has("2103", MERCHANT) == 9_940
