"""OPEN → CUT → CALCULATED: the items are frozen, and their sum is what moved on the accounts (I9)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.edges import edge
from checkstand.app.platform import Platform
from checkstand.clearing.store import Owed, freeze, sums_of
from checkstand.infra.ops import Insert
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import new_id, present
from checkstand.settlement.batch_states import BatchEvent, BatchState
from checkstand.settlement.batch_store import batch_of_day, get_batch, latest_batch, settlement_batch
from checkstand.settlement.errors import BatchDiffers


def cut_batch(platform: Platform, tenant_id: str, owed: Owed, day: date, cut_at: datetime) -> Row[Any] | None:
    """The batch of this payee and day with its items; None where only what was carried before is there again."""
    batch = _batch(platform, tenant_id, owed, day, cut_at)
    if batch is None or batch.status != BatchState.OPEN:
        return batch
    # Frozen before the edge: a crash in between leaves an open batch, and the next run freezes what is missing.
    with platform.db.aside() as connection:
        freeze(connection, tenant_id, batch.batch_id, owed, batch.cut_at)
    return _moved(platform, batch, BatchEvent.CUT, {})


def calculate_batch(platform: Platform, batch: Row[Any]) -> Row[Any]:
    """Raises `BatchDiffers` when the items are not what was booked: then nobody is paid before that is explained."""
    with platform.db.read() as connection:
        sums = sums_of(connection, batch.tenant_id, batch.batch_id)
    moved = (sums.pending_moved_minor, sums.split_moved_minor)
    if (sums.pending_minor, sums.split_minor) != moved:
        raise BatchDiffers(
            f"{batch.batch_id}: items {sums.pending_minor} and {sums.split_minor}, booked {moved[0]} and {moved[1]}",
            batch=batch.batch_id,
        )
    values = {
        "items": sums.records,
        "pending_minor": sums.pending_minor,
        "split_minor": sums.split_minor,
        "fee_minor": sums.fee_due_minor,
        "net_minor": sums.pending_minor + sums.split_minor - sums.fee_due_minor,
    }
    return _moved(platform, batch, BatchEvent.CALCULATE, values)


def _batch(platform: Platform, tenant_id: str, owed: Owed, day: date, cut_at: datetime) -> Row[Any] | None:
    key = (owed.mode, owed.owner_id, owed.cycle, owed.currency)
    with platform.db.read() as connection:
        found = batch_of_day(connection, tenant_id, *key, day)
        latest = latest_batch(connection, tenant_id, *key)
    if found is not None:
        return found
    if latest is not None and latest.status == BatchState.CARRIED and owed.newest_at <= latest.cut_at:
        return None  # nothing has been added to what was too little last time
    now, batch_id = platform.clock.now(), new_id("stb")
    row = {
        "tenant_id": tenant_id,
        "batch_id": batch_id,
        "mode": owed.mode,
        "owner_id": owed.owner_id,
        "cycle": owed.cycle,
        "settles_on": day,
        "currency": owed.currency,
        "cut_at": cut_at,
        "status": BatchState.OPEN.value,
        "version": 1,
        "items": 0,
        "pending_minor": 0,
        "split_minor": 0,
        "fee_minor": 0,
        "net_minor": 0,
        "destination": None,
        "card_id": None,
        "reason": None,
        "approved_by": None,
        "created_at": now,
        "finished_at": None,
    }
    opened = state_event_op(tenant_id, "settlement_batch", batch_id, None, "open", BatchState.OPEN, now)
    try:
        platform.poster.commit(WriteSet(ops=[Insert(settlement_batch, row), opened]))
    except RowExists:
        pass  # another worker has opened it
    with platform.db.read() as connection:
        return batch_of_day(connection, tenant_id, *key, day)


def _moved(platform: Platform, batch: Row[Any], event: BatchEvent, values: dict[str, Any]) -> Row[Any]:
    try:
        now = platform.clock.now()
        platform.poster.commit(WriteSet(ops=edge("settlement_batch", batch, event, now, values=values)))
    except EdgeRefused:
        pass  # another worker has taken this edge
    with platform.db.read() as connection:
        return present(get_batch(connection, batch.tenant_id, batch.batch_id), "a batch stays", batch=batch.batch_id)
