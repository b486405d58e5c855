"""Closing accounting days (日切): minutes after midnight in Shanghai the day before is sealed, book by book.

Every posting takes the accounting date of its booking time, and booking time only moves on; so once the
grace is over nothing can still be booked on a day that has ended. A machine whose clock is wrong by more
is refused by the poster. Days are closed in order and without a gap, because each seal continues the one
before; a day without postings is sealed as an empty one.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from checkstand.accounting import RowExists, WriteSet, accounting_date
from checkstand.accounting.calendar import ACCOUNTING_ZONE
from checkstand.accounting.closed_days import chained, closed_day, last_closed
from checkstand.accounting.sealing import contents_of
from checkstand.accounting.store import journal
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.infra.jobs import Job, job_op
from checkstand.infra.ops import Insert
from checkstand.kernel import CheckstandError, Kind
from checkstand.kernel.clock import monotonic_s
from checkstand.member import tenant
from checkstand.monitoring.audit import PLATFORM

GRACE: Final = timedelta(minutes=5)  # more than clocks of one installation differ, and than a batch can take
BUDGET_S: Final = 20.0  # well within the lease of the job
PAUSE: Final = timedelta(seconds=5)


class DayNotOver(CheckstandError):
    """The day still takes postings."""

    code = "ledger.day_not_over"
    kind = Kind.CONFLICT
    message = "This accounting date is not over, so it cannot be closed."
    remedy = "A day ends at midnight in Shanghai and can be closed five minutes later."


class DaysBefore(CheckstandError):
    """An earlier day is open."""

    code = "ledger.earlier_day_open"
    kind = Kind.CONFLICT
    message = "Days are closed in order, and an earlier one is open."
    remedy = "Close the day that the message names first."


class AlreadyClosed(CheckstandError):
    """The day has its seal."""

    code = "ledger.already_closed"
    kind = Kind.CONFLICT
    message = "This accounting date is closed."
    remedy = "Nothing needs to be done. A correction is an adjustment, booked today."


def close_day(platform: Platform, tenant_id: str, day: date) -> None:
    """Seal one day of one book."""
    now = platform.clock.now()
    if now < closable_at(day):
        raise DayNotOver(f"{day} is not over; it can be closed from {closable_at(day)} on")
    with platform.db.stream() as connection:
        before = last_closed(connection, tenant_id)
        expected = before.accounting_date + timedelta(days=1) if before else _first_day(connection, tenant_id)
        if before is not None and day <= before.accounting_date:
            raise AlreadyClosed(f"{day} is closed already")
        if expected is not None and day > expected:
            raise DaysBefore(f"{expected} is still open", accounting_date=expected.isoformat())
        contents = contents_of(connection, tenant_id, day)
    seal = {
        "tenant_id": tenant_id,
        "accounting_date": day,
        "journals": contents.journals,
        "entries": contents.entries,
        "digest": contents.digest,
        "chain": chained(before.chain if before else "", day, contents.digest),
        "closed_at": now,
    }
    try:
        platform.poster.commit(WriteSet(ops=[Insert(closed_day, seal)]))
    except RowExists:
        raise AlreadyClosed(f"{day} is closed already") from None


def open_days(connection: Connection, tenant_id: str, now: datetime) -> list[date]:
    """The days of a book that are over and not closed, oldest first."""
    before = last_closed(connection, tenant_id)
    day = before.accounting_date + timedelta(days=1) if before else _first_day(connection, tenant_id)
    days = []
    while day is not None and now >= closable_at(day):
        days.append(day)
        day += timedelta(days=1)
    return days


def closable_at(day: date) -> datetime:
    """The moment from which nothing can be booked on this day."""
    return datetime.combine(day + timedelta(days=1), time(), ACCOUNTING_ZONE) + GRACE


def close_days(platform: Platform, _job: Job) -> Finished | Again:
    """The daily job: close every day of every book that is over, then sleep until the next one is."""
    until, now = monotonic_s() + BUDGET_S, platform.clock.now()
    with platform.db.read() as connection:
        books = list(connection.execute(select(tenant.c.tenant_id).order_by(tenant.c.tenant_id)).scalars())
    for tenant_id in books:
        with platform.db.read() as connection:
            days = open_days(connection, tenant_id, now)
        for day in days:
            if monotonic_s() >= until:
                return Again(platform.clock.now() + PAUSE)
            try:
                close_day(platform, tenant_id, day)
            except AlreadyClosed:
                continue  # another process was faster
    today = accounting_date(now)
    due = closable_at(today)
    following = job_op(PLATFORM, "ledger.close_day", today.isoformat(), {}, due_at=due, now=now)
    return Finished(WriteSet(ops=[following]))


def _first_day(connection: Connection, tenant_id: str) -> date | None:
    first: date | None = connection.execute(
        select(func.min(journal.c.accounting_date)).where(journal.c.tenant_id == tenant_id)
    ).scalar()
    return first
