"""The filter of the payouts list, as it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from checkstand.app.payouts.search_payouts import KINDS, STATUSES, PayoutFilter
from checkstand_admin._shared.filters import Filters, midnight, typed_fields

FIELDS: Final = ("q", "status", "kind", "from", "to")


def read_filters(query: Mapping[str, str], zone: ZoneInfo) -> Filters[PayoutFilter]:
    """Read the fields of an address; an empty one does not count. Days begin when they do in this zone."""
    typed = typed_fields(query, FIELDS)
    since, until = midnight(typed.get("from", ""), zone), midnight(typed.get("to", ""), zone)
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
