"""What can happen is a table, and whatever is not in it cannot happen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from checkstand.kernel.errors import CheckstandError, Kind

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class NoSuchEdge(CheckstandError):
    """The object's state has no row for this event."""

    code = "state.no_such_edge"
    kind = Kind.CONFLICT
    message = "This cannot happen in the present state."
    remedy = "Read the object again and decide from its present state."


class Classified(StrEnum):
    """Why an edge was not taken (money.md §4)."""

    DUPLICATE = "duplicate"  # already there: answer success, no effects
    STALE = "stale"  # an older event than the state: record, ignore
    CONFLICT = "conflict"  # contradicts a terminal state: record an anomaly, resolve


@dataclass(frozen=True)
class TransitionTable(Generic[S, E]):
    """All edges of one kind of object: (from, event) → to."""

    name: str
    rows: Mapping[tuple[S, E], S]
    terminal: frozenset[S]

    def to(self, state: S, event: E) -> S:
        """Where the event leads; `NoSuchEdge` when the table has no such row."""
        try:
            return self.rows[state, event]
        except KeyError:
            raise NoSuchEdge(f"{self.name}: no edge from {state} on {event}") from None

    def allows(self, state: S, event: E) -> bool:
        return (state, event) in self.rows

    def classify(self, state: S, event: E) -> Classified | None:
        """Why an event changes nothing in this state; None when the table has its edge.

        Where it leads already is a duplicate. Against a terminal state it is a conflict; anything else is
        older than the state.
        """
        if self.allows(state, event):
            return None
        if state in {target for _, on, target in self.edges() if on == event}:
            return Classified.DUPLICATE
        return Classified.CONFLICT if state in self.terminal else Classified.STALE

    def sources(self, event: E) -> tuple[S, ...]:
        """Every state in which this event means something; the guard of the UPDATE."""
        return tuple(source for (source, on) in self.rows if on == event)

    def edges(self) -> Iterator[tuple[S, E, S]]:
        for (source, event), target in self.rows.items():
            yield source, event, target
