"""The filter of the differences, as it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from checkstand.reconciliation.classes import ItemClass
from checkstand.reconciliation.queue import Wanted

FIELDS: Final = ("q", "class", "status", "account", "owner", "from", "to")
STATUSES: Final = ("open", "decided", "all")


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked, as typed and as understood. `wrong` names fields that could not be read."""

    typed: Mapping[str, str]
    wanted: Wanted
    wrong: tuple[str, ...]

    @property
    def query(self) -> str:
        return urlencode(self.typed)


def read_filters(query: Mapping[str, str]) -> Filters:
    """Read the fields of an address; an empty one does not count."""
    typed = {name: query.get(name, "").replace("\0", "").strip()[:100] for name in FIELDS}
    typed = {name: value for name, value in typed.items() if value}
    days = {name: _day(typed.get(name, "")) for name in ("from", "to")}
    wrong = [name for name, day in days.items() if name in typed and day is None]
    if typed.get("class", "") not in ("", *ItemClass):
        wrong.append("class")
    if typed.get("status", "open") not in STATUSES:
        wrong.append("status")
    wanted = Wanted(
        item_class=typed.get("class", ""), status=typed.get("status", "open"), owner=typed.get("owner", ""),
        channel_account_id=typed.get("account", ""), number=typed.get("q", ""), from_day=days["from"],
        to_day=days["to"],
    )  # fmt: skip
    return Filters(typed, wanted, tuple(wrong))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
