"""The filter of the differences, as it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkstand.reconciliation.classes import ItemClass
from checkstand.reconciliation.queue import Wanted
from checkstand_admin._shared.filters import Filters, read_day, typed_fields

FIELDS: Final = ("q", "class", "status", "account", "owner", "from", "to")
STATUSES: Final = ("open", "decided", "all")


def read_filters(query: Mapping[str, str]) -> Filters[Wanted]:
    """Read the fields of an address; an empty one does not count."""
    typed = typed_fields(query, FIELDS)
    days = {name: read_day(typed.get(name, "")) for name in ("from", "to")}
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
