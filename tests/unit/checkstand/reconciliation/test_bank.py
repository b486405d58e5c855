"""The bank's side: a day's sum against what arrived."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkstand.reconciliation.bank import Settlement, compare_bank
from checkstand.reconciliation.classes import ItemClass
from checkstand.reconciliation.model import BankEntry

C = ItemClass
DAY = date(2026, 11, 20)
NEXT = DAY + timedelta(days=1)


def due(minor: int = 9_962, reference: str = "ST1", day: date = DAY) -> Settlement:
    return Settlement(day, minor, "CNY", day + timedelta(days=1), reference)


def entry(minor: int = 9_962, text: str = "settlement ST1", ref: str = "b1") -> BankEntry:
    return BankEntry(ref, minor, "CNY", NEXT, text)


@pytest.mark.parametrize(
    ("settlements", "entries", "found"),
    [
        ([due()], [entry()], [(C.MATCHED, 0)]),
        ([due()], [entry(9_960)], [(C.BANK_SHORT, -2)]),
        ([due()], [entry(9_999)], [(C.BANK_OVER, 37)]),
        ([due()], [], [(C.BANK_LATE, 0)]),
        ([], [entry(500, "")], [(C.BANK_ONLY, 500)]),
        ([], [entry(-500, "")], [(C.BANK_ONLY, -500)]),
        ([due(reference="")], [entry(text="")], [(C.MATCHED, 0)]),
        ([due(reference="")], [entry(9_960, "")], [(C.BANK_LATE, 0), (C.BANK_ONLY, 9_960)]),
        ([due(0)], [], []),
    ],
)
def test_each_settlement_and_each_entry_has_its_class(
    settlements: list[Settlement], entries: list[BankEntry], found: list[tuple[ItemClass, int]]
) -> None:
    findings = compare_bank(settlements, entries, today=NEXT)

    assert [(each.item_class, each.difference_minor) for each in findings] == found


def test_a_settlement_is_not_late_before_it_is_due() -> None:
    assert compare_bank([due()], [], today=DAY) == []


def test_a_sum_in_another_currency_is_not_this_settlement() -> None:
    findings = compare_bank([due()], [BankEntry("b1", 9_962, "USD", NEXT, "ST1")], today=NEXT)

    assert [each.item_class for each in findings] == [C.BANK_LATE, C.BANK_ONLY]


@given(st.lists(st.integers(1, 3)), st.lists(st.integers(1, 3)))
def test_each_entry_is_used_once(owed: list[int], paid: list[int]) -> None:
    settlements = [due(minor, "", DAY - timedelta(days=n)) for n, minor in enumerate(owed)]
    entries = [entry(minor, "", f"b{n}") for n, minor in enumerate(paid)]

    findings = compare_bank(settlements, entries, today=NEXT)

    assert sorted(each.entry.entry_ref for each in findings if each.entry) == sorted(each.entry_ref for each in entries)
    assert sum(each.settlement is not None for each in findings) == len(owed)
