"""Partners found: every own line and every statement line once, together or alone (money.md §5.3, step 4).

Both sides are sorted by (kind, our number) in a scratch file and merged in one pass; what is left alone is
tried by the channel's number, and refunds without a number of ours by what they refund, amount and order
of time. Never by amount and time alone: two shoppers buy the same book in the same minute. Memory does
not grow with the day.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from types import TracebackType
from typing import Any, Final, NamedTuple

from checkstand.reconciliation.model import OwnLine, StatementLine

_TABLES: Final = """
CREATE TABLE own (kind, our_no, channel_no, original_no, gross INT, fee INT, currency, at INT,
                  booked_on INT, carried INT);
CREATE TABLE line (kind, our_no, channel_no, original_no, gross INT, fee INT, currency, at INT, line_no INT,
                   ordered INT, final INT, cleared_on INT);
CREATE TABLE own_alone AS SELECT * FROM own WHERE 0;
CREATE TABLE line_alone AS SELECT * FROM line WHERE 0;
CREATE TABLE pair (own_id INTEGER, line_id INTEGER UNIQUE, how);
"""
_PUT_OWN: Final = "INSERT INTO own VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_LINE: Final = "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_OWN_ALONE: Final = "INSERT INTO own_alone VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_LINE_ALONE: Final = "INSERT INTO line_alone VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# Number of a row among those that could stand in for each other; equal numbers are partners.
_BY_CHANNEL_NO: Final = """
INSERT INTO pair
SELECT o.rowid, l.rowid, 'channel_no' FROM own_alone AS o
JOIN (
    SELECT min(rowid) AS first, kind, channel_no FROM line_alone WHERE channel_no <> '' GROUP BY kind, channel_no
) AS f ON f.kind = o.kind AND f.channel_no = o.channel_no
JOIN line_alone AS l ON l.rowid = f.first
WHERE o.channel_no <> '' AND o.rowid IN (SELECT min(rowid) FROM own_alone GROUP BY kind, channel_no)
"""
_SECOND_OF_CHANNEL_NO: Final = """
INSERT INTO pair
SELECT NULL, rowid, 'duplicate' FROM (
    SELECT rowid, row_number() OVER (PARTITION BY kind, channel_no ORDER BY line_no) AS nth
    FROM line_alone WHERE channel_no <> '' AND our_no = ''
) WHERE nth > 1
"""
_BY_ORIGINAL: Final = """
INSERT INTO pair
SELECT o.id, l.id, 'original' FROM (
    SELECT rowid AS id, original_no, gross, currency,
        row_number() OVER (PARTITION BY original_no, gross, currency ORDER BY at, rowid) AS nth
    FROM own_alone
    WHERE kind = 'refund' AND original_no <> '' AND rowid NOT IN (SELECT own_id FROM pair WHERE own_id > 0)
) AS o JOIN (
    SELECT rowid AS id, original_no, gross, currency,
        row_number() OVER (PARTITION BY original_no, gross, currency ORDER BY at, rowid) AS nth
    FROM line_alone WHERE kind = 'refund' AND our_no = '' AND rowid NOT IN (SELECT line_id FROM pair)
) AS l ON l.original_no = o.original_no AND l.gross = o.gross AND l.currency = o.currency AND l.nth = o.nth
"""
_FOUND: Final = """
SELECT p.how, o.*, l.* FROM pair AS p
JOIN line_alone AS l ON l.rowid = p.line_id LEFT JOIN own_alone AS o ON o.rowid = p.own_id
"""


class Pair(NamedTuple):
    """One movement as both sides have it; at least one side is there."""

    own: OwnLine | None
    line: StatementLine | None
    duplicate: bool = False  # the line repeats one that comes before it in the file


class Matcher:
    """Load both sides, then go through the pairs; use as a context manager."""

    def __enter__(self) -> Matcher:
        self._file = tempfile.NamedTemporaryFile(prefix="reconcile_")
        self._sql = sqlite3.connect(self._file.name, isolation_level=None)
        # Nothing in here has to survive anything: no journal, no waiting for the disk.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536", "temp_store=FILE"):
            self._sql.execute(f"PRAGMA {pragma}")
        self._sql.executescript(_TABLES)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sql.close()
        self._file.close()

    def load_own(self, lines: Iterable[OwnLine]) -> None:
        """Side A; rows go to the scratch file as they come."""
        self._load(_PUT_OWN, ((*each[:7], _us(each.at), each.booked_on.toordinal(), each.carried) for each in lines))

    def load_statement(self, lines: Iterable[StatementLine]) -> None:
        """Side B, in the file's order."""
        rows = (
            (*each[:7], _us(each.at), *each[8:11], each.cleared_on and each.cleared_on.toordinal()) for each in lines
        )
        self._load(_PUT_LINE, rows)

    def gross_minor(self) -> int:
        """What moved that day by the statement; the measure for tolerances of the day."""
        return int(self._sql.execute("SELECT coalesce(sum(gross), 0) FROM line").fetchone()[0])

    def pairs(self) -> Iterator[Pair]:
        """Everything of both sides once: first what matches by our number, then the rest."""
        yield from self._merged()
        for statement in (_BY_CHANNEL_NO, _SECOND_OF_CHANNEL_NO, _BY_ORIGINAL):
            self._sql.execute(statement)
        for row in self._sql.execute(_FOUND):
            yield Pair(_own(row[1:11]) if row[1] else None, _line(row[11:]), row[0] == "duplicate")
        for row in self._sql.execute(
            "SELECT * FROM own_alone WHERE rowid NOT IN (SELECT own_id FROM pair WHERE own_id > 0)"
        ):
            yield Pair(_own(row), None)
        for row in self._sql.execute("SELECT * FROM line_alone WHERE rowid NOT IN (SELECT line_id FROM pair)"):
            yield Pair(None, _line(row))

    def _merged(self) -> Iterator[Pair]:
        """The merge of both sides by (kind, our number); whoever stays alone is put aside."""
        owns = self._sql.execute("SELECT * FROM own ORDER BY kind, our_no")
        found = self._sql.execute("SELECT * FROM line ORDER BY kind, our_no, line_no")
        groups = groupby(found, key=_key)
        own, group = next(owns, None), next(groups, None)
        aside = self._sql.cursor()
        while group is not None:
            key, rows = group
            while own is not None and _key(own) < key:
                aside.execute(_PUT_OWN_ALONE, own)
                own = next(owns, None)
            if not key[1]:  # no number of ours: these are not repetitions of each other
                aside.executemany(_PUT_LINE_ALONE, rows)
            elif own is not None and _key(own) == key:
                yield Pair(_own(own), _line(next(rows)))
                own = next(owns, None)
            else:
                aside.execute(_PUT_LINE_ALONE, next(rows))
            for row in rows:
                yield Pair(None, _line(row), duplicate=True)
            group = next(groups, None)
        while own is not None:
            aside.execute(_PUT_OWN_ALONE, own)
            own = next(owns, None)

    def _load(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._sql.execute("BEGIN")
        self._sql.executemany(statement, rows)
        self._sql.execute("COMMIT")


def _key(row: tuple[Any, ...]) -> tuple[str, str]:
    return row[0], row[1]


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _us(at: datetime) -> int:
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _at(us: int) -> datetime:
    seconds, rest = divmod(us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def _own(row: tuple[Any, ...]) -> OwnLine:
    return OwnLine._make((*row[:7], _at(row[7]), date.fromordinal(row[8]), bool(row[9])))


def _line(row: tuple[Any, ...]) -> StatementLine:
    cleared_on = date.fromordinal(row[11]) if row[11] else None
    return StatementLine._make((*row[:7], _at(row[7]), *row[8:10], bool(row[10]), cleared_on))
