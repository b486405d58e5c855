"""Amounts and times as people of the console read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.numbers import format_currency

from checkstand.kernel import Money

ZONE: Final = ZoneInfo("Asia/Shanghai")


def amount(minor: int, currency: str, locale: str = "en") -> str:
    """`¥12.90`, from minor units."""
    return format_currency(Decimal(Money(minor, currency).decimal()), currency, locale=locale.replace("-", "_"))


def when(at: datetime | None) -> str:
    """`2026-03-01 12:00:05`, in the console's time zone."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S") if at else "–"


def iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def pretty(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def short(text: str, length: int = 12) -> str:
    return text if len(text) <= length else text[:length] + "…"


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "amount": amount,
    "when": when,
    "iso": iso,
    "pretty": pretty,
    "short": short,
}
