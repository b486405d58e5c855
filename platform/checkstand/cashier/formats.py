"""Amounts, instants and what is left of a deadline, in the shopper's language."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_currency

from checkstand.kernel import Money

Unit = Literal["day", "hour", "minute", "second"]

DEFAULT_ZONE: Final = "Asia/Shanghai"
# Inside a right-to-left sentence a foreign piece keeps its own direction only when it is isolated (UAX #9).
LEFT_TO_RIGHT: Final = "\u2066"
ITS_OWN: Final = "\u2068"
END: Final = "\u2069"
RIGHT_MARK: Final = "\u200f"


@lru_cache(maxsize=64)
def babel_locale(locale: str) -> Locale:
    """Babel's locale for a BCP 47 tag; an unknown tag reads like English."""
    try:
        return Locale.parse(locale, sep="-" if "-" in locale else "_")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def direction(locale: str) -> str:
    """`ltr` or `rtl`."""
    return str(babel_locale(locale).text_direction)


@lru_cache(maxsize=4096)
def amount(money: Money, locale: str) -> str:
    """`¥129.00`, `CN¥129.00`; exact, because Babel is handed a decimal string's digits."""
    text = format_currency(Decimal(money.decimal()), money.currency, locale=babel_locale(locale))
    return f"{LEFT_TO_RIGHT}{text.replace(RIGHT_MARK, '')}{END}" if direction(locale) == "rtl" else str(text)


def isolated(text: str, locale: str) -> str:
    """A name or number to be put into a sentence of this language."""
    return f"{ITS_OWN}{text}{END}" if text and direction(locale) == "rtl" else text


# (from how many seconds on, the unit, its seconds): minutes up to two hours, hours up to two days.
_UNITS: Final[tuple[tuple[int, Unit, int], ...]] = (
    (172800, "day", 86400),
    (7200, "hour", 3600),
    (60, "minute", 60),
    (0, "second", 1),
)


def left(until: datetime, now: datetime, locale: str) -> str:
    """`14 minutes`; never more than is really left, so it rounds down."""
    seconds = max(0, int((until - now).total_seconds()))
    unit, size = next((unit, size) for start, unit, size in _UNITS if seconds >= start)
    whole = timedelta(seconds=seconds // size * size)
    # An unreachable threshold makes Babel use exactly this unit.
    return str(format_timedelta(whole, granularity=unit, threshold=10**9, locale=babel_locale(locale)))


def clock_time(instant: datetime, now: datetime, locale: str, zone: str = DEFAULT_ZONE) -> str:
    """`18:32`, with the day when it is not today."""
    there, today = instant.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    spoken = babel_locale(locale)
    time = format_time(there, "short", locale=spoken)
    if there.date() == today.date():
        return str(time)
    return f"{format_date(there.date(), 'medium', locale=spoken)} {time}"


def full_time(instant: datetime, locale: str, zone: str = DEFAULT_ZONE) -> str:
    """`21 Nov 2026, 18:32:05 GMT+8`: what a receipt needs."""
    there = instant.astimezone(ZoneInfo(zone))
    spoken = babel_locale(locale)
    return f"{format_date(there.date(), 'medium', locale=spoken)} {format_time(there, 'medium', locale=spoken)}"
