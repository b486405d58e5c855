"""Settlement days: holidays move them, make-up workdays do not, an unknown year is plain weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from checkstand.clearing.calendar import (
    STANDARD,
    HolidaysWrong,
    calendar_in_use,
    eligible_at,
    read_calendar,
    unknown_year,
    use_calendar,
)

CHINA = read_calendar(STANDARD)


@pytest.mark.parametrize(
    ("sale", "cycle_days", "settled"),
    [
        (date(2026, 11, 18), 1, date(2026, 11, 19)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday: the weekend is not worked
        (date(2026, 11, 20), 3, date(2026, 11, 25)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # National Day
        (date(2025, 9, 30), 1, date(2025, 10, 9)),  # with Mid-Autumn a day longer
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # a Saturday that is worked
        (date(2026, 2, 14), 1, date(2026, 2, 24)),  # Spring Festival
        (date(2026, 11, 18), 0, date(2026, 11, 18)),
        (date(2026, 11, 21), 0, date(2026, 11, 23)),  # T+0 on a Saturday waits for Monday
        (date(2027, 10, 1), 1, date(2027, 10, 4)),  # beyond the file: a plain week
    ],
)
def test_a_sale_is_settled_on_the_nth_workday_after_it(sale: date, cycle_days: int, settled: date) -> None:
    assert CHINA.after(sale, cycle_days) == settled


def test_the_day_of_a_sale_is_the_day_in_shanghai() -> None:
    late_evening_in_utc = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)  # one o'clock on the 19th

    assert eligible_at(late_evening_in_utc, 1) == datetime(2026, 11, 19, 16, 0, tzinfo=UTC)


def test_a_sale_of_a_workday_with_no_delay_can_be_settled_at_once() -> None:
    noon = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)

    assert eligible_at(noon, 0) == noon


def test_the_calendar_knows_which_years_it_knows() -> None:
    assert (CHINA.knows(date(2026, 1, 1)), CHINA.knows(date(2027, 1, 1))) == (True, False)


def test_a_year_that_settlements_will_reach_is_missed_in_time() -> None:
    assert unknown_year(CHINA, date(2026, 12, 17)) is None
    assert unknown_year(CHINA, date(2026, 12, 18)) == 2027


def test_an_operator_can_replace_the_calendar(tmp_path: Path) -> None:
    path = tmp_path / "holidays.yaml"
    path.write_text("2026: {holidays: [2026-11-19]}\n", "utf-8")
    before = calendar_in_use()
    try:
        use_calendar(read_calendar(path))
        assert eligible_at(datetime(2026, 11, 18, 4, tzinfo=UTC), 1) == datetime(2026, 11, 19, 16, tzinfo=UTC)
    finally:
        use_calendar(before)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- 1\n", "years are expected"),
        ("soon: {holidays: []}\n", "expected a year"),
        ("2026: {feasts: []}\n", "expected a year"),
        ("2026: {holidays: [2025-01-01]}\n", "no date of 2026"),
        ("2026: {holidays: [tomorrow]}\n", "no date of 2026"),
        ("2026: {holidays: [2026-01-04], workdays: [2026-01-04]}\n", "both a holiday and a workday"),
        ("2026: [\n", "holidays.yaml"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "holidays.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(HolidaysWrong, match=says):
        read_calendar(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HolidaysWrong):
        read_calendar(tmp_path / "none.yaml")
