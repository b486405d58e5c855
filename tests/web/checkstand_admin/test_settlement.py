"""Settlement in the console: what waits is seen first, two people approve, and what failed is paid again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import WriteSet
from checkstand.app.members.bank_cards import AddCard, add_card
from checkstand.app.settlement.run_day import run_day
from checkstand.infra.ops import Update
from checkstand.member.cards import bank_card
from checkstand.member.settlement_profile import get_profile, profile_op
from checkstand.monitoring.audit import audit_page
from checkstand.settlement.batch_store import batches_page

BATCHES = f"/admin/u/{LANTERN}/test/settlement"
OWNER = f"{LANTERN}/test"
MONDAY, TUESDAY = datetime(2026, 11, 16, 2, tzinfo=UTC), date(2026, 11, 17)


@pytest.fixture
def world(tmp_path: Path, sqlite_database: str) -> Iterator[World]:
    made = World(tmp_path, sqlite_database)
    made.clock.advance(seconds=(MONDAY - made.clock.now()).total_seconds())
    made.platform.settings = replace(made.platform.settings, settle_after_recon=False)
    yield made
    assert made.broken_invariants() == []
    made.close()


def batch_of(world: World, minor: int = 10_000, **profile: Any) -> str:
    """Monday's sale in Tuesday's batch."""
    with world.platform.db.read() as connection:
        was = get_profile(connection, LANTERN, "test", OWNER)
    world.platform.poster.commit(WriteSet(ops=[profile_op(was._replace(**profile), world.clock.now())]))
    session = world.session(minor=minor)
    world.pay(session)
    world.shop(session)
    world.settle()
    at = datetime.combine(TUESDAY, datetime.min.time(), UTC) + timedelta(hours=1)
    world.clock.advance(seconds=(at - world.clock.now()).total_seconds())
    world.settle()
    run_day(world.platform, LANTERN, TUESDAY)
    return str(batch(world).batch_id)


def batch(world: World) -> Any:
    with world.platform.db.read() as connection:
        return batches_page(connection, LANTERN, "test")[0]


def card_of(world: World) -> str:
    row, _ = add_card(world.platform, AddCard(LANTERN, "test", OWNER, "灯笼", "102100000021", "6222020200112233445"))
    key = {"tenant_id": LANTERN, "card_id": row.card_id}
    world.platform.poster.commit(WriteSet(ops=[Update(bank_card, key, {"status": "VERIFIED"})]))
    return str(row.card_id)


def acts(world: World) -> list[str]:
    with world.platform.db.read() as connection:
        return [row.action for row in audit_page(connection, LANTERN)]


def test_an_empty_list_says_what_would_fill_it(people: Any) -> None:
    page = people("finance").get(BATCHES)

    assert (page.status_code, 'data-testid="empty"' in page.text) == (200, True)


def test_two_different_people_approve_a_batch(world: World, people: Any) -> None:
    batch_id = batch_of(world)
    finance, owner = people("finance"), people("owner")
    assert 'data-testid="see-CALCULATED"' in finance.get(BATCHES).text
    page = finance.get(f"{BATCHES}/{batch_id}").text
    assert "¥99.40" in page
    assert 'data-testid="approve"' in page

    assert finance.post(f"{BATCHES}/{batch_id}/approval").headers["location"].endswith("done=batch_asked")
    again = finance.post(f"{BATCHES}/{batch_id}/approval")
    assert (again.status_code, "somebody else has to" in again.text) == (403, True)
    assert 'data-testid="approve"' not in finance.get(f"{BATCHES}/{batch_id}").text
    assert 'data-testid="first-yes"' in owner.get(f"{BATCHES}/{batch_id}").text
    assert owner.post(f"{BATCHES}/{batch_id}/approval").headers["location"].endswith("done=batch_approved")

    assert batch(world).status == "PAID"
    page = owner.get(f"{BATCHES}/{batch_id}").text
    assert "settlement_wallet" in page, "the journal is shown"
    assert 'data-testid="approve-card"' not in page
    assert acts(world).count("settlement.approve") == 2
    assert owner.post(f"{BATCHES}/{batch_id}/approval").status_code == 409


def test_a_no_closes_the_question(world: World, people: Any) -> None:
    batch_id = batch_of(world)
    finance, owner = people("finance"), people("owner")
    finance.post(f"{BATCHES}/{batch_id}/approval")

    answer = owner.post(f"{BATCHES}/{batch_id}/refusal", reason="a new card")

    assert answer.headers["location"].endswith("done=batch_declined")
    assert batch(world).status == "CALCULATED"
    assert 'data-testid="first-yes"' not in owner.get(f"{BATCHES}/{batch_id}").text


def test_what_failed_is_paid_again(world: World, people: Any) -> None:
    batch_id = batch_of(world, 10_011, destination="bank", card_id=card_of(world), auto_approve_minor=10**9)
    world.later(minutes=5)
    finance = people("finance")
    assert batch(world).status == "FAILED"
    assert 'data-testid="pay-again"' in finance.get(f"{BATCHES}/{batch_id}").text

    assert finance.post(f"{BATCHES}/{batch_id}/payouts").headers["location"].endswith("done=batch_paid_again")
    assert batch(world).status == "PAYING"
    assert finance.post(f"{BATCHES}/{batch_id}/payouts").status_code == 409
    world.later(minutes=5)


def test_the_items_are_exported(world: World, people: Any) -> None:
    batch_id = batch_of(world)
    analyst = people("analyst")

    answer = analyst.post(f"{BATCHES}/{batch_id}/export", format="csv")

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer.headers["x-row-count"] == "1"
    assert lines[0].startswith("Time,")
    assert lines[1].endswith(",CNY,100.00,0.60,99.40")
    assert analyst.post(f"{BATCHES}/{batch_id}/export", format="xlsx").content[:2] == b"PK"
    assert analyst.post(f"{BATCHES}/{batch_id}/export", format="pdf").status_code == 400
    assert acts(world).count("settlement.export") == 2


def test_a_batch_that_waits_for_reconciliation_says_for_which_days(world: World, people: Any) -> None:
    world.platform.settings = replace(world.platform.settings, settle_after_recon=True)
    batch_id = batch_of(world)
    finance = people("finance")
    page = finance.get(f"{BATCHES}/{batch_id}").text

    assert 'data-testid="held-card"' in page
    assert "<strong>wechat_pay</strong> 2026-11-16" in page
    answer = finance.post(f"{BATCHES}/{batch_id}/approval")
    assert (answer.status_code, "not reconciled yet" in answer.text) == (409, True)


def test_a_state_that_does_not_exist_is_told(people: Any) -> None:
    assert people("finance").get(f"{BATCHES}?status=LOST").status_code == 400


def test_who_only_reads_decides_nothing_and_another_unit_sees_nothing(world: World, people: Any) -> None:
    batch_id = batch_of(world)
    analyst = people("analyst")

    assert 'data-testid="approve"' not in analyst.get(f"{BATCHES}/{batch_id}").text
    assert analyst.post(f"{BATCHES}/{batch_id}/approval").status_code == 403
    assert people("developer").get(BATCHES).status_code == 403
    rival = people("rival")
    assert rival.get(f"{BATCHES}/{batch_id}").status_code == 404
    assert rival.get(f"/admin/u/{RIVAL}/test/settlement/{batch_id}").status_code == 404
