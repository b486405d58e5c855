"""Every edge of the batch's table, taken once; the same event again, and one that comes too late, change nothing."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from tests.world import LANTERN, World

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.edges import edge
from checkstand.infra.ops import Insert
from checkstand.infra.state_event import history_of
from checkstand.kernel import NoSuchEdge, new_id
from checkstand.settlement.batch_states import BATCH, BatchEvent, BatchState
from checkstand.settlement.batch_store import get_batch, settlement_batch

EDGES = list(BATCH.edges())


def batch(world: World, status: BatchState) -> Any:
    """A batch in this state."""
    now = world.clock.now()
    values = {column.name: None for column in settlement_batch.columns}
    values |= {
        "tenant_id": LANTERN,
        "batch_id": new_id("stb"),
        "mode": "test",
        "owner_id": new_id("mbr"),
        "cycle": "T+1",
        "settles_on": date(2026, 11, 17),
        "currency": "CNY",
        "cut_at": now,
        "status": status.value,
        "version": 1,
        "created_at": now,
        **dict.fromkeys(("items", "pending_minor", "split_minor", "fee_minor", "net_minor"), 0),
    }
    world.platform.poster.commit(WriteSet(ops=[Insert(settlement_batch, values)]))
    return read(world, str(values["batch_id"]))


def read(world: World, batch_id: str) -> Any:
    with world.platform.db.read() as connection:
        return get_batch(connection, LANTERN, batch_id)


def take(world: World, row: Any, event: BatchEvent) -> None:
    world.platform.poster.commit(WriteSet(ops=edge("settlement_batch", row, event, world.clock.now())))


@pytest.fixture(autouse=True)
def _books_balance() -> None:
    """These batches have no items: the invariants over items are other tests' matter."""


def test_every_edge_is_taken_once(world: World) -> None:
    for source, event, target in EDGES:
        row = batch(world, source)
        take(world, row, event)

        after = read(world, row.batch_id)
        assert (after.status, after.version) == (target, 2), (source, event)
        with pytest.raises(EdgeRefused):  # the same event once more, by somebody who read the same row
            take(world, row, event)
        assert read(world, row.batch_id).version == 2
        with world.platform.db.read() as connection:
            (line,) = history_of(connection, LANTERN, [row.batch_id])
        assert (line["source"], line["event"], line["target"]) == (source, event, target)


def test_an_event_that_comes_too_late_is_refused(world: World) -> None:
    for source, event, _ in EDGES:
        row = batch(world, source)
        elsewhere = [(on, to) for start, on, to in EDGES if start == source and on != event]
        for other, _ in elsewhere:  # another event of this state was faster: a conflict
            moved = batch(world, source)
            take(world, moved, other)
            with pytest.raises(EdgeRefused):
                take(world, moved, event)
        assert read(world, row.batch_id).status == source


@pytest.mark.parametrize("state", list(BatchState))
def test_what_is_not_in_the_table_cannot_happen(state: BatchState) -> None:
    row = SimpleNamespace(tenant_id=LANTERN, batch_id="stb_1", status=state.value)
    now = SimpleNamespace()
    for event in set(BatchEvent) - {on for source, on, _ in EDGES if source == state}:
        with pytest.raises(NoSuchEdge):
            edge("settlement_batch", row, event, now)  # type: ignore[arg-type]
