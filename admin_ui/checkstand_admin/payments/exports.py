"""The columns of exported payments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from checkstand.app.search_payments import Found
from checkstand.kernel import Money
from checkstand_admin._shared.sheets import Head
from checkstand_admin.formats import when
from checkstand_admin.texts import Speaker

COLUMNS: Final = (
    "time", "payment_id", "order_no", "title", "status", "currency", "amount", "refunded", "fee",
    "method", "channel", "attempt_id", "channel_no", "paid_at",
)  # fmt: skip
AMOUNTS: Final = frozenset(COLUMNS.index(name) for name in ("amount", "refunded", "fee"))


def head(t: Speaker) -> Head:
    return Head([t(f"payments.column.{name}") for name in COLUMNS], AMOUNTS)


def rows(parts: Iterable[list[Found]], t: Speaker, zone: ZoneInfo) -> Iterator[Iterator[list[str]]]:
    """A row of texts for each payment, part by part."""
    for part in parts:
        yield (_row(each, t, zone) for each in part)


def _row(found: Found, t: Speaker, zone: ZoneInfo) -> list[str]:
    row, attempt = found.payment, found.attempt
    return [
        when(row.created_at, zone),
        row.payment_id,
        found.order.order_no,
        found.order.title,
        t(f"payments.state.{row.status}"),
        row.currency,
        Money(row.amount_minor, row.currency).decimal(),
        Money(row.refunded_minor, row.currency).decimal(),
        Money(row.fee_minor - row.fee_refunded_minor, row.currency).decimal(),
        row.method_type,
        attempt.channel if attempt else "",
        attempt.attempt_id if attempt else "",
        (attempt.channel_no or "") if attempt else "",
        when(row.paid_at, zone) if row.paid_at else "",
    ]
