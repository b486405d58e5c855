"""The settlement of a day: cut, calculate, and then carry, hold, approve, or leave it to people.

`settlement.day` runs once a day for the cycles T+1 and longer, which are cut at the day's beginning. T+0 is
cut in the evening by a job of its own. What waits for reconciliation is looked at again until it goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row, select

from checkstand.accounting import EdgeRefused, WriteSet, accounting_date
from checkstand.accounting.calendar import ACCOUNTING_ZONE
from checkstand.app.edges import edge
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.app.settlement.approve_batch import approve_automatically, open_days
from checkstand.app.settlement.cut_batch import calculate_batch, cut_batch
from checkstand.app.settlement.facts import After, tell_batch
from checkstand.app.settlement.reserves_and_debts import recover_debt, release_reserves
from checkstand.clearing.calendar import calendar_in_use, day_begin
from checkstand.clearing.store import let_go, owed_until
from checkstand.infra.jobs import Job, job_op
from checkstand.infra.ops import Update
from checkstand.kernel import CheckstandError
from checkstand.kernel.clock import monotonic_s
from checkstand.member import tenant
from checkstand.member.settlement_profile import get_profile
from checkstand.settlement.batch_states import BatchEvent, BatchState
from checkstand.settlement.batch_store import get_batch, settlement_batch, unfinished
from checkstand.settlement.errors import DayAhead

log = structlog.get_logger("settlement")

S, E = BatchState, BatchEvent
DAY_JOB: Final = "settlement.day"
UNIT_JOB: Final = "settlement.unit"
EVENING: Final = time(22, 0)  # when T+0 is cut
PAUSE: Final = timedelta(minutes=30)  # before what is held is looked at again
PATIENCE: Final = timedelta(hours=20)  # then the next day's job does it
BUDGET_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run has done: batches by their state afterwards."""

    batches: tuple[Row[Any], ...] = ()
    reserves: int = 0
    problems: tuple[str, ...] = field(default=())


def settle_day(platform: Platform, _job: Job) -> Finished:
    """The day's jobs: one per business unit now, and one in the evening."""
    now = platform.clock.now()
    day = accounting_date(now)
    evening = max(now, datetime.combine(day, EVENING, ACCOUNTING_ZONE))
    with platform.db.read() as connection:
        units = connection.execute(select(tenant.c.tenant_id).order_by(tenant.c.tenant_id)).scalars().all()
    ops = []
    for tenant_id in units:
        for name, due_at in (("later", now), ("at_once", evening)):
            payload = {"day": day.isoformat(), "cycles": name}
            ops.append(job_op(tenant_id, UNIT_JOB, f"{day}:{name}", payload, due_at=due_at, now=now))
    return Finished(WriteSet(ops=list(ops)))


def settle_unit(platform: Platform, job: Job) -> Finished | Again:
    """One unit's run; it comes back while batches wait for reconciliation."""
    day, at_once = date.fromisoformat(job.payload["day"]), job.payload["cycles"] == "at_once"
    ran = run_day(platform, job.tenant_id, day, at_once=at_once)
    now = platform.clock.now()
    error = ran.problems[0] if ran.problems else None
    waiting = ran.problems or any(batch.status == S.HELD_RECON for batch in ran.batches)
    if waiting and now < day_begin(day) + PATIENCE and not at_once:
        return Again(now + PAUSE, error=error)
    return Finished()


def run_day(platform: Platform, tenant_id: str, day: date, *, mode: str | None = None, at_once: bool = False) -> Ran:
    """Cut what is due on this day and move every batch as far as it goes; running it twice does nothing twice.

    A day that is not worked cuts nothing: what became eligible is cut on the next one.
    """
    until, now = monotonic_s() + BUDGET_S, platform.clock.now()
    if day > accounting_date(now):
        raise DayAhead(f"{day} has not begun")
    cut_at = min(now, day_begin(day + timedelta(days=1)) if at_once else day_begin(day))
    reserves = 0
    problems: list[str] = []
    if calendar_in_use().is_workday(day):
        reserves = release_reserves(platform, tenant_id, cut_at)
        with platform.db.read() as connection:
            due = [o for o in owed_until(connection, tenant_id, cut_at, at_once=at_once) if mode in (None, o.mode)]
        for owed in due:
            recover_debt(platform, tenant_id, owed, day, cut_at)
            cut_batch(platform, tenant_id, owed, day, cut_at)
            if monotonic_s() > until:
                problems.append("more is to be cut than one run can do")
                break
    with platform.db.read() as connection:
        waiting = [batch for batch in unfinished(connection, tenant_id) if mode in (None, batch.mode)]
    batches = []
    for batch in waiting:
        try:
            batches.append(move_on(platform, batch))
        except CheckstandError as refused:
            log.warning("settlement.stopped", batch=batch.batch_id, code=refused.code, detail=str(refused))
            problems.append(f"{batch.batch_id}: {refused.code}")
            batches.append(_noted(platform, batch, refused.code))
    return Ran(tuple(batches), reserves, tuple(problems))


def move_on(platform: Platform, batch: Row[Any]) -> Row[Any]:
    """Take this batch as far as it goes without people."""
    if batch.status == S.CUT:
        batch = calculate_batch(platform, batch)
    if batch.status not in (S.CALCULATED, S.HELD_RECON):
        return batch
    with platform.db.read() as connection:
        profile = get_profile(connection, batch.tenant_id, batch.mode, batch.owner_id)
        days = open_days(platform, connection, batch) if platform.settings.settle_after_recon else []
    if batch.status == S.CALCULATED and (batch.net_minor <= 0 or batch.net_minor < profile.min_minor):
        _carry(platform, batch)
    elif days:
        if batch.status == S.CALCULATED:
            _hold(platform, batch, days)
    elif batch.net_minor <= profile.auto_approve_minor:
        approve_automatically(platform, batch)
    elif batch.reason is not None:
        return _noted(platform, batch, None)
    return _again(platform, batch)


def _carry(platform: Platform, batch: Row[Any]) -> None:
    """The items are let go first: a batch that was stopped here has none, and is carried by the next run."""
    with platform.db.aside() as connection:
        let_go(connection, batch.tenant_id, batch.batch_id)
    now = platform.clock.now()
    values = {"finished_at": now, "reason": "nothing_owed" if batch.net_minor <= 0 else "below_minimum"}
    told = tell_batch(After(batch, status=S.CARRIED, **values), "settlement.carried", now)
    _take(platform, WriteSet(ops=[*edge("settlement_batch", batch, E.CARRY, now, values=values), *told]))


def _hold(platform: Platform, batch: Row[Any], days: list[tuple[str, str]]) -> None:
    facts = {"open": [f"{account} {day}" for account, day in days[:20]]}
    now = platform.clock.now()
    ops = edge("settlement_batch", batch, E.HOLD, now, values={"reason": "not_reconciled"}, facts=facts)
    _take(platform, WriteSet(ops=ops))


def _take(platform: Platform, writes: WriteSet) -> None:
    try:
        platform.poster.commit(writes)
    except EdgeRefused:
        pass  # another worker was faster, or a person has approved it


def _noted(platform: Platform, batch: Row[Any], code: str | None) -> Row[Any]:
    """People see on the batch why it does not go on; None: it waits for them alone."""
    key = {"tenant_id": batch.tenant_id, "batch_id": batch.batch_id}
    row = _again(platform, batch)
    if row.reason != code:
        _take(platform, WriteSet(ops=[Update(settlement_batch, key, {"reason": code}, guard={"status": row.status})]))
    return _again(platform, batch)


def _again(platform: Platform, batch: Row[Any]) -> Row[Any]:
    with platform.db.read() as connection:
        return get_batch(connection, batch.tenant_id, batch.batch_id) or batch
