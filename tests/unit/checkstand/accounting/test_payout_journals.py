"""F4 and F5 of the specification, number for number: debit positive, credit negative."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from checkstand.accounting import payout_journals as j

AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
HELD, TRANSIT, BACK = "2002:CNY:mbr_u:pyo_1", "2301:CNY:pyo_1", "2601:CNY:pyo_1:returned"
BALANCE, BANK, INCOME = "2001:CNY:mbr_u", "1002:CNY:cha_b", "4002:CNY:test"


def payout(**changes: Any) -> Any:
    values = {
        "tenant_id": "lantern", "payout_id": "pyo_1", "mode": "test", "owner_id": "mbr_u", "bank_account_id": "cha_b",
        "fund_mode": "hosted", "held_from": "2001", "amount_minor": 5_000, "fee_minor": 10, "currency": "CNY",
    }  # fmt: skip
    return SimpleNamespace(**values | changes)


def entries(journal: Any) -> dict[str, int]:
    return {entry.account.account_id: entry.amount_minor for entry in journal.entries}


@pytest.mark.parametrize(
    ("name", "journal", "expected"),
    [
        ("J4.1", j.withdrawal_hold, {BALANCE: 5_010, HELD: -5_010}),
        ("J4.2", j.withdrawal_send, {HELD: 5_000, TRANSIT: -5_000}),
        ("J4.3", j.payout_paid, {TRANSIT: 5_000, BANK: -5_000}),
        ("J4.4", lambda row, at: j.withdrawal_fee(row, at)[0], {HELD: 10, INCOME: -10}),
        ("J4.5", j.withdrawal_unsend, {TRANSIT: 5_000, HELD: -5_000}),
        ("J4.6", j.withdrawal_release, {HELD: 5_010, BALANCE: -5_010}),
        ("J4.7", j.payout_returned, {BANK: 5_000, BACK: -5_000}),
        ("J4.8", j.withdrawal_returned, {BACK: 5_000, BALANCE: -5_000}),
    ],
)
def test_a_withdrawal_books_what_the_specification_says(name: str, journal: Any, expected: dict[str, int]) -> None:
    assert entries(journal(payout(), AT)) == expected, name


@pytest.mark.parametrize("paths", [
    (j.withdrawal_hold, j.withdrawal_send, j.payout_paid, lambda row, at: j.withdrawal_fee(row, at)[0]),
    (j.withdrawal_hold, j.withdrawal_release),
    (j.withdrawal_hold, j.withdrawal_send, j.withdrawal_unsend, j.withdrawal_release),
    (j.withdrawal_hold, j.withdrawal_send, j.payout_paid, lambda row, at: j.withdrawal_fee(row, at)[0],
     j.payout_returned, j.withdrawal_returned),
])  # fmt: skip
def test_on_every_way_nothing_stays_on_hold_in_transit_or_unclaimed(paths: Any) -> None:
    total: dict[str, int] = {}
    for step in paths:
        for account, minor in entries(step(payout(), AT)).items():
            total[account] = total.get(account, 0) + minor

    assert [total.get(account, 0) for account in (HELD, TRANSIT, BACK)] == [0, 0, 0]


def test_no_fee_is_no_journal() -> None:
    assert j.withdrawal_fee(payout(fee_minor=0), AT) == []


def test_custody_pays_from_the_reserve_and_an_enterprise_from_what_is_available() -> None:
    row = payout(fund_mode="custody", held_from="2103")

    assert entries(j.payout_paid(row, AT)) == {TRANSIT: 5_000, "1001:CNY:cha_b": -5_000}
    assert entries(j.withdrawal_hold(row, AT)) == {"2103:CNY:mbr_u": 5_010, HELD: -5_010}


def test_a_batch_keeps_its_transit_in_one_account() -> None:
    assert entries(j.payout_paid(payout(), AT, transit="bat_1")) == {"2301:CNY:bat_1": 5_000, BANK: -5_000}


def test_a_transfer_books_what_the_specification_says() -> None:
    row: Any = SimpleNamespace(
        tenant_id="lantern", transfer_id="trf_1", source_id="mbr_a", source_code="2001",
        target_id="mbr_b", target_code="2001", amount_minor=3_000, currency="CNY",
    )  # fmt: skip
    a, b, held = "2001:CNY:mbr_a", "2001:CNY:mbr_b", "2002:CNY:mbr_a:trf_1"

    assert entries(j.transfer(row, AT)) == {a: 3_000, b: -3_000}
    assert entries(j.transfer_hold(row, AT)) == {a: 3_000, held: -3_000}
    assert entries(j.transfer_commit(row, AT)) == {held: 3_000, b: -3_000}
    assert entries(j.transfer_void(row, AT)) == {held: 3_000, a: -3_000}
