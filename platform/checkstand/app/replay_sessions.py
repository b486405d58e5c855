"""Recorded sessions of the last days under the old plan and the new one: counts and a first example, no side effects.

Sessions are read a page at a time by their ids, which sort by time, and nothing is kept of them but the counts; a
month of a large business unit needs no more memory than an hour of a small one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from checkstand.app.platform import Platform
from checkstand.app.session_rows import units_of
from checkstand.cashier.replay import Difference, Recorded, compared, outcome
from checkstand.cashier.store import cashier_session
from checkstand.experiment import assign
from checkstand.kernel.ids import first_id
from checkstand.scenario.plan import Plan
from checkstand.scenario.store import VersionUnusable, publication_history

PAGE: Final = 1000
HISTORY: Final = 20  # publications that are looked at for the longest session
LONGEST_SESSION: Final = timedelta(days=30)  # what `timeouts.session` allows
# Ids follow the clock of the machine that made them, `created_at` that of the platform.
SKEW: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Count:
    """How many sessions would have been different in this way, and the first of them."""

    kind: str
    subject: str
    sessions: int
    example: str  # the id of a session
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replay:
    """What the last days would have been like."""

    days: int
    sessions: int  # how many were replayed
    changed: int  # of these, how many would have been different in any way
    counts: tuple[Count, ...] = ()
    complete: bool = True  # False: there were more, and the newest ones were taken


def replay(
    platform: Platform, tenant_id: str, mode: str, before: Plan, after: Plan, days: int, *, most: int | None = None
) -> Replay:
    """Replay every session of this scenario since `days` ago, or the newest `most` of them: a page cannot wait."""
    since, kinds = platform.clock.now() - timedelta(days=days), platform.registry.method_types()
    sessions = changed = 0
    complete = True
    counts: dict[Difference, Count] = {}
    for row in recorded(platform, tenant_id, mode, before.scenario_id, since, newest_first=most is not None):
        if sessions == most:
            complete = False
            break
        visit = Recorded(row.session_id, row.context, row.created_at)
        one, other = (outcome(plan, arms_of(plan, row), visit, kinds) for plan in (before, after))
        found = compared(one, other)
        sessions, changed = sessions + 1, changed + bool(found)
        for each in found:
            seen = counts.get(each)
            number, first = (seen.sessions + 1, seen) if seen is not None else (1, None)
            example, context = (first.example, first.context) if first else (row.session_id, row.context)
            counts[each] = Count(each.kind, each.subject, number, example, context)
    ordered = sorted(counts.values(), key=lambda each: (-each.sessions, each.kind, each.subject))
    return Replay(days, sessions, changed, tuple(ordered), complete)


def arms_of(plan: Plan, session: Row[*tuple[Any, ...]]) -> dict[str, str]:
    """The arms of this session under a plan: kept where the plan still has them, else as the hash says.

    A device that the business unit named is not kept, so who has neither an arm nor an id is hashed as a new visit.
    """
    if not plan.experiments:
        return {}
    known = {each.id: {arm.id for arm in each.variations} for each in plan.experiments}
    kept = {name: arm for name, arm in session.assignments.items() if arm in known.get(name, ())}
    return assign(plan, session.context, units_of(session.context, session.session_id)) | kept


def recorded(
    platform: Platform, tenant_id: str, mode: str, scenario_id: str, since: datetime, *, newest_first: bool = False
) -> Iterator[Row[*tuple[Any, ...]]]:
    """The sessions of a scenario, a page at a time in the order of their ids; each page is a reading of its own."""
    t, oldest = cashier_session, first_id("cs", since - SKEW)
    columns = (t.c.session_id, t.c.context, t.c.assignments, t.c.created_at)
    mine = (t.c.tenant_id == tenant_id, t.c.mode == mode, t.c.scenario_id == scenario_id, t.c.created_at >= since)
    query = select(*columns).where(*mine, t.c.session_id > oldest).limit(PAGE)
    query = query.order_by(t.c.session_id.desc() if newest_first else t.c.session_id)
    page = query
    while True:
        with platform.db.read() as connection:
            rows = list(connection.execute(page))
        yield from rows
        if len(rows) < PAGE:
            return
        last = rows[-1].session_id
        page = query.where(t.c.session_id < last if newest_first else t.c.session_id > last)


def open_sessions(platform: Platform, tenant_id: str, mode: str, scenario_id: str) -> int:
    """How many checkouts are open at this moment. They finish under the version that they began with."""
    t, now = cashier_session, platform.clock.now()
    mine = (t.c.tenant_id == tenant_id, t.c.mode == mode, t.c.scenario_id == scenario_id)
    with platform.db.read() as connection:
        # Ids sort by time, and what is older than the longest session is over: the count need not see a whole year.
        longest = _longest_session(platform, connection, tenant_id, mode, scenario_id)
        young = t.c.session_id > first_id("cs", now - longest - SKEW)
        query = select(func.count()).where(*mine, t.c.status == "open", t.c.expires_at > now, young)
        return int(connection.execute(query).scalar_one())


def _longest_session(
    platform: Platform, connection: Connection, tenant_id: str, mode: str, scenario_id: str
) -> timedelta:
    """How long a session of any version can live that was published while a session of today began."""
    since = platform.clock.now() - LONGEST_SESSION
    history = publication_history(connection, tenant_id, scenario_id, mode, limit=HISTORY)
    if not history or (len(history) == HISTORY and history[-1].published_at > since):
        return LONGEST_SESSION
    recent = [row for row in history if row.published_at > since]
    versions = {history[0].content_hash, *(each for row in recent for each in (row.content_hash, row.previous_hash))}
    try:
        plans = [platform.plans.get(tenant_id, version) for version in versions if version]
    except VersionUnusable:
        return LONGEST_SESSION
    return timedelta(seconds=max(plan.timeouts.session_s for plan in plans))
