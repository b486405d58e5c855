"""What the filters of all lists share: fields of an address, read once, kept as they were typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Filters(Generic[W]):
    """What was asked, as typed and as understood. `wrong` names fields that could not be read."""

    typed: Mapping[str, str]
    wanted: W
    wrong: tuple[str, ...]

    @property
    def query(self) -> str:
        """The same filter as an address writes it."""
        return urlencode(self.typed)


def typed_fields(query: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """The fields of an address or a form that say something."""
    typed = {name: query.get(name, "").replace("\0", "").strip()[:100] for name in names}
    return {name: value for name, value in typed.items() if value}


def read_day(text: str) -> date | None:
    """A day as the browser's field writes it; None for another text or a year that is surely a slip."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def midnight(text: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of this day where the business is."""
    day = read_day(text)
    return datetime.combine(day, time(), zone) if day else None
