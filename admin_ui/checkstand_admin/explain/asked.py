"""The order that was asked about, read from an address; a value that cannot be one is a sentence, never a crash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from checkstand.app.session_rows import CreateSession
from checkstand.kernel import CheckstandError, Money
from checkstand.rule import VARIABLES
from checkstand.scenario.plan import Plan
from checkstand_admin.console import Visitor

LONGEST: Final = 128
_SHOPPER: Final = ("id", "tier", "country", "real_name", "risk", "age_days")


class AskedInvalid(CheckstandError):
    code = "console.explain_invalid"
    message = "This is no value for an order."
    remedy = "Change it, or leave it empty."


def command_of(plan: Plan, who: Visitor, asked: Mapping[str, str]) -> CreateSession:
    """The order as the business unit's server would send it; what is empty has its default."""
    shopper = {name: _value(f"shopper.{name}", asked.get(f"shopper.{name}", "")) for name in _SHOPPER}
    amount = asked.get("amount", "").strip()
    return CreateSession(
        tenant_id=who.unit,
        mode=who.mode,
        scenario=plan.scenario_id,
        order_no="EXPLAIN",
        amount_minor=Money.from_decimal(amount, plan.currency).minor if amount else plan.min_minor,
        currency=plan.currency,
        title="",
        terminal=str(_value("terminal", asked.get("terminal", "")) or plan.terminals[0]),
        category=str(_value("order.category", asked.get("order.category", "")) or ""),
        shopper={name: value for name, value in shopper.items() if value is not None},
        device_id=asked.get("device", "").strip()[:LONGEST] or None,
        webview=str(_value("device.webview", asked.get("device.webview", "")) or "") or None,
    )


def instant_of(text: str, zone: ZoneInfo) -> datetime | None:
    """A moment of a `datetime-local` field, in the unit's time zone; None for now."""
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise AskedInvalid(f"{text[:40]!r} is no moment", pointer="at") from None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at


def _value(name: str, text: str) -> Any:
    text, variable = text.strip()[:LONGEST], VARIABLES[name]
    if not text:
        return None
    if variable.type == "bool":
        return text == "true"
    value: Any = text
    if variable.type == "int":
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise AskedInvalid(f"{name} is a whole number, not {text!r}", pointer=name)
        value = int(text)
    if name == "shopper.country":
        value = text.upper()
    wrong = variable.refuses(value)
    if wrong:
        raise AskedInvalid(wrong, pointer=name)
    return value
