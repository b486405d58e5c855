"""What a page of the books was asked for: days, pages, words, each made harmless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from checkstand.accounting import accounting_date


@dataclass(frozen=True, slots=True)
class AskedDays:
    """From the beginning of `since` to the end of `until`; `wrong` names fields that are no dates."""

    since: date
    until: date
    wrong: frozenset[str] = frozenset()
    before: date | None = None


def asked_days(query: Mapping[str, str], now: datetime, *, days: int = 1) -> AskedDays:
    """The days of a query, today's when it names none, and the last `days` of them."""
    wrong = {name for name in ("from", "to") if query.get(name) and _date(query[name]) is None}
    until = _date(query.get("to", "")) or accounting_date(now)
    since = _date(query.get("from", "")) or until - timedelta(days=days - 1)
    if since > until:
        since, wrong = until, wrong | {"from"}
    return AskedDays(since, until, frozenset(wrong), _date(query.get("before", "")))


def clean(text: str, length: int = 100) -> str:
    return text.replace("\0", "").strip()[:length]


def number(text: str) -> int:
    """A whole number, 0 for anything else."""
    return int(text[:18]) if text.isascii() and text.isdigit() else 0


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None
