"""The filter of the payments list: what stands in the address, read once, for the page, a saved view and an export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from checkstand.app.search_payments import STATUSES, PaymentFilter
from checkstand_admin._shared.filters import Filters, midnight, typed_fields

FIELDS: Final = ("q", "status", "method", "channel", "from", "to", "min", "max")
AMOUNT: Final = re.compile(r"\d{1,13}(\.\d{1,3})?")


def read_filters(query: Mapping[str, str], zone: ZoneInfo) -> Filters[PaymentFilter]:
    """Read the fields of an address or a form; an empty one does not count. Days begin when they do in this zone."""
    typed = typed_fields(query, FIELDS)
    since, until = midnight(typed.get("from", ""), zone), midnight(typed.get("to", ""), zone)
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


def _amount(text: str) -> Decimal | None:
    return Decimal(text) if AMOUNT.fullmatch(text) and text.isascii() else None
