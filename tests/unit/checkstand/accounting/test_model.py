"""A journal that does not balance cannot even be written down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checkstand.accounting import (
    AccountRef,
    Entry,
    Journal,
    UnbalancedJournal,
    UnknownAccount,
    WriteSet,
    accounting_date,
)
from checkstand.accounting.chart import CHART, IN_TRANSIT, AccountClass, LimitKind, PostingMode, Side

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
MEI = AccountRef("2001", "mei", "CNY")
LANTERN_BOOKS = AccountRef("2102", "lantern_books", "CNY")
HER_DOLLARS = AccountRef("2001", "mei", "USD")


@pytest.mark.parametrize(
    ("entries", "because"),
    [
        ([], "nothing is booked"),
        ([Entry(MEI, 100)], "the other side is missing"),
        ([Entry(MEI, 100), Entry(LANTERN_BOOKS, -99)], "one fen is lost"),
        ([Entry(MEI, 100), Entry(HER_DOLLARS, -100)], "yuan are no dollars"),
        ([Entry(MEI, 0), Entry(LANTERN_BOOKS, 0)], "zero is no amount"),
        ([Entry(MEI, 1.5), Entry(LANTERN_BOOKS, -1.5)], "fractions of a fen do not exist"),  # type: ignore[arg-type]
        ([Entry(MEI, True), Entry(LANTERN_BOOKS, -1)], "a truth is no amount"),
    ],
)
def test_a_journal_must_balance(entries: list[Entry], because: str) -> None:
    with pytest.raises(UnbalancedJournal):
        Journal("bu_lantern", "pay", "payment", "pay_1", entries, NOW)


def test_a_journal_may_have_several_currencies_if_each_balances() -> None:
    entries = [Entry(MEI, 7), Entry(LANTERN_BOOKS, -7), Entry(HER_DOLLARS, 1), Entry(AccountRef("4001", "", "USD"), -1)]

    assert Journal("bu_lantern", "exchange", "payment", "pay_1", entries, NOW).entries == entries


@pytest.mark.parametrize(
    ("code", "owner", "currency"), [("9999", "mei", "CNY"), ("2001", "me:i", "CNY"), ("2001", "mei", "XXX")]
)
def test_an_account_has_a_code_of_the_chart_and_a_plain_owner(code: str, owner: str, currency: str) -> None:
    with pytest.raises(UnknownAccount):
        AccountRef(code, owner, currency)


def test_different_accounts_have_different_ids() -> None:
    refs = [
        MEI, HER_DOLLARS, LANTERN_BOOKS, AccountRef("2002", "mei", "CNY"), AccountRef("2002", "mei", "CNY", "h1"),
        AccountRef("2002", "h1", "CNY", "mei"), AccountRef("4001", "", "CNY"), AccountRef("4001", "", "CNY", "wx"),
        AccountRef("4001", "wx", "CNY"),
    ]  # fmt: skip

    assert len({ref.account_id for ref in refs}) == len(refs)


def test_write_sets_are_joined_in_order() -> None:
    one = WriteSet(journals=[Journal("t", "a", "x", "1", [Entry(MEI, 1), Entry(LANTERN_BOOKS, -1)], NOW)])
    two = WriteSet(journals=[Journal("t", "b", "x", "1", [Entry(MEI, 1), Entry(LANTERN_BOOKS, -1)], NOW)])

    assert [journal.kind for journal in (one + two).journals] == ["a", "b"]
    assert one.merge(two) == one + two


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), "2026-03-01"),
        (datetime(2026, 3, 1, 16, 0, 0, tzinfo=UTC), "2026-03-02"),
    ],
)
def test_the_accounting_day_ends_at_midnight_in_shanghai(at: datetime, day: str) -> None:
    assert accounting_date(at).isoformat() == day


def test_the_chart_is_consistent() -> None:
    debit_classes = {AccountClass.ASSET, AccountClass.EXPENSE}
    for code, row in CHART.items():
        assert row.code == code
        assert (row.normal is Side.DEBIT) == (row.account_class in debit_classes), code
        # What belongs to somebody is guarded; what every payment touches has no limit to check.
        assert (row.posting_mode is PostingMode.GUARDED) == (row.limit_kind is LimitKind.GE0), code
    assert all(CHART[code].limit_kind is LimitKind.GE0 for code in IN_TRANSIT)
    assert len({row.name for row in CHART.values()}) == len({row.name_zh for row in CHART.values()}) == len(CHART)
