"""One transaction for a batch of write sets: retried when the database asks for it, refused item by item.

A batch is first tried as a whole. If something in it is refused, the transaction starts over with a
savepoint per part: the batch is halved until the refused items stand alone, or, when a balance was too
low, they are known already and tried by themselves. Everybody else's write is not affected.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from checkstand.accounting import batch
from checkstand.accounting.calendar import accounting_date
from checkstand.accounting.closed_days import ClosedBooks
from checkstand.accounting.errors import CommitUnknown, DayClosed, LedgerUnavailable
from checkstand.accounting.model import WriteSet
from checkstand.accounting.postings import Overdrawn
from checkstand.accounting.refusals import classify, is_rolled_back, is_transient
from checkstand.accounting.statements import Statements
from checkstand.infra.db import Database
from checkstand.kernel import Clock

# Pauses before another try: a deadlock is over at once, a restarting server needs some seconds.
_PAUSES_S: Final = (0.01, 0.05, 0.2, 0.5, 1.0, 2.0)

# An acknowledged payment must survive a crash whatever the server's default is; and another process
# that holds a lock for long must not stop this one for good.
_POSTGRESQL_SESSION: Final = ("SET synchronous_commit = on", "SET lock_timeout = '10s'")

Outcome = Exception | None  # None: it is stored


class _Again(Exception):
    """The transaction left no trace and may succeed when tried again."""


class Writer:
    """The only connection that writes. Belongs to one thread."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._statements = Statements(db.engine.dialect)
        self._connection: Connection | None = None
        self._booked_at: datetime | None = None
        self._closed = ClosedBooks()

    def write(self, sets: Sequence[WriteSet]) -> list[Outcome]:
        """Store the write sets in one transaction; tells for each whether it is stored or why not."""
        reason = ""
        for pause in (0.0, *_PAUSES_S):
            time.sleep(pause * random.uniform(0.5, 1.5))  # apart from whoever collided with us
            try:
                return self._transaction(sets)
            except _Again as again:
                self.close()
                reason = str(again)
            except SQLAlchemyError as error:  # a savepoint or rollback met a broken connection
                self.close()
                if not is_transient(error):
                    raise
                reason = str(error)
        return [LedgerUnavailable(reason=reason) for _ in sets]

    def close(self) -> None:
        """Give the connection back; the next write opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except SQLAlchemyError:
                pass  # it is broken, which is why it is being closed

    def _transaction(self, sets: Sequence[WriteSet]) -> list[Outcome]:
        connection = self._begun()
        outcomes: list[Outcome] = [None] * len(sets)
        error = self._applied(connection, sets)
        if error is not None:
            connection.rollback()
            if len(sets) == 1:
                return [_reason(error, sets[0])]
            connection = self._begun()
            self._apart(connection, sets, range(len(sets)), error, outcomes)
        if all(outcomes):
            connection.rollback()
            return outcomes
        return self._committed(connection, sets, outcomes)

    def _committed(self, connection: Connection, sets: Sequence[WriteSet], outcomes: list[Outcome]) -> list[Outcome]:
        try:
            connection.commit()
        except IntegrityError as error:  # a deferred constraint: certainly rolled back, but whose fault is it?
            connection.rollback()
            if len(sets) == 1:
                return [classify(error, sets[0])]
            middle = len(sets) // 2
            return self.write(sets[:middle]) + self.write(sets[middle:])
        except SQLAlchemyError as error:
            if is_rolled_back(error):
                raise _Again(str(error)) from error
            self.close()
            return [outcome or CommitUnknown(reason=type(error).__name__) for outcome in outcomes]
        return outcomes

    def _apart(
        self,
        connection: Connection,
        sets: Sequence[WriteSet],
        places: Sequence[int],
        error: Exception,
        outcomes: list[Outcome],
    ) -> None:
        """Try the parts of a refused batch, each behind its own savepoint."""
        for part in _parts(places, error):
            savepoint = connection.begin_nested()
            refused = self._applied(connection, [sets[place] for place in part])
            if refused is None:
                savepoint.commit()
                continue
            savepoint.rollback()
            if len(part) == 1:
                outcomes[part[0]] = _reason(refused, sets[part[0]])
            else:
                self._apart(connection, sets, part, refused, outcomes)

    def _applied(self, connection: Connection, sets: Sequence[WriteSet]) -> Exception | None:
        try:
            booked_at = self._instant()
            self._open_books(connection, sets, booked_at)
            batch.apply(connection, self._statements, sets, booked_at)
        except Exception as error:  # whatever it is, it concerns these write sets only
            if is_transient(error):
                raise _Again(str(error)) from error
            return error
        return None

    def _open_books(self, connection: Connection, sets: Sequence[WriteSet], booked_at: datetime) -> None:
        """Refuse what would be booked on a sealed day."""
        if not any(write_set.journals for write_set in sets):
            return
        day = accounting_date(booked_at)
        closed = self._closed.on(connection, day)
        if closed:
            refusals = {
                place: DayClosed(accounting_date=day.isoformat())
                for place, write_set in enumerate(sets)
                if any(journal.tenant_id in closed for journal in write_set.journals)
            }
            if refusals:
                raise Overdrawn(refusals)

    def _begun(self) -> Connection:
        try:
            if self._connection is None:
                self._connection = self._db.engine.connect()
                if not self._db.is_sqlite:
                    for setting in _POSTGRESQL_SESSION:
                        self._connection.exec_driver_sql(setting)
                    self._connection.commit()
            if self._db.is_sqlite:
                self._connection.exec_driver_sql("BEGIN IMMEDIATE")  # take the write lock now, not half-way
        except DBAPIError as error:
            raise _Again(str(error)) from error
        return self._connection

    def _instant(self) -> datetime:
        """The booking time; never earlier than the one before, even if the machine's clock is set back."""
        now = self._clock.now()
        self._booked_at = max(now, self._booked_at or now)
        return self._booked_at


def _parts(places: Sequence[int], error: Exception) -> list[Sequence[int]]:
    if isinstance(error, Overdrawn):
        alone: list[Sequence[int]] = [[places[i]] for i in error.refusals]
        good = [place for i, place in enumerate(places) if i not in error.refusals]
        return [good, *alone] if good else alone
    middle = len(places) // 2
    return [places[:middle], places[middle:]]


def _reason(error: Exception, write_set: WriteSet) -> Exception:
    return next(iter(error.refusals.values())) if isinstance(error, Overdrawn) else classify(error, write_set)
