"""What is booked for an item (F12): the receivable of its day becomes what the channel says it owes.

The difference stands on an account of the item alone, 2601 when the channel owes us more than we knew and
1201 when less, so that the sum of both is always the sum of the open items.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from checkstand.accounting import AccountRef, Entry, Journal
from checkstand.accounting.names import channel_cost_of
from checkstand.reconciliation.judging import Difference
from checkstand.reconciliation.own_side import RECEIVABLE


def difference_journal(
    tenant_id: str,
    *,
    item_id: str,
    posting: int,
    item_class: str,
    channel_account: str,
    currency: str,
    cleared_on: date,
    difference: Difference,
    suspended: bool,
    event_at: datetime,
    undo: bool = False,
) -> Journal:
    """J12.1, J12.4, J12.8, J12.9 and, with `undo`, their opposite (J12.5) on the date given."""
    lines = [
        (AccountRef(RECEIVABLE, channel_account, currency, cleared_on.isoformat()), difference.net_minor),
        _suspense(item_id, item_class, currency, difference.amount_minor),
    ]
    if suspended:
        lines.append(_suspense(item_id, item_class, currency, -difference.cost_minor))
    else:
        lines.append((channel_cost_of(channel_account, currency), difference.cost_minor))
    sign = -1 if undo else 1
    kind = "recon_undo" if undo else "recon_difference"
    return _journal(tenant_id, kind, item_id, posting, event_at, lines, sign, item_class)


def cutoff_journal(
    tenant_id: str,
    *,
    item_id: str,
    posting: int,
    channel_account: str,
    currency: str,
    booked_on: date,
    cleared_on: date,
    net_minor: int,
    event_at: datetime,
) -> Journal:
    """The channel clears on another date than ours: the claim moves to the date of its statement."""
    lines = [
        (AccountRef(RECEIVABLE, channel_account, currency, cleared_on.isoformat()), net_minor),
        (AccountRef(RECEIVABLE, channel_account, currency, booked_on.isoformat()), -net_minor),
    ]
    return _journal(tenant_id, "recon_cutoff", item_id, posting, event_at, lines, 1, "")


def _suspense(item_id: str, item_class: str, currency: str, minor: int) -> tuple[AccountRef, int]:
    return AccountRef("2601" if minor > 0 else "1201", item_id, currency, item_class), -minor


def _journal(
    tenant_id: str,
    kind: str,
    item_id: str,
    posting: int,
    event_at: datetime,
    lines: Sequence[tuple[AccountRef, int]],
    sign: int,
    memo: str,
) -> Journal:
    entries = tuple(Entry(ref, sign * minor) for ref, minor in lines if minor)
    return Journal(tenant_id, kind, "recon_item", f"{item_id}.{posting}", entries, event_at, memo=memo)
