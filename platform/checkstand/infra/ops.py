"""Writes as values: a decision returns them, the poster executes many of them in one transaction.

An operation names a table and plain values, so the poster can group equal statements of many
callers into one `executemany`. Within one batch all updates run before all inserts; a write set
therefore inserts a row in its final shape instead of inserting and then updating it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Table


@dataclass(frozen=True, slots=True)
class Insert:
    """One new row. `on_conflict="ignore"` for rows that may be there already (an idempotent fact)."""

    table: Table
    values: Mapping[str, Any]
    on_conflict: Literal["fail", "ignore"] = "fail"


@dataclass(frozen=True, slots=True)
class Edge:
    """A guarded state change: `UPDATE … SET status=:to, version=version+1 WHERE key AND status IN (:sources)`.

    No row updated means that somebody else was faster or the event is out of date: the whole write
    set is refused with `EdgeRefused` and the caller reads again and classifies. `add` increments
    columns; a CHECK on the table is what stops an increment that goes too far.
    """

    table: Table
    key: Mapping[str, Any]
    sources: tuple[str, ...]
    to: str
    values: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Update:
    """Change columns of exactly one row; `guard` columns must still hold these values."""

    table: Table
    key: Mapping[str, Any]
    values: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    guard: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upsert:
    """Insert, or overwrite the columns of the row that has this primary key (pointers, counters)."""

    table: Table
    values: Mapping[str, Any]


Op = Insert | Edge | Update | Upsert
