"""Payouts in the console: what waits for people is seen first, and two of them decide."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import WriteSet
from checkstand.app.members.bank_cards import AddCard, add_card
from checkstand.app.payouts.bank_entries import apply_entry
from checkstand.channel.payouts import StatementEntry
from checkstand.infra.ops import Update
from checkstand.kernel import Money, new_id
from checkstand.member.cards import bank_card
from checkstand.monitoring.audit import audit_page
from checkstand.settlement.payout_store import get_payout

PAYOUTS = f"/admin/u/{LANTERN}/test/payouts"
LARGE = 6_000_000  # above the default limit of approval
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def world(tmp_path: Path, sqlite_database: str) -> Iterator[World]:
    made = World(tmp_path, sqlite_database)
    made.member("mei", 20_000_000)
    yield made
    assert made.broken_invariants() == []
    made.close()


def card_of(world: World) -> str:
    owner = world.member("mei")
    row, _ = add_card(world.platform, AddCard(LANTERN, "test", owner, EVIL, "102100000021", "6222020200112233445"))
    key = {"tenant_id": LANTERN, "card_id": row.card_id}
    world.platform.poster.commit(WriteSet(ops=[Update(bank_card, key, {"status": "VERIFIED"})]))
    return str(row.card_id)


def withdraw(world: World, minor: int, **changes: Any) -> str:
    """A withdrawal over the API; the payout's id."""
    amount = {"minor": minor, "currency": "CNY"}
    body = {"withdrawal_no": new_id("wd"), "member": world.member("mei"), "card": card_of(world), "amount": amount}
    answer = world.api("POST", "/v1/withdrawals", body | changes)
    assert answer.status == 201, answer.text
    return str(answer.json()["id"])


def status(world: World, payout_id: str) -> str:
    with world.platform.db.read() as connection:
        row = get_payout(connection, LANTERN, payout_id)
    assert row is not None
    return str(row.status)


def acts(world: World) -> list[str]:
    with world.platform.db.read() as connection:
        return [row.action for row in audit_page(connection, LANTERN)]


def test_a_large_withdrawal_needs_two_different_people(world: World, people: Any) -> None:
    payout_id = withdraw(world, LARGE)
    finance, owner = people("finance"), people("owner")

    assert 'data-testid="see-waiting"' in finance.get(PAYOUTS).text
    assert 'data-testid="approve"' in finance.get(f"{PAYOUTS}/{payout_id}").text
    assert finance.post(f"{PAYOUTS}/{payout_id}/approval").headers["location"].endswith("done=payout_first_yes")
    world.later(minutes=1)
    assert status(world, payout_id) == "FROZEN"
    again = finance.post(f"{PAYOUTS}/{payout_id}/approval")
    assert (again.status_code, "somebody else" in again.text) == (403, True)
    assert 'data-testid="approve"' not in finance.get(f"{PAYOUTS}/{payout_id}").text
    assert 'data-testid="first-yes"' in owner.get(f"{PAYOUTS}/{payout_id}").text
    assert owner.post(f"{PAYOUTS}/{payout_id}/approval").headers["location"].endswith("done=payout_approved")
    world.later(minutes=3)
    assert status(world, payout_id) == "SUCCEEDED"
    assert acts(world)[:3].count("payout.approve") == 1
    assert owner.post(f"{PAYOUTS}/{payout_id}/approval").status_code == 409


def test_one_person_is_enough_to_reject(world: World, people: Any) -> None:
    payout_id = withdraw(world, LARGE)
    finance, owner = people("finance"), people("owner")
    finance.post(f"{PAYOUTS}/{payout_id}/approval")

    assert owner.post(f"{PAYOUTS}/{payout_id}/rejection", reason=" ").status_code == 400
    assert owner.post(f"{PAYOUTS}/{payout_id}/rejection", reason="not his card").status_code == 303
    world.later(minutes=3)
    assert (status(world, payout_id), world.balance("mei")) == ("REJECTED", 20_000_000)
    assert world.sender.types() == ["withdrawal.rejected"]
    assert finance.post(f"{PAYOUTS}/{payout_id}/approval").status_code == 409


def test_the_story_shows_what_the_bank_said_and_no_card_number(world: World, people: Any) -> None:
    payout_id = withdraw(world, 5_000)
    world.later(minutes=3)
    page = people("finance").get(f"{PAYOUTS}/{payout_id}").text

    assert "pain.001" in page
    assert "withdrawal_hold" in page
    assert "payout_paid" in page
    assert "withdrawal.succeeded" in page
    assert "•••• 3445" in page
    assert "6222020200112233445" not in page
    assert EVIL not in page


def test_an_unknown_payout_says_how_old_it_is_and_what_to_do(world: World, people: Any) -> None:
    world.network_down = {"payout", "query_payout"}
    payout_id = withdraw(world, 5_000)
    world.later(minutes=3)
    finance = people("finance")

    assert "What to do: wait" in finance.get(f"{PAYOUTS}/{payout_id}").text
    assert "longer than a day" not in finance.get(PAYOUTS).text
    world.later(days=2)
    owner = people("owner")
    finance.sign_in("finance@example.com")
    finance.get(PAYOUTS)
    assert "longer than a day" in finance.get(f"{PAYOUTS}?status=unknown").text
    assert "on the bank&#39;s statement" in finance.get(f"{PAYOUTS}/{payout_id}").text
    first = finance.post(f"{PAYOUTS}/{payout_id}/outcome", said="not_paid", reason="called them")
    assert first.headers["location"].endswith("done=payout_first_word")
    assert "called them" in owner.get(f"{PAYOUTS}/{payout_id}").text
    assert finance.post(f"{PAYOUTS}/{payout_id}/outcome", said="not_paid", reason="x").status_code == 403
    assert owner.post(f"{PAYOUTS}/{payout_id}/outcome", said="paid", reason="x").status_code == 409
    ended = owner.post(f"{PAYOUTS}/{payout_id}/outcome", said="not_paid", reason="their letter")
    assert ended.headers["location"].endswith("done=payout_ended")
    assert (status(world, payout_id), world.balance("mei")) == ("FAILED", 20_000_000)


def test_a_first_word_can_be_taken_back(world: World, people: Any) -> None:
    world.network_down = {"payout", "query_payout"}
    payout_id = withdraw(world, 5_000)
    world.later(minutes=3)
    finance = people("finance")
    finance.post(f"{PAYOUTS}/{payout_id}/outcome", said="paid", reason="called them")

    back = finance.post(f"{PAYOUTS}/{payout_id}/outcome", said="take_back", reason="wrong number")
    assert back.headers["location"].endswith("done=payout_taken_back")
    assert 'data-testid="first-word"' not in finance.get(f"{PAYOUTS}/{payout_id}").text
    assert status(world, payout_id) == "UNKNOWN"


def test_a_contradiction_is_cleared_by_a_person(world: World, people: Any) -> None:
    payout_id = withdraw(world, 5_051)
    world.later(minutes=3)
    with world.platform.db.read() as connection:
        row = get_payout(connection, LANTERN, payout_id)
    debit = StatementEntry("E1", "payout", "debit", Money(5_051, "CNY"), world.clock.now().date(), payout_id)
    apply_entry(world.platform, row, debit, "statement")
    finance = people("finance")

    assert 'data-testid="see-conflict"' in finance.get(PAYOUTS).text
    assert 'data-testid="conflict-card"' in finance.get(f"{PAYOUTS}/{payout_id}").text
    assert finance.post(f"{PAYOUTS}/{payout_id}/clearance", reason="").status_code == 400
    assert finance.post(f"{PAYOUTS}/{payout_id}/clearance", reason="their mistake").status_code == 303
    assert 'data-testid="cleared"' in finance.get(f"{PAYOUTS}/{payout_id}").text
    assert 'data-testid="attention"' not in finance.get(PAYOUTS).text


def test_the_list_is_searched_and_filtered(world: World, people: Any) -> None:
    paid, failed = withdraw(world, 5_000, withdrawal_no="wd-paid"), withdraw(world, 5_051, withdrawal_no="wd-failed")
    world.later(minutes=3)
    finance = people("finance")

    def shown(query: str) -> list[str]:
        page = finance.get(f"{PAYOUTS}?{query}")
        assert page.status_code == 200, query
        return [each for each in (paid, failed) if f'{PAYOUTS}/{each}"' in page.text]

    assert shown("") == [paid, failed]
    assert shown("q=wd-paid") == [paid]
    assert shown(f"q={failed}") == [failed]
    assert shown("status=failed") == [failed]
    assert shown("kind=withdrawal") == [paid, failed]
    assert shown("kind=settlement") == []
    assert shown("from=2020-01-01&to=2020-01-02") == []
    assert finance.get(f"{PAYOUTS}?from=yesterday").status_code == 400
    assert finance.get(f"{PAYOUTS}?status=%00x&cursor=").status_code == 400


def test_the_list_leaves_as_a_file_of_what_was_filtered(world: World, people: Any) -> None:
    withdraw(world, 5_000, withdrawal_no="-1")
    withdraw(world, 5_051, withdrawal_no="wd-failed")
    world.later(minutes=3)
    finance = people("finance")
    finance.get(PAYOUTS)

    table = list(
        csv.DictReader(io.StringIO(finance.post(f"{PAYOUTS}/export", format="csv").content.decode("utf-8-sig")))
    )
    assert [(row["What it pays"], row["Amount"], row["Status"]) for row in table] == [
        ("wd-failed", "50.51", "failed"),
        ("'-1", "50.00", "paid"),
    ]
    narrowed = finance.post(f"{PAYOUTS}/export", format="csv", status="failed").text
    assert ("wd-failed" in narrowed, "'-1" in narrowed) == (True, False)
    assert finance.post(f"{PAYOUTS}/export", format="xlsx").content.startswith(b"PK")
    assert acts(world).count("payouts.export") == 3


def test_a_payout_of_a_frozen_member_waits(world: World, people: Any) -> None:
    payout_id = withdraw(world, LARGE)
    finance, owner = people("finance"), people("owner")
    finance.post(f"{PAYOUTS}/{payout_id}/approval")
    world.freeze("mei")

    assert owner.post(f"{PAYOUTS}/{payout_id}/approval").status_code == 409
    assert owner.post(f"{PAYOUTS}/{payout_id}/rejection", reason="frozen").status_code == 303
    assert (status(world, payout_id), world.balance("mei")) == ("REJECTED", 20_000_000)
    world.jobs()


def test_the_owner_sets_fees_and_the_limit(world: World, people: Any) -> None:
    owner, finance = people("owner"), people("finance")
    owner.get(f"{PAYOUTS}/rules")
    rules = {"flat": "2.00", "rate_ppm": "1000", "approval_above": "10.00", "revision": "0"}

    assert owner.post(f"{PAYOUTS}/rules", **rules | {"flat": "many"}).status_code == 400
    assert owner.post(f"{PAYOUTS}/rules", **rules | {"rate_ppm": "-1"}).status_code == 400
    assert owner.post(f"{PAYOUTS}/rules", **rules).status_code == 303
    assert owner.post(f"{PAYOUTS}/rules", **rules | {"flat": "3.00"}).status_code == 409, "from an older page"
    assert finance.post(f"{PAYOUTS}/rules", **rules).status_code == 403
    payout_id = withdraw(world, 5_000)
    assert (status(world, payout_id), world.balance("mei")) == ("FROZEN", 20_000_000 - 5_000 - 205)
    assert "withdrawal_rules.change" in acts(world)


@pytest.mark.parametrize("role", ["rival", "reviewer", "analyst"])
def test_who_may_not_decide_does_not(world: World, people: Any, role: str) -> None:
    payout_id, someone = withdraw(world, LARGE), people(role)

    refused = {someone.post(f"{PAYOUTS}/{payout_id}/{act}", reason="x").status_code
               for act in ("approval", "rejection", "outcome", "clearance")}  # fmt: skip
    assert refused == {404 if role == "rival" else 403}
    assert someone.get(f"{PAYOUTS}/{payout_id}").status_code == {"rival": 404, "reviewer": 403, "analyst": 200}[role]
    assert status(world, payout_id) == "FROZEN"


def test_another_units_payout_does_not_exist(world: World, people: Any) -> None:
    payout_id = withdraw(world, 5_000)

    assert people("rival").get(f"/admin/u/{RIVAL}/test/payouts/{payout_id}").status_code == 404


def test_the_pages_speak_chinese(world: World, people: Any) -> None:
    payout_id, finance = withdraw(world, LARGE), people("finance")
    finance.client.cookies.set("cs_locale", "zh-CN")

    assert "双人审批" in finance.get(f"{PAYOUTS}/{payout_id}").text
    assert "提现手续费与限额" in finance.get(f"{PAYOUTS}/rules").text
