"""A payout found by whoever works in its business unit and mode."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from checkstand.kernel import CheckstandError, Kind
from checkstand.settlement.payout_store import get_payout


class PayoutNotFound(CheckstandError):
    code = "payout.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such payout."
    remedy = "Go back to the list; it shows every payout of this business unit in this mode."


class PayoutMoved(CheckstandError):
    """Somebody, or the bank, was faster."""

    code = "payout.moved"
    kind = Kind.CONFLICT
    message = "This payout is no longer in the state that you saw. Nothing was changed."
    remedy = "Look at what it is now, and decide again."


def own_payout(connection: Connection, tenant_id: str, mode: str, payout_id: str) -> Row[Any]:
    """Raises `PayoutNotFound`, also for another unit's or the other mode's."""
    row = get_payout(connection, tenant_id, payout_id)
    if row is None or row.mode != mode:
        raise PayoutNotFound(payout=payout_id)
    return row


def in_state(row: Row[Any], *states: str) -> Row[Any]:
    """The row, which must be in one of these. Raises `PayoutMoved`."""
    if row.status not in states:
        raise PayoutMoved(f"the payout is {row.status.lower()}", payout=row.payout_id)
    return row
