"""Settlement days (清算日): which days are worked, and when a sale's money may be paid out.

The State Council announces each year's public holidays and the weekend days that are worked instead
(调休) only a few weeks before it begins. So the calendar is a data file; an operator replaces it by the
setting CHECKSTAND_HOLIDAYS, and a year it does not know is treated as plain weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from checkstand.accounting.calendar import ACCOUNTING_ZONE, accounting_date
from checkstand.infra.yaml_text import load_yaml
from checkstand.kernel import CheckstandError

HORIZON: Final = timedelta(days=14)  # T+7 over a long holiday
STANDARD: Final = Path(__file__).with_name("holidays.yaml")


class HolidaysWrong(CheckstandError):
    """The file of holidays cannot be used, so nobody would know when to settle."""

    code = "clearing.holidays_wrong"
    message = "The file of public holidays cannot be used."
    remedy = "Write years with lists of dates under `holidays` and `workdays`; clearing/holidays.yaml is an example."


@dataclass(frozen=True)
class HolidayCalendar:
    """Weekdays are worked but for holidays; Saturdays and Sundays are free but for make-up workdays."""

    years: frozenset[int]
    holidays: frozenset[date]
    workdays: frozenset[date]
    name: str = field(default="", compare=False)

    def is_workday(self, day: date) -> bool:
        if day in self.workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def knows(self, day: date) -> bool:
        return day.year in self.years

    def after(self, day: date, workdays: int) -> date:
        """The n-th workday after a day; with 0 the day itself, or the next workday when it is none."""
        while workdays or not self.is_workday(day):
            day += timedelta(days=1)
            if workdays and self.is_workday(day):
                workdays -= 1
        return day


def read_calendar(path: Path) -> HolidayCalendar:
    """The calendar of a file; `HolidaysWrong` names what cannot be understood."""
    try:
        data = load_yaml(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise HolidaysWrong(f"{path}: {error}") from None
    if not isinstance(data, Mapping):
        raise HolidaysWrong(f"{path}: years are expected, like 2026:")
    holidays: set[date] = set()
    workdays: set[date] = set()
    for year, lists in data.items():
        if type(year) is not int or not isinstance(lists, Mapping) or set(lists) - {"holidays", "workdays"}:
            raise HolidaysWrong(f"{path}: {year}: expected a year with `holidays` and `workdays`")
        holidays |= _days(path, year, "holidays", lists)
        workdays |= _days(path, year, "workdays", lists)
    if both := holidays & workdays:
        raise HolidaysWrong(f"{path}: {min(both)} is both a holiday and a workday")
    return HolidayCalendar(frozenset(data), frozenset(holidays), frozenset(workdays), str(path))


def _days(path: Path, year: int, name: str, lists: Mapping[str, Any]) -> set[date]:
    days = lists.get(name) or ()
    for day in days:
        if type(day) is not date or day.year != year:
            raise HolidaysWrong(f"{path}: {year}.{name}: {day!r} is no date of {year}, like {year}-10-01")
    return set(days)


def unknown_year(calendar: HolidayCalendar, today: date) -> int | None:
    """The year that sales of these days reach with their settlement, and that the calendar does not have."""
    ahead = today + HORIZON
    return None if calendar.knows(ahead) else ahead.year


class _InUse:
    """The calendar of this process; bootstrap replaces it when a setting names another file."""

    def __init__(self) -> None:
        self._calendar: HolidayCalendar | None = None

    def get(self) -> HolidayCalendar:
        if self._calendar is None:
            self._calendar = read_calendar(STANDARD)
        return self._calendar

    def put(self, calendar: HolidayCalendar) -> None:
        self._calendar = calendar
        _cut_of.cache_clear()


_IN_USE: Final = _InUse()
calendar_in_use = _IN_USE.get
use_calendar = _IN_USE.put


def eligible_at(at: datetime, cycle_days: int) -> datetime:
    """From when a sale's money may go into a batch: the beginning of its settlement day (T+0: at once on a workday)."""
    day = accounting_date(at)
    if cycle_days == 0 and calendar_in_use().is_workday(day):
        return at
    return _cut_of(day, cycle_days)


@lru_cache(maxsize=1024)
def _cut_of(day: date, cycle_days: int) -> datetime:
    return day_begin(calendar_in_use().after(day, cycle_days))


def day_begin(day: date) -> datetime:
    """The instant at which a day begins in Shanghai."""
    return datetime.combine(day, time(), ACCOUNTING_ZONE)
