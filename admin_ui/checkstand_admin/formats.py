"""Amounts and times as people of the console read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.numbers import format_currency
from jinja2 import pass_context
from jinja2.runtime import Context

from checkstand.kernel import Money
from checkstand.member.unit_settings import TIME_ZONE

ZONE: Final = ZoneInfo(TIME_ZONE)  # outside any unit


def amount(minor: int, currency: str, locale: str = "en") -> str:
    """`¥12.90`, from minor units."""
    return format_currency(Decimal(Money(minor, currency).decimal()), currency, locale=locale.replace("-", "_"))


def when(at: datetime | None, zone: ZoneInfo = ZONE) -> str:
    """`2026-03-01 12:00:05`, in the business unit's time zone."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else "–"


@pass_context
def when_here(context: Context, at: datetime | None) -> str:
    """`when` in the time zone of the unit whose page this is."""
    who = context.get("who")
    return when(at, who.zone if who else ZONE)


def iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


@pass_context
def moment(context: Context, text: str) -> str:
    """An instant as the API writes it, like `when_here`."""
    return when_here(context, datetime.fromisoformat(text))


def pretty(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def short(text: str, length: int = 12) -> str:
    return text if len(text) <= length else text[:length] + "…"


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "amount": amount,
    "when": when_here,
    "iso": iso,
    "moment": moment,
    "pretty": pretty,
    "short": short,
}
