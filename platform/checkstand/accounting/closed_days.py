"""Closed accounting days (日切): what a day held when it was sealed, chained to the day before it.

A seal is three facts: how many journals and entries, the SHA-256 over them, and a chain value that
also covers every earlier seal. Who changes an old entry has to change every later seal as well, and
the last one is easily kept elsewhere: on paper, in a mail, with the auditor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Date, Index, Row, String, Table, select

from checkstand.infra.db import Instant, metadata
from checkstand.kernel.clock import monotonic_s

FRESH_S: Final = 1.0

closed_day = Table(
    "closed_day",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("accounting_date", Date, primary_key=True),
    Column("journals", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),  # over this day alone
    Column("chain", String(64), nullable=False),  # over this digest and the chain of the day before
    Column("closed_at", Instant, nullable=False),
    # The poster asks for every book at once whether its day is closed.
    Index("ix_closed_day_date", "accounting_date"),
)

_D = closed_day.c


def chained(before: str, day: date, digest: str) -> str:
    """The chain value of a day after the one whose value is `before` (empty for a book's first day)."""
    return hashlib.sha256(f"{before}|{day.isoformat()}|{digest}".encode()).hexdigest()


def last_closed(connection: Connection, tenant_id: str) -> Row[Any] | None:
    """The latest sealed day of a book."""
    return connection.execute(
        select(closed_day).where(_D.tenant_id == tenant_id).order_by(_D.accounting_date.desc()).limit(1)
    ).one_or_none()


def closed_days(
    connection: Connection, tenant_id: str, *, before: date | None = None, limit: int = 100
) -> Sequence[Row[Any]]:
    """Sealed days, the latest first."""
    query = select(closed_day).where(_D.tenant_id == tenant_id)
    if before is not None:
        query = query.where(_D.accounting_date < before)
    return connection.execute(query.order_by(_D.accounting_date.desc()).limit(limit)).all()


class ClosedBooks:
    """Which books take no more postings on a day; asked by the poster before each batch, read once a second.

    A day is sealed minutes after its end, so that only a machine whose clock is wrong can be refused here.
    """

    def __init__(self) -> None:
        self._day: date | None = None
        self._read_at = 0.0
        self._closed: frozenset[str] = frozenset()

    def on(self, connection: Connection, day: date) -> frozenset[str]:
        """The tenants whose books are closed on this day."""
        now = monotonic_s()
        if day != self._day or now - self._read_at > FRESH_S:
            found = connection.execute(select(_D.tenant_id).where(_D.accounting_date >= day).distinct())
            self._closed, self._day, self._read_at = frozenset(found.scalars()), day, now
        return self._closed
