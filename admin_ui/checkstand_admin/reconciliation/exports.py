"""The differences as CSV or XLSX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from checkstand.kernel import Money
from checkstand.reconciliation.labels import label_of
from checkstand_admin._shared.sheets import Head, Part

COLUMNS: Final = (
    "day", "channel", "class", "label", "state", "resolution", "kind", "our_no", "channel_no", "currency", "own",
    "own_fee", "theirs", "their_fee", "difference", "age", "owner", "item",
)  # fmt: skip
AMOUNTS: Final = frozenset(
    COLUMNS.index(name) for name in ("own", "own_fee", "theirs", "their_fee", "difference", "age")
)
Texter = Callable[..., str]


def head(t: Texter) -> Head:
    return Head([t(f"reconciliation.column.{name}") for name in COLUMNS], AMOUNTS)


def rows(
    parts: Iterable[Sequence[Row[Any]]], t: Texter, *, names: Mapping[str, str], basis: str, now: datetime
) -> Iterator[Part]:
    """A part of the file for each part of the list."""
    for part in parts:
        yield [_row(row, t, names, basis, now) for row in part]


def _row(row: Row[Any], t: Texter, names: Mapping[str, str], basis: str, now: datetime) -> list[str]:
    label = label_of(row, basis)
    difference = row.amount_diff_minor - row.cost_diff_minor
    return [
        row.cleared_on.isoformat(), names.get(row.channel_account_id, row.channel_account_id),
        t(f"reconciliation.class.{row.item_class}"), t(f"reconciliation.label.{label}") if label else "",
        t(f"reconciliation.state.{row.status}"),
        t(f"reconciliation.resolution.{row.resolution}") if row.resolution else "",
        t(f"reconciliation.kind.{row.kind}"), row.our_no, row.channel_no, row.currency,
        *(_amount(minor, row.currency) for minor in (
            row.own_minor, row.own_fee_minor, row.channel_minor, row.channel_fee_minor, difference,
        )),
        str((now - row.created_at).days), row.owner or "", row.item_id,
    ]  # fmt: skip


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else Money(minor, currency).decimal()
