"""A day ends at midnight in Shanghai, is sealed minutes later, and shows whoever touches it afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.world import LANTERN, World

from checkstand.accounting import AccountRef, DayClosed, Entry, Journal, Poster, WriteSet, accounting_date
from checkstand.accounting.closed_days import closed_days
from checkstand.app.ledger.close_day import AlreadyClosed, DayNotOver, DaysBefore, closable_at, close_day, close_days
from checkstand.app.ledger_check import check_ledger
from checkstand.infra.jobs import Job, live_job
from checkstand.kernel import FrozenClock
from checkstand.monitoring.audit import PLATFORM

JOB = Job(PLATFORM, "job_1", "ledger.close_day", "x", {}, None, 1, "")  # type: ignore[arg-type]


@pytest.fixture
def day(world: World):
    """A day with postings that is over."""
    world.member("mei", 5_000)
    day = accounting_date(world.clock.now())
    world.clock.advance(seconds=(closable_at(day) - world.clock.now()).total_seconds())
    return day


def opening(world: World, source: str) -> WriteSet:
    entries = (Entry(AccountRef("1001", "opening", "CNY"), 7), Entry(AccountRef("2001", "mei", "CNY"), -7))
    return WriteSet(journals=[Journal(LANTERN, "opening", "member", source, entries, world.clock.now())])


def test_a_day_that_is_over_is_sealed(world: World, day) -> None:
    close_day(world.platform, LANTERN, day)

    with world.platform.db.read() as connection:
        [sealed] = closed_days(connection, LANTERN)
    assert (sealed.accounting_date, sealed.journals, sealed.entries) == (day, 1, 2)
    assert len(sealed.digest) == len(sealed.chain) == 64


def test_a_day_is_sealed_once(world: World, day) -> None:
    close_day(world.platform, LANTERN, day)

    with pytest.raises(AlreadyClosed):
        close_day(world.platform, LANTERN, day)


def test_a_day_that_still_takes_postings_cannot_be_closed(world: World, day) -> None:
    world.clock.advance(seconds=-1)

    with pytest.raises(DayNotOver):
        close_day(world.platform, LANTERN, day)


def test_days_are_closed_in_order(world: World, day) -> None:
    world.clock.advance(days=1)

    with pytest.raises(DaysBefore, match=f"{day} is still open"):
        close_day(world.platform, LANTERN, day + timedelta(days=1))


def test_postings_after_midnight_carry_the_next_date(world: World, day) -> None:
    close_day(world.platform, LANTERN, day)
    world.platform.poster.commit(opening(world, "later"))

    with world.platform.db.read() as connection:
        found = connection.execute(text("SELECT accounting_date FROM journal WHERE source_id = 'later'")).scalar()
    assert str(found) == str(day + timedelta(days=1))


def test_nothing_is_booked_on_a_closed_day(world: World, day) -> None:
    close_day(world.platform, LANTERN, day)
    late = Poster(world.platform.db, FrozenClock(closable_at(day) - timedelta(minutes=6)))  # its clock is wrong
    late.start()

    with pytest.raises(DayClosed):
        late.commit(opening(world, "late"))
    late.stop()


def test_another_books_postings_go_on_in_the_same_batch(world: World, day) -> None:
    close_day(world.platform, LANTERN, day)
    late = Poster(world.platform.db, FrozenClock(closable_at(day) - timedelta(minutes=6)))
    ours = opening(world, "late")
    theirs = WriteSet(journals=[Journal("rival", *_rest(ours))])
    refused, booked = late_submits(late, ours, theirs)

    with pytest.raises(DayClosed):
        refused.result()
    booked.result()


def late_submits(poster: Poster, *sets: WriteSet):
    """All in one batch: they wait before the poster begins."""
    poster._open = True
    futures = [poster.submit(one) for one in sets]
    poster._open = False
    poster.start()
    poster.stop()
    return futures


def _rest(write_set: WriteSet):
    one = write_set.journals[0]
    return one.kind, one.source_type, one.source_id, one.entries, one.event_at


def test_the_job_closes_every_day_that_is_over(world: World, day) -> None:
    world.clock.advance(days=3)
    ended = close_days(world.platform, JOB)
    world.platform.poster.commit(ended.writes)

    with world.platform.db.read() as connection:
        sealed = closed_days(connection, LANTERN)
        following = live_job(connection, PLATFORM, "ledger.close_day", str(day + timedelta(days=4)))
    assert [row.accounting_date for row in sealed] == [day + timedelta(days=n) for n in (3, 2, 1, 0)]
    assert [row.entries for row in sealed] == [0, 0, 0, 2]
    assert following.due_at == closable_at(day + timedelta(days=4))


def tampered(world: World, *statements: str) -> list[str]:
    """What I14 says after somebody with the database's password was there."""
    with world.platform.db.engine.begin() as connection:
        on = "" if world.platform.db.is_sqlite else " ON entry"
        connection.execute(text(f"DROP TRIGGER entry_no_update{on}"))
        for statement in statements:
            connection.execute(text(statement))
    results = check_ledger(world.platform)
    told = [f.detail for r in results if r.check.id == "I14" for f in r.proof.findings]
    with world.platform.db.engine.begin() as connection:  # so that the test's own check of everything holds again
        for statement in statements:
            connection.execute(text(statement.replace("+ 1", "- 1").replace("'tampered'", "'opening'")))
    return told


def test_an_entry_changed_afterwards_is_found(world: World, day) -> None:
    close_day(world.platform, LANTERN, day)
    change = "UPDATE entry SET amount_minor = amount_minor + 1 WHERE amount_minor <> 0"

    [told] = tampered(world, change)

    assert told.startswith("sealed with 1 journals and 2 entries")


def test_untouched_days_are_proven(world: World, day) -> None:
    close_day(world.platform, LANTERN, day)
    [seals] = [r for r in check_ledger(world.platform) if r.check.id == "I14"]

    assert seals.holds
    assert dict(seals.proof.proven) == {"closed_days": 1, "entries": 2}


def test_a_seal_made_anew_breaks_the_chain(world: World, day) -> None:
    world.clock.advance(days=1)
    for each in (day, day + timedelta(days=1)):
        close_day(world.platform, LANTERN, each)
    with world.platform.db.engine.begin() as connection:
        connection.execute(
            text("UPDATE closed_day SET chain = digest WHERE entries > 0")  # as one who forgot what came later
        )

    told = [f.detail for r in check_ledger(world.platform) if r.check.id == "I14" for f in r.proof.findings]
    assert told == ["the seal does not continue the one of the day before"] * 2
    with world.platform.db.engine.begin() as connection:
        connection.execute(text("DELETE FROM closed_day"))
