"""The filter of the payments list: what stands in the address, read once, for the page, a saved view and an export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from checkstand.app.search_payments import STATUSES, PaymentFilter

FIELDS: Final = ("q", "status", "method", "channel", "from", "to", "min", "max")
AMOUNT: Final = re.compile(r"\d{1,13}(\.\d{1,3})?")
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked, as typed and as understood. `wrong` names fields that could not be read."""

    typed: Mapping[str, str]
    wanted: PaymentFilter
    wrong: tuple[str, ...]

    @property
    def query(self) -> str:
        """The same filter as an address writes it."""
        return urlencode(self.typed)


def read_filters(query: Mapping[str, str], zone: ZoneInfo) -> Filters:
    """Read the fields of an address or a form; an empty one does not count. Days begin when they do in this zone."""
    typed = {name: query.get(name, "").replace("\0", "").strip()[:100] for name in FIELDS}
    typed = {name: value for name, value in typed.items() if value}
    since, until = _day(typed.get("from", ""), zone), _day(typed.get("to", ""), zone)
    lowest, highest = _amount(typed.get("min", "")), _amount(typed.get("max", ""))
    read = {"from": since, "to": until, "min": lowest, "max": highest}
    wrong = [name for name, value in read.items() if name in typed and value is None]
    if typed.get("status", "succeeded") not in STATUSES:
        wrong.append("status")
    wanted = PaymentFilter(
        text=typed.get("q", ""),
        status=typed.get("status", ""),
        method=typed.get("method", ""),
        channel=typed.get("channel", ""),
        since=since,
        until=until + timedelta(days=1) if until else None,
        lowest=lowest,
        highest=highest,
    )
    return Filters(typed, wanted, tuple(wrong))


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    """Midnight where the business is, at the beginning of this day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    return datetime.combine(day, time(), zone)


def _amount(text: str) -> Decimal | None:
    return Decimal(text) if AMOUNT.fullmatch(text) and text.isascii() else None
