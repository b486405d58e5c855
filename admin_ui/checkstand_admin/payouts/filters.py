"""The filter of the payouts list, as it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from checkstand.app.payouts.search_payouts import KINDS, STATUSES, PayoutFilter

FIELDS: Final = ("q", "status", "kind", "from", "to")


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked, as typed and as understood. `wrong` names fields that could not be read."""

    typed: Mapping[str, str]
    wanted: PayoutFilter
    wrong: tuple[str, ...]

    @property
    def query(self) -> str:
        """The same filter as an address writes it."""
        return urlencode(self.typed)


def read_filters(query: Mapping[str, str], zone: ZoneInfo) -> Filters:
    """Read the fields of an address; an empty one does not count. Days begin when they do in this zone."""
    typed = {name: query.get(name, "").replace("\0", "").strip()[:100] for name in FIELDS}
    typed = {name: value for name, value in typed.items() if value}
    since, until = _day(typed.get("from", ""), zone), _day(typed.get("to", ""), zone)
    wrong = [name for name, day in (("from", since), ("to", until)) if name in typed and day is None]
    for name, known in (("status", STATUSES), ("kind", KINDS)):
        if name in typed and typed[name] not in known:
            wrong.append(name)
    wanted = PayoutFilter(
        text=typed.get("q", ""),
        status=typed.get("status", "") if "status" not in wrong else "",
        kind=typed.get("kind", "") if "kind" not in wrong else "",
        since=since,
        until=until + timedelta(days=1) if until else None,
    )
    return Filters(typed, wanted, tuple(wrong))


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(day, time(), zone) if 2000 <= day.year <= 2100 else None
