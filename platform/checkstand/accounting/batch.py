"""Many write sets applied as one: equal statements of all callers become one executemany each.

The order within a batch is: idempotency rows, changes of existing rows, new rows (parents first),
journals. A table whose rows decide whether a request is new says so with `info={"idempotency": True}`;
its inserts come first, so a repeated request is told that it is one before anything else is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, MetaData, Table

from checkstand.accounting.errors import EdgeRefused
from checkstand.accounting.model import Journal, WriteSet
from checkstand.accounting.postings import Overdrawn, post
from checkstand.accounting.statements import Statement, Statements
from checkstand.infra.ops import Edge, Insert, Op, Update, Upsert


@dataclass(frozen=True, slots=True)
class _Ready:
    """An operation with its statement and its row of values."""

    op: Op
    statement: Statement
    row: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The operations of one write set by the step in which they run."""

    first: list[_Ready]
    changes: list[_Ready]
    added: list[_Ready]
    journals: Sequence[Journal]


def apply(connection: Connection, statements: Statements, batch: Sequence[WriteSet], booked_at: datetime) -> None:
    """Write everything of the batch, or raise; the caller owns the transaction."""
    done = 0
    for wave in _waves([_prepare(statements, write_set) for write_set in batch]):
        try:
            _apply_wave(connection, statements, wave, booked_at)
        except Overdrawn as refused:
            raise Overdrawn({done + place: error for place, error in refused.refusals.items()}) from None
        done += len(wave)


def _prepare(statements: Statements, write_set: WriteSet) -> _Prepared:
    prepared = _Prepared([], [], [], write_set.journals)
    for op in write_set.ops:
        if isinstance(op, Edge | Update):
            prepared.changes.append(_Ready(op, *statements.change(op)))
        elif isinstance(op, Upsert):
            prepared.added.append(_Ready(op, *statements.upsert(op)))
        else:
            values = _with_defaults(op)
            ready = _Ready(op, statements.insert(op.table, tuple(values), op.on_conflict), tuple(values.values()))
            (prepared.first if op.table.info.get("idempotency") else prepared.added).append(ready)
    return prepared


def _waves(batch: Sequence[_Prepared]) -> Iterator[Sequence[_Prepared]]:
    """Cut the batch where a row would be changed by two different statements.

    Statements run one after the other over all write sets, so a row that meets two of them could see
    its callers in another order than the next row does. Equal statements keep the callers' order: a
    hot counter needs no cut.
    """
    seen: dict[tuple[Any, ...], int] = {}
    wave: list[_Prepared] = []
    for prepared in batch:
        changed = {_row(ready.op): id(ready.statement) for ready in prepared.changes}
        if any(seen.get(row, statement) != statement for row, statement in changed.items()):
            yield wave
            wave, seen = [], {}
        wave.append(prepared)
        seen.update(changed)
    if wave:
        yield wave


def _row(op: Any) -> tuple[Any, ...]:
    return (op.table.name, *op.key.values())


def _apply_wave(connection: Connection, statements: Statements, wave: Sequence[_Prepared], booked_at: datetime) -> None:
    _insert(connection, [ready for prepared in wave for ready in prepared.first])
    for statement, changes in _grouped(ready for prepared in wave for ready in prepared.changes):
        if statement.run(connection, [ready.row for ready in changes]) != len(changes):
            raise EdgeRefused(rows=[_row(ready.op) for ready in changes][:3])
    _insert(connection, [ready for prepared in wave for ready in prepared.added])
    journals = [prepared.journals for prepared in wave]
    if any(journals):
        post(connection, statements, journals, booked_at)


def _insert(connection: Connection, rows: list[_Ready]) -> None:
    if len({ready.op.table for ready in rows}) > 1:
        rank = _parents_first(rows[0].op.table.metadata)
        rows.sort(key=lambda ready: rank.get(ready.op.table.name, 0))
    for statement, group in _grouped(rows):
        statement.run(connection, [ready.row for ready in group])


def _grouped(rows: Iterable[_Ready]) -> Iterable[tuple[Statement, list[_Ready]]]:
    groups: dict[int, tuple[Statement, list[_Ready]]] = {}
    for ready in rows:
        groups.setdefault(id(ready.statement), (ready.statement, []))[1].append(ready)
    return groups.values()


_DEFAULTS: dict[Table, dict[str, Callable[[], Any]]] = {}


def _with_defaults(op: Insert) -> dict[str, Any]:
    """The row's values, with what the table's columns fill in by themselves."""
    defaults = _DEFAULTS.get(op.table)
    if defaults is None:
        defaults = _DEFAULTS[op.table] = {c.name: _maker(c.default) for c in op.table.c if c.default is not None}
    filled = {name: make() for name, make in defaults.items() if name not in op.values}
    return {**op.values, **filled}


def _maker(default: Any) -> Callable[[], Any]:
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)


_RANKS: dict[tuple[MetaData, int], dict[str, int]] = {}


def _parents_first(metadata: MetaData) -> dict[str, int]:
    """The place of each table when parents come before children; computed again when tables were added."""
    key = (metadata, len(metadata.tables))
    if key not in _RANKS:
        _RANKS[key] = {table.name: place for place, table in enumerate(metadata.sorted_tables)}
    return _RANKS[key]
