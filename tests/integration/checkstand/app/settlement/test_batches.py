"""Batches that do not go straight through: reconciliation, people, fees that come late, partners."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.integration.checkstand.app.settlement.conftest import MERCHANT, Till
from tests.world import LANTERN, ROOT, World

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.reading import balance
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.settlement.approve_batch import approve, decline
from checkstand.app.settlement.facts import batch_facts
from checkstand.app.settlement.read_batches import list_batches
from checkstand.app.two_people import SamePerson
from checkstand.channel.store import active_accounts
from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Insert
from checkstand.kernel import new_id
from checkstand.reconciliation.states import RunState
from checkstand.reconciliation.store import reconciliation_run
from checkstand.settlement.errors import BatchNotReconciled, BatchNotWaiting, BatchUnknown

TUESDAY = date(2026, 11, 17)


def test_a_batch_waits_until_its_days_are_reconciled(till: Till, world: World) -> None:
    world.platform.settings = replace(world.platform.settings, settle_after_recon=True)
    till.profile()
    till.sell(10_000)
    till.to(TUESDAY)
    (batch,) = till.run().batches
    assert (batch.status, batch.reason) == ("HELD_RECON", "not_reconciled")
    with pytest.raises(BatchNotReconciled, match="2026-11-16"):
        approve(world.platform, LANTERN, "test", batch.batch_id, by="opr_fay")
    assert till.run().batches[0].status == "HELD_RECON"

    close_day(world, date(2026, 11, 16))
    (batch,) = till.run().batches

    assert (batch.status, batch.reason) == ("PAID", None)
    assert till.history(batch.batch_id) == ["open", "cut", "calculate", "hold", "approve", "pay", "all_paid"]


def test_a_large_batch_that_was_held_waits_for_people_then(till: Till, world: World) -> None:
    world.platform.settings = replace(world.platform.settings, settle_after_recon=True)
    till.profile(auto_approve_minor=0)
    till.sell(10_000)
    till.to(TUESDAY)
    assert batch_facts(till.run().batches[0])["status"] == "waiting_for_reconciliation"
    close_day(world, date(2026, 11, 16))

    (batch,) = till.run().batches

    assert (batch.status, batch.reason, batch_facts(batch)["status"]) == ("HELD_RECON", None, "waiting_for_approval")
    for status, ids in (("waiting_for_approval", [batch.batch_id]), ("waiting_for_reconciliation", [])):
        assert [each["id"] for each in list_batches(world.platform, LANTERN, "test", status=status)["data"]] == ids
    assert approve(world.platform, LANTERN, "test", batch.batch_id, by="opr_fay") == "asked"


def close_day(world: World, day: date) -> None:
    """Every channel has paid what it owes for this day, and its run over it is closed."""
    with world.platform.db.read() as connection:
        accounts = active_accounts(connection, LANTERN, "test")
    now = world.clock.now()
    rows = [
        {
            "tenant_id": LANTERN,
            "run_id": new_id("run"),
            "channel_account_id": row.channel_account_id,
            "channel": row.channel,
            "mode": "test",
            "cleared_on": day,
            "file_id": new_id("rcf"),
            "status": RunState.CLOSED,
            "version": 1,
            "lines": 0,
            "classes": {},
            "created_at": now,
            "finished_at": now,
        }
        for row in accounts
    ]
    entries = []
    with world.platform.db.read() as connection:
        for row in accounts:
            owed = AccountRef("1101", row.channel_account_id, "CNY", day.isoformat())
            if minor := balance(connection, LANTERN, owed):
                entries += [Entry(AccountRef("1002", row.channel_account_id, "CNY"), minor), Entry(owed, -minor)]
    paid = Journal(LANTERN, "channel_settled", "statement_entry", new_id("ste"), tuple(entries), now)
    world.platform.poster.commit(WriteSet([Insert(reconciliation_run, row) for row in rows], [paid]))


def test_above_the_limit_two_people_approve(till: Till, world: World) -> None:
    till.profile(auto_approve_minor=9_939)
    till.sell(10_000)
    till.to(TUESDAY)
    (batch,) = till.run().batches
    assert batch.status == "CALCULATED"

    assert approve(world.platform, LANTERN, "test", batch.batch_id, by="opr_fay") == "asked"
    with pytest.raises(SamePerson):
        approve(world.platform, LANTERN, "test", batch.batch_id, by="opr_fay")
    assert till.batch(batch.batch_id).status == "CALCULATED"
    assert approve(world.platform, LANTERN, "test", batch.batch_id, by="opr_olive") == "approved"

    batch = till.batch(batch.batch_id)
    assert (batch.status, batch.approved_by, till.has("2103")) == ("PAID", "opr_olive", 9_940)
    with pytest.raises(BatchNotWaiting):
        approve(world.platform, LANTERN, "test", batch.batch_id, by="opr_olive")


def test_a_no_leaves_the_batch_waiting(till: Till, world: World) -> None:
    till.profile(auto_approve_minor=0)
    till.sell(10_000)
    till.to(TUESDAY)
    (batch,) = till.run().batches
    with pytest.raises(BatchNotWaiting):
        decline(world.platform, LANTERN, "test", batch.batch_id, by="opr_olive")
    approve(world.platform, LANTERN, "test", batch.batch_id, by="opr_fay")

    decline(world.platform, LANTERN, "test", batch.batch_id, by="opr_olive", reason="the card is new")

    assert till.batch(batch.batch_id).status == "CALCULATED"
    assert approve(world.platform, LANTERN, "test", batch.batch_id, by="opr_olive") == "asked"


def test_a_batch_of_somebody_else_is_unknown(till: Till, world: World) -> None:
    till.profile()
    till.sell(10_000)
    till.to(TUESDAY)
    (batch,) = till.run().batches

    for tenant_id, mode in (("rival", "test"), (LANTERN, "live")):
        with pytest.raises(BatchUnknown):
            approve(world.platform, tenant_id, mode, batch.batch_id, by="opr_fay")


def test_a_fee_at_settlement_is_taken_by_the_batch(till: Till, world: World, tmp_path: Path) -> None:
    publish(world, tmp_path, "fee: {rate_ppm: 6000, timing: settle}")
    till.profile()
    sale = till.sell(10_000, scenario="own-rule")
    assert till.books("2102", "4001") == {"2102": 10_000, "4001": 0}
    till.refund(sale, 3_000)
    assert till.books("2102", "4001") == {"2102": 7_000, "4001": 0}
    till.to(TUESDAY)

    (batch,) = till.run().batches

    assert (batch.pending_minor, batch.fee_minor, batch.net_minor) == (7_000, 42, 6_958)
    assert till.books("2102", "2103", "4001") == {"2102": 0, "2103": 6_958, "4001": 42}
    till.refund(sale, 7_000)  # the batch has taken the fee, so its share comes back at once
    assert till.books("2103", "1104", "4001") == {"2103": 0, "1104": 0, "4001": 0}


def test_partners_are_settled_and_give_back_their_share(till: Till, world: World, tmp_path: Path) -> None:
    partner = world.member("atlas")
    publish(world, tmp_path, "fee: {rate_ppm: 6000}, splits: [{id: atlas, member: atlas, rate_ppm: 80000}]")
    till.profile()
    till.profile(partner)
    sale = till.sell(10_000, scenario="own-rule")
    assert till.books("2102", "4001") == {"2102": 9_140, "4001": 60}
    assert till.has("2501", partner) == 800
    till.refund(sale, 3_000)
    assert (till.has("2501", partner), till.has("2102")) == (560, 9_140 - 2_742)
    till.to(TUESDAY)

    batches = till.run().batches
    assert {batch.owner_id: batch.net_minor for batch in batches} == {partner: 560, MERCHANT: 6_398}
    assert (till.has("2103", partner), till.has("2501", partner)) == (560, 0)

    till.refund(sale, 7_000)  # after settlement: the partner's part from its available balance

    assert till.has("2103", partner) == 0
    assert till.books("2102", "2103", "1104", "4001") == {"2102": 0, "2103": 0, "1104": 0, "4001": 0}


def test_a_checkout_with_an_unknown_partner_is_refused_before_anybody_pays(world: World, tmp_path: Path) -> None:
    publish(world, tmp_path, "splits: [{id: atlas, member: nobody, rate_ppm: 80000}]")

    answer = world.api("POST", "/v1/checkout-sessions", world.session_body("own-rule"))

    assert (answer.status, answer.json()["code"]) == (409, "clearing.receiver_unknown")


def publish(world: World, folder: Path, settlement: str) -> None:
    """A scenario like the mall's, with this settlement."""
    text = (ROOT / "tests" / "data" / "scenarios" / "mall-order.yaml").read_text("utf-8")
    text = text.replace("id: mall-order", "id: own-rule").replace("min: 1, max", "min: 100, max")
    head = text[: text.index("settlement:")]
    rest = text[text.index("settlement:") :].partition("\n")[2]
    path = folder / "own-rule.yaml"
    path.write_text(f"{head}settlement: {{cycle: T+1, {settlement}}}\n{rest}", "utf-8")
    apply_scenarios(world.platform, LANTERN, [path], mode="test", by="tests")


def test_a_daily_job_settles_by_itself(till: Till, world: World) -> None:
    till.profile()
    till.sell(10_000)
    till.to(TUESDAY)

    world.platform.poster.commit(
        WriteSet(ops=[job_op("platform", "settlement.day", "x", {}, due_at=world.clock.now(), now=world.clock.now())])
    )
    world.jobs()

    assert [batch.status for batch in till.batches()] == ["PAID"]
