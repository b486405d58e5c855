"""Every edge of every state table, on the real tables: taken, then met by a duplicate, a stale and a conflicting event.

The tables are found by looking at every module of the platform, so a new one is tried without being
named here; it has to be known to `app/edges.py`, which is where its edges become writes. Run with `-s`
to read the report: one line for each edge.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Date, Integer, LargeBinary, Table, event, func, select

import checkstand
from checkstand.accounting import EdgeRefused, Poster, WriteSet
from checkstand.app import tables
from checkstand.app.edges import edge, object_tables, transition_tables
from checkstand.infra.db import Database, Instant, Json, metadata
from checkstand.infra.ops import Insert
from checkstand.infra.state_event import state_event
from checkstand.kernel import FrozenClock, NoSuchEdge, TransitionTable
from checkstand.kernel.transitions import Classified

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
KINDS = sorted(transition_tables())
CASES = ("taken", "duplicate", "stale", "conflicting")


def found_tables() -> dict[str, TransitionTable[Any, Any]]:
    """Every transition table that some module of the platform declares."""
    found = {}
    for module in pkgutil.walk_packages(checkstand.__path__, "checkstand."):
        if module.name.endswith(("states", "status")):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, TransitionTable):
                    found[value.name] = value
    return found


@dataclass
class Bench:
    """The real tables without their other rules: only states are tried here."""

    db: Database
    poster: Poster
    made: int = 0

    def row(self, kind: str, state: str) -> Any:
        """A new object in this state."""
        table, key = object_tables()[kind]
        self.made += 1
        values = {**{column.name: filler(column, self.made) for column in table.c}, "status": state, "version": 1}
        values = {name: value for name, value in values.items() if name in table.c}
        self.poster.commit(WriteSet(ops=[Insert(table, {**values, "tenant_id": "lantern"})]))
        return self.read(table, key, values[key])

    def read(self, table: Table, key: str, object_id: str) -> Any:
        with self.db.read() as connection:
            query = select(table).where(table.c.tenant_id == "lantern", table.c[key] == object_id)
            return connection.execute(query).one()

    def again(self, kind: str, row: Any) -> Any:
        table, key = object_tables()[kind]
        return self.read(table, key, getattr(row, key))

    def history(self, kind: str, row: Any) -> int:
        _, key = object_tables()[kind]
        with self.db.read() as connection:
            query = select(func.count()).where(state_event.c.object_id == getattr(row, key))
            return connection.execute(query).scalar_one()


def filler(column: Any, number: int) -> Any:
    """Some value of the column's type, another one in each row."""
    if column.nullable:
        return None
    kinds = ((Instant, NOW), (Json, {}), (Date, date(2026, 3, 1)), (Boolean, False), (LargeBinary, b""))
    for kind, value in kinds:
        if isinstance(column.type, kind):
            return value
    return number if isinstance(column.type, BigInteger | Integer) else f"x{number}"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    tables.load()
    db = Database(f"sqlite:///{tmp_path_factory.mktemp('edges')}/edges.db")

    @event.listens_for(db.engine, "connect")
    def only_states(connection: Any, _: Any) -> None:
        for pragma in ("ignore_check_constraints = ON", "foreign_keys = OFF", "synchronous = OFF"):
            connection.execute(f"PRAGMA {pragma}")

    metadata.create_all(db.engine)
    poster = Poster(db, FrozenClock(NOW))
    poster.start()
    yield Bench(db, poster)
    poster.stop()
    db.close()


def test_every_state_table_is_known_where_edges_are_written() -> None:
    assert {table.name for table in transition_tables().values()} == set(found_tables())


@pytest.mark.parametrize("kind", KINDS)
def test_every_edge_is_taken_once_and_nothing_else_moves_it(bench: Bench, kind: str) -> None:
    table = transition_tables()[kind]
    report = {edge_: tried(bench, kind, table, *edge_) for edge_ in table.edges()}

    print(f"\n{kind}")
    for (source, on, target), cases in report.items():
        marks = "  ".join(f"{case}: {cases.get(case, 'MISSING')}" for case in CASES)
        print(f"  {source:<16} {on:<20} {target:<16} {marks}")
    missing = [(edge_, case) for edge_, cases in report.items() for case in CASES if case not in cases]
    assert missing == []
    assert len(report) == len(table.rows)


def tried(
    bench: Bench, kind: str, table: TransitionTable[Any, Any], source: Any, on: Any, target: Any
) -> dict[str, str]:
    """What became of the edge and of the three events that meet it."""
    row = bench.row(kind, source)
    taking = WriteSet(ops=edge(kind, row, on, NOW))
    bench.poster.commit(taking)
    moved = bench.again(kind, row)
    assert (moved.status, bench.history(kind, row)) == (target, 1)
    cases = {"taken": "moved"}

    if source != target:  # a step on the spot is told apart by what it writes beside the state
        with pytest.raises(EdgeRefused):
            bench.poster.commit(WriteSet(ops=edge(kind, row, on, NOW)))
        assert bench.again(kind, row).status == target
        assert bench.history(kind, row) == 1
    cases["duplicate"] = repeated(table, source, on, target)
    cases["stale"] = stale(bench, kind, table, source, on, target)
    cases["conflicting"] = conflicting(bench, kind, table, source, target)
    return cases


def repeated(table: TransitionTable[Any, Any], source: Any, on: Any, target: Any) -> str:
    """The same event told again, by somebody who reads the new state."""
    said = table.classify(target, on)
    if said is None:
        assert table.to(target, on) is not None
        return "a step of its own"
    assert said == Classified.DUPLICATE
    return "refused, duplicate"


def stale(bench: Bench, kind: str, table: TransitionTable[Any, Any], source: Any, on: Any, target: Any) -> str:
    """The event was read before the object moved on by another edge: the guard refuses it."""
    others = [each for from_, event_, each in table.edges() if from_ == source and event_ != on and each != source]
    row = bench.row(kind, source)
    if others:
        other = next(event_ for from_, event_, each in table.edges() if from_ == source and each == others[0])
        bench.poster.commit(WriteSet(ops=edge(kind, row, other, NOW)))
        now = others[0]
    elif source != target:
        bench.poster.commit(WriteSet(ops=edge(kind, row, on, NOW)))
        now = target
    else:
        return "stays where it is"
    with pytest.raises(EdgeRefused):
        bench.poster.commit(WriteSet(ops=edge(kind, row, on, NOW)))
    assert bench.again(kind, row).status == now
    assert bench.history(kind, row) == 1
    return f"refused in {now}"


def conflicting(bench: Bench, kind: str, table: TransitionTable[Any, Any], source: Any, target: Any) -> str:
    """Every event that the new state has no row for is refused and leaves no trace."""
    events = {on for _, on, _ in table.edges()}
    refused = [on for on in sorted(events) if not table.allows(target, on)]
    row = bench.row(kind, target)
    for on in refused:
        with pytest.raises(NoSuchEdge):
            edge(kind, row, on, NOW)
        assert table.classify(target, on) in (Classified.DUPLICATE, Classified.STALE, Classified.CONFLICT)
        if target in table.terminal and target not in {each for _, event_, each in table.edges() if event_ == on}:
            assert table.classify(target, on) == Classified.CONFLICT
    assert bench.history(kind, row) == 0
    return f"{len(refused)} of {len(events)} refused"


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_is_reached_and_every_end_is_an_end(kind: str) -> None:
    table = transition_tables()[kind]
    states = {state for source, _, target in table.edges() for state in (source, target)}
    reached = {target for source, _, target in table.edges() if source != target}
    beginnings = states - reached

    assert len(beginnings) <= 2, f"nothing leads to {sorted(beginnings)}"
    assert table.terminal <= states
    dead_ends = states - {source for source, _, target in table.edges() if source != target}
    assert dead_ends <= table.terminal, f"nothing leads on from {sorted(dead_ends - table.terminal)}"
