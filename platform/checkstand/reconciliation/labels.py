"""What people read beside a class: who has too much by whose books, how old it is, and what stands open for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import AccountRef
from checkstand.reconciliation.states import ItemState

LABEL_BASES: Final = ("none", "channel", "platform")
# From which age on who should have seen it.
LEVELS: Final = (
    (timedelta(days=30), "escalated"),
    (timedelta(days=3), "lead"),
    (timedelta(days=1), "owner"),
)
OPEN: Final = (ItemState.DISCREPANT, ItemState.ASSIGNED)


def label_of(row: Any, basis: str) -> str | None:
    """long (长款) or short (短款). Sources contradict each other, so the operator says whose books are the measure.

    `channel`: long is money that the channel has and we don't. `platform`: long is what we have and it doesn't.
    """
    minor = row.amount_diff_minor - row.cost_diff_minor
    if basis == "none" or not minor:
        return None
    return "long" if (minor > 0) == (basis == "channel") else "short"


def level_of(created_at: datetime, now: datetime) -> str:
    """How far up an open item should be known by now."""
    age = now - created_at
    return next((level for limit, level in LEVELS if age >= limit), "new")


def is_open(row: Row[Any]) -> bool:
    return row.status in OPEN


def suspense_of(row: Row[Any]) -> list[tuple[AccountRef, int]]:
    """What stands on the item's own accounts while it is open, debit positive."""
    found = [] if not row.amount_diff_minor else [_suspense(row, row.amount_diff_minor)]
    if row.suspended and row.cost_diff_minor:
        found.append(_suspense(row, -row.cost_diff_minor))
    return found


def _suspense(row: Row[Any], minor: int) -> tuple[AccountRef, int]:
    """As `postings.py` books it: 2601 for what the channel owes beyond our books, 1201 for what it lacks."""
    return AccountRef("2601" if minor > 0 else "1201", row.item_id, row.currency, row.item_class), -minor
