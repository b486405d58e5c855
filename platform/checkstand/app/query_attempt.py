"""The sweeper of attempts: asks the channel on the schedule of money.md §4.4 until the answer is final."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from checkstand.app import channel_calls
from checkstand.app.case import Case, load_case
from checkstand.app.evidence import Evidence
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.app.resolve_attempt import NEVER_STARTED, apply_answer, apply_evidence, close_attempt
from checkstand.channel.port import Answer, Outcome
from checkstand.infra.jobs import Job
from checkstand.kernel import duration_s
from checkstand.payment import AttemptState

A = AttemptState
WAITING: Final = (A.ACCEPTED, A.UNKNOWN, A.CLOSING)
LAST_LOOK_AFTER: Final = timedelta(minutes=1)  # the channel's clock and ours need not agree to the second
ASK_AGAIN: Final = timedelta(minutes=10)
SCHEDULE_S: Final = (5, 15, 30, 60, 120, 300, 600, 1800, 3600, 10800, 21600, 86400)


def query_attempt(platform: Platform, job: Job) -> Finished | Again:
    """One round for one attempt."""
    case = _case(platform, job)
    now = platform.clock.now()
    if case is None:
        return Finished()
    if case.attempt.status == A.SENDING:
        if now - case.attempt.created_at < channel_calls.CALL_DEADLINE:
            return Again(case.attempt.created_at + channel_calls.CALL_DEADLINE)
        # The process that sent it is gone. Whether the channel got it is what we ask now.
        apply_evidence(platform, job.tenant_id, case.attempt.attempt_id, Evidence(Outcome.UNKNOWN, "sweeper"))
        case = _case(platform, job)
    if case is None or case.attempt.status not in WAITING:
        return _ended(platform, case)

    expires_at = _expires_at(case)
    if case.attempt.status == A.CLOSING or now >= expires_at:
        close_attempt(platform, case)
    else:
        answer = channel_calls.query(platform, case)
        apply_answer(platform, case, _with_action(platform, case, answer), "query")

    case = _case(platform, job)
    if case is None or case.attempt.status not in WAITING:
        return _ended(platform, case)
    return Again(_next(_schedule_s(platform, case), job.attempts, platform.clock.now(), expires_at))


def _ended(platform: Platform, case: Case | None) -> Finished | Again:
    """Nothing more to ask, unless a link to the channel is still out there.

    What the channel has never heard of cannot be closed there, so the link works until its deadline. A
    shopper who opens it in a forgotten tab pays, and if the notification is lost too, only this last
    question finds the money.
    """
    if case is None or case.attempt.status != A.CLOSED or case.attempt.reason != NEVER_STARTED:
        return Finished()
    now, last_look_at = platform.clock.now(), _expires_at(case) + LAST_LOOK_AFTER
    if now < last_look_at:
        return Again(last_look_at)
    answer = channel_calls.query(platform, case)
    apply_answer(platform, case, answer, "query")
    return Again(now + ASK_AGAIN) if answer.outcome == Outcome.UNKNOWN else Finished()


def _with_action(platform: Platform, case: Case, answer: Answer) -> Answer:
    """An order whose first answer was lost has no QR code to show: the same number gives a fresh one."""
    if answer.outcome == Outcome.ACCEPTED and case.attempt.action is None:
        return channel_calls.pay(platform, case)
    return answer


def _schedule_s(platform: Platform, case: Case) -> Sequence[int]:
    """The pauses that the channel's manifest asks for, else ours."""
    asked = platform.registry.channel(case.attempt.channel).manifest.query_after
    return [duration_s(pause) for pause in asked] or SCHEDULE_S


def _next(schedule_s: Sequence[int], round_: int, now: datetime, expires_at: datetime) -> datetime:
    due_at = now + timedelta(seconds=schedule_s[min(round_, len(schedule_s)) - 1])
    # The pay deadline is a date of its own: close then, do not oversleep it by an hour.
    return min(due_at, expires_at + timedelta(seconds=1)) if expires_at > now else due_at


def _expires_at(case: Case) -> datetime:
    return datetime.fromisoformat(case.attempt.instruction["expires_at"])


def _case(platform: Platform, job: Job) -> Case | None:
    with platform.db.read() as connection:
        return load_case(connection, job.tenant_id, job.payload["attempt_id"])
