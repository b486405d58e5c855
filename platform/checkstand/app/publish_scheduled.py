"""An approved version goes live at its moment: scheduled with the approval, published by a job, cancellable before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.job_runner import Finished
from checkstand.app.platform import Platform
from checkstand.app.publish_scenario import pointer_ops
from checkstand.app.request_mails import decision_mails
from checkstand.infra.jobs import Job, job_op
from checkstand.infra.ops import Insert, Op
from checkstand.kernel import CheckstandError, Kind, new_id, present
from checkstand.scenario.live_request import get_request
from checkstand.scenario.schedule import end_op, get_schedule, open_schedule, scheduled_publication
from checkstand.scenario.store import published_pointer

FARTHEST: Final = timedelta(days=90)
OVERTAKEN: Final = "another version was published meanwhile"


class MomentInvalid(CheckstandError):
    code = "schedule.moment_invalid"
    message = "A publication can be scheduled for a moment of the next 90 days."
    remedy = "Choose a later moment, or approve it now."


class AlreadyScheduled(CheckstandError):
    code = "schedule.already"
    kind = Kind.CONFLICT
    message = "Another version of this scenario is scheduled. Nothing was changed."
    remedy = "Cancel that one first, or wait until it is published."


class ScheduleUnknown(CheckstandError):
    code = "schedule.unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such scheduled publication."
    remedy = "Open the scenario; it shows what is scheduled."


class ScheduleClosed(CheckstandError):
    code = "schedule.closed"
    kind = Kind.CONFLICT
    message = "It was published or cancelled already. Nothing was changed."
    remedy = "Open the scenario and look at its history."


def schedule_ops(
    platform: Platform, who: Actor, request: Row[Any], previous: str | None, publish_at: datetime, note: str
) -> list[Op]:
    """The row and the job of an approved request, for the commit of the approval. Raises `MomentInvalid`."""
    now, tenant_id, schedule_id = platform.clock.now(), request.tenant_id, new_id("sch")
    if not now < publish_at <= now + FARTHEST:
        raise MomentInvalid(pointer="publish_at")
    with platform.db.read() as connection:
        if open_schedule(connection, tenant_id, request.scenario_id, "live") is not None:
            raise AlreadyScheduled()
    row = {
        "tenant_id": tenant_id,
        "schedule_id": schedule_id,
        "scenario_id": request.scenario_id,
        "mode": "live",
        "content_hash": request.content_hash,
        "previous_hash": previous,
        "request_id": request.request_id,
        "publish_at": publish_at,
        "state": "scheduled",
        "note": note,
        "scheduled_by": who.operator_id,
        "scheduled_email": who.email,
        "scheduled_at": now,
        "ended_at": None,
        "ended_by": None,
        "reason": "",
    }
    after = {"version": request.content_hash, "publish_at": publish_at.isoformat(), "request": request.request_id}
    return [
        Insert(scheduled_publication, row),
        job_op(tenant_id, "scenario.publish", schedule_id, {"schedule_id": schedule_id}, due_at=publish_at, now=now),
        who.audit(tenant_id, "live_request.schedule", "scenario", request.scenario_id, now, mode="live", after=after),
    ]


def cancel_scheduled(platform: Platform, who: Actor, tenant_id: str, scenario_id: str, schedule_id: str) -> None:
    """Take a scheduled publication back; its job finds nothing to do."""
    with platform.db.read() as connection:
        row = get_schedule(connection, tenant_id, schedule_id)
    if row is None or row.scenario_id != scenario_id:
        raise ScheduleUnknown()
    now = platform.clock.now()
    before = {"version": row.content_hash, "publish_at": row.publish_at.isoformat()}
    told = who.audit(tenant_id, "schedule.cancel", "scenario", scenario_id, now, mode=row.mode, before=before)
    try:
        platform.poster.commit(WriteSet(ops=[end_op(row, "cancelled", at=now, by=who.operator_id), told]))
    except EdgeRefused:
        raise ScheduleClosed() from None


def publish_scheduled(platform: Platform, job: Job) -> Finished:
    """The moment has come: the pointer moves and the schedule is closed in one commit, in the approver's name.

    Whatever stands against it (another version, an experiment's layer that was taken) closes it with the reason: a
    version that nobody expects any more must not go live an hour later.
    """
    with platform.db.read() as connection:
        row = get_schedule(connection, job.tenant_id, str(job.payload["schedule_id"]))
        if row is None or row.state != "scheduled":
            return Finished()
        current = published_pointer(connection, job.tenant_id, row.scenario_id, row.mode)
        request = present(get_request(connection, job.tenant_id, row.request_id), "a schedule has its request")
    now, who = platform.clock.now(), Actor(row.scheduled_by, row.scheduled_email, "")
    if current != row.previous_hash:
        return _refused(platform, row, request, now, OVERTAKEN)
    facts = {"request": row.request_id, "schedule": row.schedule_id}
    try:
        ops = pointer_ops(
            platform, who, "schedule.publish", row.tenant_id, row.scenario_id, row.mode, row.content_hash, current, now,
            row.note, facts,
        )  # fmt: skip
    except CheckstandError as refused:
        return _refused(platform, row, request, now, refused.detail)
    ops += decision_mails(platform, request, "live_approved", who.email, row.note)
    return Finished(WriteSet(ops=[end_op(row, "published", at=now), *ops]))


def _refused(platform: Platform, row: Row[Any], request: Row[Any], now: datetime, reason: str) -> Finished:
    who = Actor(row.scheduled_by, row.scheduled_email, "")
    mails = decision_mails(platform, request, "live_overtaken", who.email, reason, at=row.publish_at)
    after = {"version": row.content_hash, "reason": reason}
    told = who.audit(row.tenant_id, "schedule.refuse", "scenario", row.scenario_id, now, mode=row.mode, after=after)
    return Finished(WriteSet(ops=[end_op(row, "refused", at=now, reason=reason), told, *mails]))
