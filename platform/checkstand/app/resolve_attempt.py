"""From evidence to booked: read the case, judge, commit; read again when somebody was faster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from checkstand.accounting import AlreadyPosted, EdgeRefused, RowExists, WriteSet
from checkstand.app import channel_calls
from checkstand.app.attempt_story import Classified, judge
from checkstand.app.case import Case, load_case
from checkstand.app.edges import edge
from checkstand.app.evidence import Evidence
from checkstand.app.platform import Platform
from checkstand.channel.port import Answer, Exchange, Outcome
from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Op
from checkstand.kernel import duration_s, present
from checkstand.payment import ATTEMPT, AttemptEvent, AttemptState, PaymentEvent, PaymentState, exchange_ops

log = structlog.get_logger("payments")

# Why an attempt was closed that the channel had never heard of: its link was handed out and not opened.
NEVER_STARTED: Final = "never_started"
TRIES: Final = 8  # each loss of the race means that somebody else made progress


def apply_evidence(
    platform: Platform,
    tenant_id: str,
    attempt_id: str,
    evidence: Evidence,
    *,
    exchanges: Sequence[Exchange] = (),
    also: Sequence[Op] = (),
) -> Classified:
    """Book what was said about an attempt, exactly once however often and from wherever it is said."""
    for _ in range(TRIES):
        with platform.db.read() as connection:
            found = load_case(connection, tenant_id, attempt_id)
        case = present(found, "evidence is applied to an attempt that exists", attempt=attempt_id)
        now = platform.clock.now()
        verdict = judge(case, evidence, now)
        writes = verdict.writes + WriteSet(ops=[*exchange_ops(tenant_id, attempt_id, exchanges, now), *also])
        if verdict.needs_query:
            writes += WriteSet(ops=[query_job(tenant_id, attempt_id, now, now)])
        try:
            if writes.ops or writes.journals:
                platform.poster.commit(writes)
        except (EdgeRefused, AlreadyPosted, RowExists):
            continue
        if verdict.classified in ("conflict", "rejected"):
            log.warning("attempt.anomaly", attempt=attempt_id, classified=verdict.classified, source=evidence.source)
        return verdict.classified
    raise EdgeRefused("this attempt is moving too fast; the job will come back to it", attempt=attempt_id)


def apply_answer(platform: Platform, case: Case, answer: Answer, source: str, *, also: Sequence[Op] = ()) -> Classified:
    """Book a channel's answer."""
    evidence = channel_calls.as_evidence(answer, source)
    attempt_id = case.attempt.attempt_id
    return apply_evidence(platform, case.tenant_id, attempt_id, evidence, exchanges=answer.exchanges, also=also)


def close_attempt(platform: Platform, case: Case) -> None:
    """Ask, then close, then believe the channel: the money wins over the timer.

    Used by the expiry timer, by the merchant and when the shopper wants another method. Afterwards
    the attempt is closed, paid, failed, or CLOSING with a query job that carries on.
    """
    answer = channel_calls.query(platform, case)
    if answer.outcome in (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.CLOSED):
        apply_answer(platform, case, answer, "query")
        return
    never_reached = answer.outcome == Outcome.NOT_FOUND
    case = _mark_closing(platform, case, answer)
    if case.attempt.status != AttemptState.CLOSING:
        return
    closing = channel_calls.close(platform, case)
    if closing.outcome == Outcome.NOT_FOUND and never_reached and _nothing_to_close(platform, case):
        # The shopper never arrived at the channel: nothing exists there that could be closed. Should the
        # old link be used after all, the late success is refunded (docs/decisions/0005).
        evidence = Evidence(Outcome.CLOSED, "close", reason=NEVER_STARTED, code=closing.code)
        apply_evidence(platform, case.tenant_id, case.attempt.attempt_id, evidence, exchanges=closing.exchanges)
    elif closing.outcome == Outcome.CLOSED:
        apply_answer(platform, case, closing, "close")
    else:
        _keep(platform, case, closing)
        again = channel_calls.query(platform, case)  # "already paid", or silence: only a query knows
        apply_answer(platform, case, again, "query")


def query_job(tenant_id: str, attempt_id: str, due_at: datetime, now: datetime) -> Op:
    """The timer that asks about an attempt until the channel has said something final."""
    return job_op(tenant_id, "attempt.query", attempt_id, {"attempt_id": attempt_id}, due_at=due_at, now=now)


def _mark_closing(platform: Platform, case: Case, answer: Answer) -> Case:
    """ACCEPTED or UNKNOWN → CLOSING, attempt and payment together; tells the case as it stands afterwards."""
    now = platform.clock.now()
    ops: list[Op] = list(exchange_ops(case.tenant_id, case.attempt.attempt_id, answer.exchanges, now))
    if ATTEMPT.allows(AttemptState(case.attempt.status), AttemptEvent.CLOSE):
        ops += edge("attempt", case.attempt, AttemptEvent.CLOSE, now)
        if case.payment.status == PaymentState.PROCESSING:
            ops += edge("payment", case.payment, PaymentEvent.CLOSE, now)
        ops.append(query_job(case.tenant_id, case.attempt.attempt_id, now + timedelta(seconds=5), now))
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except EdgeRefused:
        pass  # it moved meanwhile; the re-read below tells where to
    with platform.db.read() as connection:
        fresh = load_case(connection, case.tenant_id, case.attempt.attempt_id)
    return present(fresh, "an attempt never disappears", attempt=case.attempt.attempt_id)


def _nothing_to_close(platform: Platform, case: Case) -> bool:
    """Whether "no such trade" is believable: the channel was never reached, or had time to learn of it."""
    if case.attempt.action is not None:
        return True
    grace_s = duration_s(platform.registry.channel(case.attempt.channel).manifest.not_found_grace)
    return bool(platform.clock.now() - case.attempt.created_at > timedelta(seconds=grace_s))


def _keep(platform: Platform, case: Case, answer: Answer) -> None:
    now = platform.clock.now()
    ops = exchange_ops(case.tenant_id, case.attempt.attempt_id, answer.exchanges, now)
    if ops:
        platform.poster.commit(WriteSet(ops=list(ops)))
