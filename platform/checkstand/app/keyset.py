"""Pages of a long list, newest first: a page goes on after the last row seen, so page 10,000 costs what page 1 costs.

A filter that matches little would make the database read a whole list for one page. So a page looks at a
limited number of rows, and says how far back it has looked; the next page goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, literal, select, tuple_

from checkstand.app.list_payments import PageInvalid
from checkstand.infra.db import Instant

WINDOW: Final = 20_000  # rows looked at in one step
WINDOWS: Final = 5  # steps of one page


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list: the row with this time and id, the next page begins after it."""

    at: datetime
    row_id: str

    def __str__(self) -> str:
        return f"{self.at.isoformat(timespec='microseconds')}~{self.row_id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What `str` wrote; None for an empty text. Raises `PageInvalid`."""
        if not text:
            return None
        at, _, row_id = text.replace(" ", "+").partition("~")
        try:
            place = cls(datetime.fromisoformat(at), row_id)
        except ValueError:
            raise PageInvalid() from None
        if place.at.tzinfo is None or not row_id.isascii() or len(row_id) > 40:
            raise PageInvalid()
        return place


@dataclass(frozen=True, slots=True)
class Listing:
    """Which rows of a table there are: `scope` follows the index, `narrow` is looked up row by row."""

    table: Table
    id_name: str
    scope: Sequence[ColumnElement[bool]]
    narrow: Sequence[ColumnElement[bool]] = ()

    def after(self, place: Cursor | None) -> list[ColumnElement[bool]]:
        return [*self.scope, self._key() < _values(place)] if place else [*self.scope]

    def until(self, place: Cursor | None) -> list[ColumnElement[bool]]:
        return [self._key() >= _values(place)] if place else []

    def newest_first(self, *columns: Any) -> Any:
        return select(*columns).order_by(self.table.c.created_at.desc(), self.table.c[self.id_name].desc())

    def place_of(self, row: Row[Any]) -> Cursor:
        return Cursor(row.created_at, row._mapping[self.id_name])

    def columns(self) -> tuple[Any, Any]:
        return self.table.c.created_at, self.table.c[self.id_name]

    def _key(self) -> Any:
        return tuple_(*self.columns())


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, where the next page begins, and (when a filter found too little) how far back was looked."""

    rows: Sequence[Row[Any]] = field(default_factory=list)
    next_cursor: str = ""
    looked_back_to: datetime | None = None


def read_page(connection: Connection, listing: Listing, place: Cursor | None, limit: int) -> Page:
    """One page, newest first."""
    rows: list[Row[Any]] = []
    for _ in range(WINDOWS if listing.narrow else 1):
        floor = _floor(connection, listing, place) if listing.narrow else None
        wanted = and_(*listing.after(place), *listing.until(floor), *listing.narrow)
        query = listing.newest_first(listing.table).where(wanted).limit(limit + 1 - len(rows))
        rows += connection.execute(query).all()
        if len(rows) > limit:
            return Page(rows[:limit], str(listing.place_of(rows[limit - 1])))
        if floor is None:
            return Page(rows)
        place = floor
    return Page(rows, str(place), place.at if place else None)


def _floor(connection: Connection, listing: Listing, place: Cursor | None) -> Cursor | None:
    """The row a window further back; None when the list ends before. Read from the index alone."""
    query = listing.newest_first(*listing.columns()).where(*listing.after(place)).offset(WINDOW - 1).limit(1)
    row = connection.execute(query).one_or_none()
    return listing.place_of(row) if row is not None else None


def _values(place: Cursor | None) -> Any:
    return tuple_(literal(place.at, Instant()), literal(place.row_id)) if place else None
