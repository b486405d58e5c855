"""The bank's real statement: it ends what nobody knew, and what contradicts our books stands alone, to the fen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from tests.world import LANTERN, World

from checkstand.accounting import accounting_date
from checkstand.app.console_access import Actor
from checkstand.app.payouts.decide_unknown import say_outcome
from checkstand.app.reconcile_bank import fetch_bank_day
from checkstand.app.reconcile_close import settle_and_close
from checkstand.reconciliation.bank_store import bank_entry
from checkstand.reconciliation.store import reconciliation_item


def a_day_later(desk: Any, world: World, payout_id: str) -> None:
    """The bank issues the day's statement; it is fetched and compared."""
    day = accounting_date(world.clock.now())
    world.clock.advance(seconds=timedelta(days=1).total_seconds())
    account = world.platform.channel_accounts.load(LANTERN, desk.row(payout_id).bank_account_id)
    fetched = fetch_bank_day(world.platform, account, day)
    assert fetched.statement_id, fetched
    settle_and_close(world.platform, LANTERN, "test")
    world.jobs()


def lines(world: World) -> list[tuple[str, int, str]]:
    with world.platform.db.read() as connection:
        rows = connection.execute(select(bank_entry).order_by(bank_entry.c.entry_id)).all()
    return [(row.payout_no, row.amount_minor, row.status) for row in rows]


def test_the_statement_of_the_day_ends_what_nobody_could_be_asked_about(desk: Any, world: World) -> None:
    world.network_down = {"query_payout"}
    payout_id = desk.withdraw(5_055)
    world.later(minutes=3)
    assert desk.status(payout_id) == "UNKNOWN"

    a_day_later(desk, world, payout_id)
    assert desk.status(payout_id) == "SUCCEEDED"
    assert lines(world) == [(payout_id, -5_055, "PAYOUT")]


def test_a_debit_of_what_people_took_for_failed_is_an_item_and_stops_the_card(desk: Any, world: World) -> None:
    world.network_down = {"query_payout"}
    payout_id = desk.withdraw(5_055)  # the bank pays it, and its answer is lost
    world.later(minutes=3)
    for name in ("fay", "olive"):
        who = Actor(f"opr_{name}", f"{name}@example.com", "")
        say_outcome(world.platform, who, LANTERN, "test", payout_id, paid=False, reason="they said so")
    assert (desk.status(payout_id), desk.left()) == ("FAILED", 100_000)

    a_day_later(desk, world, payout_id)
    assert desk.status(payout_id) == "CONFLICT"
    assert lines(world) == [(payout_id, -5_055, "ALONE")]
    with world.platform.db.read() as connection:
        item = connection.execute(select(reconciliation_item)).one()
    assert (item.item_class, item.channel_minor, item.facts["payout_no"]) == ("bank_only", -5_055, payout_id)
    assert desk.deposit() == -sum(desk.paid().values()), "our books say of the bank account what the bank says"
