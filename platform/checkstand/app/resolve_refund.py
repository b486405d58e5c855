"""Refunds on their way: send, ask, apply. The same number on every retry (money.md §4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row

from checkstand.accounting import AlreadyPosted, BalanceTooLow, EdgeRefused, RowExists, WriteSet
from checkstand.app import channel_calls, compensate_payment, refund_writes
from checkstand.app.attempt_story import Classified
from checkstand.app.case import Case, load_case
from checkstand.app.edges import anomaly, edge
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.app.refund_sources import Taking
from checkstand.channel import Reason
from checkstand.channel.port import Answer, Capability, Exchange, Outcome
from checkstand.infra.jobs import Job
from checkstand.kernel import Money, present
from checkstand.payment import RefundEvent, RefundState, exchange_ops, get_refund

log = structlog.get_logger("refunds")

R = RefundState
WAITING: Final = (R.SENDING, R.PROCESSING, R.UNKNOWN, R.RETRY, R.MANUAL)
SCHEDULE_S: Final = (2, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 10800, 21600, 86400)


@dataclass(frozen=True, slots=True)
class RefundEvidence:
    """What was said about a refund, by whom: send, query, notification."""

    outcome: Outcome
    source: str
    amount: Money | None = None
    channel_refund_no: str | None = None
    occurred_at: datetime | None = None
    reason: str | None = None
    code: str | None = None
    retryable: bool = False


def send_refund(platform: Platform, job: Job) -> Finished | Again:
    """One round: give it to the channel, or ask what became of it."""
    case, row = _read(platform, job.tenant_id, job.payload["refund_id"])
    if R(row.status) not in (R.RESERVED, *WAITING) or row.status == R.MANUAL:
        return Finished()
    if not case.attempt.channel_account_id:
        now = platform.clock.now()
        return Finished(refund_writes.succeeded(case, row, now, now, None))
    if row.status in (R.RESERVED, R.RETRY):
        _send(platform, case, row)
    elif row.status in (R.SENDING, R.UNKNOWN):
        _ask_or_send_again(platform, case, row)
    else:
        _ask(platform, case, row)
    _, row = _read(platform, job.tenant_id, row.refund_id)
    if R(row.status) not in WAITING or row.status == R.MANUAL:
        return Finished()
    delay_s = SCHEDULE_S[min(job.attempts, len(SCHEDULE_S)) - 1]
    return Again(platform.clock.now() + timedelta(seconds=delay_s))


def apply_refund_evidence(
    platform: Platform, tenant_id: str, refund_id: str, evidence: RefundEvidence, exchanges: Sequence[Exchange] = ()
) -> Classified:
    """Book what was said about a refund, exactly once."""
    for _ in range(8):
        case, row = _read(platform, tenant_id, refund_id)
        now = platform.clock.now()
        classified, writes = judge(case, row, evidence, now, again=_again(platform, case, row, evidence))
        writes += WriteSet(ops=list(exchange_ops(tenant_id, refund_id, exchanges, now)))
        try:
            if writes.ops or writes.journals:
                platform.poster.commit(writes)
        except (EdgeRefused, AlreadyPosted, BalanceTooLow, RowExists):
            continue  # the refund, or the money that it is taken from, has moved meanwhile
        if classified in ("conflict", "rejected"):
            log.warning("refund.anomaly", refund=refund_id, classified=classified, source=evidence.source)
        return classified
    raise EdgeRefused("this refund is moving too fast; the job will come back to it", refund=refund_id)


def ask_refund(platform: Platform, tenant_id: str, refund_id: str) -> Classified:
    """Ask the channel about one refund and book its answer."""
    case, row = _read(platform, tenant_id, refund_id)
    return _apply(platform, row, channel_calls.query_refund(platform, case, row), "query")


def judge(
    case: Case, row: Row[Any], evidence: RefundEvidence, now: datetime, *, again: Taking | None = None
) -> tuple[Classified, WriteSet]:
    """Decide what this evidence changes; pure. `again`: where a refund that had failed is taken from now."""
    state = R(row.status)
    if evidence.outcome == Outcome.SUCCEEDED:
        return _success(case, row, state, evidence, now, again)
    if evidence.outcome == Outcome.FAILED:
        return _failure(case, row, state, evidence, now)
    if evidence.outcome == Outcome.ACCEPTED and state in (R.SENDING, R.UNKNOWN):
        values = {"channel_refund_no": evidence.channel_refund_no or row.channel_refund_no}
        return "applied", WriteSet(ops=edge("refund", row, RefundEvent.ACCEPT, now, values=values))
    if evidence.reason == Reason.REFUND_ABNORMAL and state in (R.SENDING, R.PROCESSING, R.UNKNOWN):
        # The payer's bank will not take it back: a person pays it out another way, the money waits on 2201.
        return "applied", compensate_payment.hand_over(case, row, Reason.REFUND_ABNORMAL.value, now)
    if state == R.SENDING:
        return "applied", WriteSet(ops=edge("refund", row, RefundEvent.LOSE, now, facts={"code": evidence.code}))
    return "stale", WriteSet()


def _again(platform: Platform, case: Case, row: Row[Any], evidence: RefundEvidence) -> Taking | None:
    if row.status != R.FAILED or evidence.outcome != Outcome.SUCCEEDED:
        return None
    with platform.db.read() as connection:
        return refund_writes.taking_again(connection, case, row)


def _success(
    case: Case, row: Row[Any], state: RefundState, evidence: RefundEvidence, now: datetime, again: Taking | None
) -> tuple[Classified, WriteSet]:
    if evidence.amount is not None and evidence.amount != Money(refund_writes.sent_minor(row), row.currency):
        facts = {"source": evidence.source, "wrong": f"amount {evidence.amount.minor}"}
        return "rejected", WriteSet(ops=[anomaly("refund", row, "success_rejected", now, facts)])
    if state in (R.SUCCEEDED, R.SUCCEEDED_LATE, R.RETURNED):
        return "duplicate", WriteSet()
    if state in WAITING:
        at = evidence.occurred_at or now
        story = compensate_payment.refunded if row.cause == compensate_payment.CAUSE else refund_writes.succeeded
        return "applied", story(case, row, at, now, evidence.channel_refund_no)
    if state == R.FAILED:
        # We gave the reservation back and the channel paid after all: take it again, the merchant may owe it.
        return "conflict", refund_writes.succeeded_late(case, row, now, again)
    return "stale", WriteSet()


def _failure(
    case: Case, row: Row[Any], state: RefundState, evidence: RefundEvidence, now: datetime
) -> tuple[Classified, WriteSet]:
    reason = evidence.reason or evidence.code or "refused"
    if state in (R.SUCCEEDED, R.SUCCEEDED_LATE):
        facts = {"source": evidence.source, "code": evidence.code}
        return "conflict", WriteSet(ops=[anomaly("refund", row, "contradicted", now, facts)])
    if state not in (R.SENDING, R.PROCESSING, R.UNKNOWN):
        return "stale", WriteSet()
    if evidence.retryable:
        return "applied", WriteSet(ops=edge("refund", row, RefundEvent.POSTPONE, now, values={"failure": reason}))
    if row.cause == compensate_payment.CAUSE:
        return "applied", compensate_payment.hand_over(case, row, reason, now)
    return "applied", refund_writes.failed(case, row, reason, now)


def _send(platform: Platform, case: Case, row: Row[Any]) -> None:
    now = platform.clock.now()
    platform.poster.commit(WriteSet(ops=edge("refund", row, RefundEvent.SEND, now, add={"send_count": 1})))
    _apply(platform, row, channel_calls.refund(platform, case, row), "send")


def _ask_or_send_again(platform: Platform, case: Case, row: Row[Any]) -> None:
    """The first send was lost somewhere. Repeating it under the same number is safe and decides it."""
    if row.status == R.SENDING:
        apply_refund_evidence(platform, row.tenant_id, row.refund_id, RefundEvidence(Outcome.UNKNOWN, "sweeper"))
        _, row = _read(platform, row.tenant_id, row.refund_id)
        if row.status != R.UNKNOWN:
            return
    answer = channel_calls.query_refund(platform, case, row) if _can_ask(platform, case) else None
    if answer is not None and answer.outcome in (Outcome.SUCCEEDED, Outcome.ACCEPTED):
        _apply(platform, row, answer, "query")
        return
    _send(platform, case, row)


def _ask(platform: Platform, case: Case, row: Row[Any]) -> None:
    _apply(platform, row, channel_calls.query_refund(platform, case, row), "query")


def _can_ask(platform: Platform, case: Case) -> bool:
    return Capability.QUERY_REFUND in platform.registry.channel(case.attempt.channel).manifest.capabilities


def _apply(platform: Platform, row: Row[Any], answer: Answer, source: str) -> Classified:
    evidence = RefundEvidence(
        outcome=answer.outcome,
        source=source,
        amount=answer.amount,
        channel_refund_no=answer.channel_no,
        occurred_at=answer.paid_at,
        reason=answer.reason,
        code=answer.code,
        retryable=answer.retryable,
    )
    return apply_refund_evidence(platform, row.tenant_id, row.refund_id, evidence, answer.exchanges)


def _read(platform: Platform, tenant_id: str, refund_id: str) -> tuple[Case, Row[Any]]:
    with platform.db.read() as connection:
        row = present(get_refund(connection, tenant_id, refund_id), "a refund that is named exists", refund=refund_id)
        case = present(load_case(connection, tenant_id, row.attempt_id), "a refund has its payment", refund=refund_id)
    return case, row
