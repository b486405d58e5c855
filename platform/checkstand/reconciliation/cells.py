"""Cells of a statement as values, and totals that are kept while reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

# Chinese channels write local time without saying so; their day is ours (accounting/calendar.py).
ZONE: Final = timezone(timedelta(hours=8))
DECIMALS: Final = 5  # WeChat writes fees with five decimals of a yuan
SCALE: Final = 10**DECIMALS
_PER_MINOR: Final = 10 ** (DECIMALS - 2)


# A day repeats its prices, its fees and its seconds; most of them have been read before.
@lru_cache(maxsize=65_536)
def units(text: str) -> int:
    """An amount in 1/100000 of the currency unit; `ValueError` when it is no plain decimal number."""
    negative = text.startswith("-")
    whole, _, rest = (text[1:] if negative else text).partition(".")
    if not (whole.isascii() and whole.isdigit() and len(rest) <= DECIMALS and (not rest or rest.isdigit())):
        raise ValueError(text)
    value = int(whole) * SCALE + (int(rest.ljust(DECIMALS, "0")) if rest else 0)
    return -value if negative else value


def minor(value: int) -> int:
    """Whole minor units, halves to even, as fees are rounded everywhere here."""
    whole, rest = divmod(value, _PER_MINOR)
    half = _PER_MINOR // 2
    return whole + (1 if rest > half or (rest == half and whole % 2) else 0)


@lru_cache(maxsize=16_384)
def instant(text: str) -> datetime:
    """`2024-01-01 12:00:05`, or with slashes, as an instant."""
    return datetime.fromisoformat(text.replace("/", "-")).replace(tzinfo=ZONE).astimezone(UTC)


def written(value: int) -> str:
    """An amount as a person writes it."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    rest = f"{value % SCALE:0{DECIMALS}d}".rstrip("0").ljust(2, "0")
    return f"{sign}{value // SCALE}.{rest}"
