"""Payouts as rows of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from checkstand.kernel import Money
from checkstand_admin._shared.sheets import Head
from checkstand_admin.formats import when
from checkstand_admin.texts import Speaker

COLUMNS: Final = (
    "time", "number", "kind", "source", "owner", "currency", "amount", "fee", "status", "sent", "finished",
    "file", "channel_no", "reason",
)  # fmt: skip
AMOUNTS: Final = frozenset(COLUMNS.index(name) for name in ("amount", "fee"))


def head(t: Speaker) -> Head:
    return Head([t(f"payouts.column.{name}") for name in COLUMNS], AMOUNTS)


def rows(parts: Iterable[Sequence[Any]], t: Speaker, zone: ZoneInfo) -> Iterator[Iterator[list[str]]]:
    """A row of texts for each payout, part by part."""
    for part in parts:
        yield (_row(each, t, zone) for each in part)


def _row(row: Any, t: Speaker, zone: ZoneInfo) -> list[str]:
    return [
        when(row.created_at, zone),
        row.payout_no,
        t(f"payouts.kind.{row.kind}"),
        row.source_id,
        row.owner_id,
        row.currency,
        Money(row.amount_minor, row.currency).decimal(),
        Money(row.fee_minor, row.currency).decimal(),
        t(f"payouts.state.{row.status}"),
        when(row.sent_at, zone) if row.sent_at else "",
        when(row.finished_at, zone) if row.finished_at else "",
        row.file_no or "",
        row.channel_no or "",
        " ".join(each for each in (row.reason, row.code) if each),
    ]
