"""A batch's items as rows of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from checkstand.kernel import Money
from checkstand_admin._shared.sheets import Head
from checkstand_admin.formats import when
from checkstand_admin.texts import Speaker

COLUMNS: Final = (
    "time", "item", "kind", "source", "payment", "share", "cleared_on", "currency", "gross", "fee", "amount",
)  # fmt: skip
AMOUNTS: Final = frozenset(COLUMNS.index(name) for name in ("gross", "fee", "amount"))


def head(t: Speaker) -> Head:
    return Head([t(f"settlement.column.{name}") for name in COLUMNS], AMOUNTS)


def rows(parts: Iterable[Sequence[Any]], t: Speaker, zone: ZoneInfo) -> Iterator[Iterator[list[str]]]:
    """A row of texts for each item, part by part."""
    for part in parts:
        yield (_row(each, t, zone) for each in part)


def _row(row: Any, t: Speaker, zone: ZoneInfo) -> list[str]:
    amounts = (row.gross_minor, row.fee_minor, row.amount_minor - row.fee_due_minor)
    return [
        when(row.created_at, zone),
        row.clearing_id,
        t(f"settlement.kind.{row.kind}"),
        row.source_id,
        row.payment_id,
        row.split_id,
        row.cleared_on.isoformat(),
        row.currency,
        *(Money(minor, row.currency).decimal() for minor in amounts),
    ]
