"""Talking to channels: which account, which message, and what the answer is as evidence.

No function here runs inside a transaction, and none writes: the caller commits before and after.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.app import refund_writes
from checkstand.app.case import Case
from checkstand.app.evidence import Evidence
from checkstand.app.platform import Platform
from checkstand.channel import load_account
from checkstand.channel.port import Answer, AttemptRef, ChannelAccount, Outcome, PayInstruction, RefundInstruction
from checkstand.kernel import Money

# Our own deadline for one call, a little above the HTTP client's: a SENDING attempt older than this was
# left behind by a crash.
CALL_DEADLINE: Final = timedelta(seconds=15)


def account_of(platform: Platform, attempt: Row[Any]) -> ChannelAccount:
    """The account with the credential version that this attempt is pinned to; rotation does not touch it."""
    return load_account(platform, attempt.tenant_id, attempt.channel_account_id, attempt.credential_version)


def pay(platform: Platform, case: Case) -> Answer:
    """Send the attempt, or send it again: the same number and the same message are the same payment."""
    attempt, said = case.attempt, case.attempt.instruction
    instruction = PayInstruction(
        account=account_of(platform, attempt),
        attempt_no=attempt.attempt_id,
        amount=case.amount,
        product=attempt.product,
        title=said["title"],
        notify_url=said["notify_url"],
        return_url=said["return_url"],
        expires_at=datetime.fromisoformat(said["expires_at"]),
        now=platform.clock.now(),
        client_ip=said["client_ip"],
        payer_ref=said["payer_ref"],
    )
    answer = platform.registry.channel(attempt.channel).adapter.pay(instruction, platform.channel_http)
    platform.breaker.record(attempt.channel_account_id, answer, platform.clock.now())
    return answer


def query(platform: Platform, case: Case) -> Answer:
    """Ask the channel what became of the attempt."""
    return platform.registry.channel(case.attempt.channel).adapter.query(_ref(platform, case), platform.channel_http)


def close(platform: Platform, case: Case) -> Answer:
    """Ask the channel to take no more money under this number."""
    return platform.registry.channel(case.attempt.channel).adapter.close(_ref(platform, case), platform.channel_http)


def refund(platform: Platform, case: Case, row: Row[Any]) -> Answer:
    """Ask the channel to give money back; always the same number."""
    adapter = platform.registry.channel(case.attempt.channel).adapter
    return adapter.refund(_refund(platform, case, row), platform.channel_http)


def query_refund(platform: Platform, case: Case, row: Row[Any]) -> Answer:
    adapter = platform.registry.channel(case.attempt.channel).adapter
    return adapter.query_refund(_refund(platform, case, row), platform.channel_http)


def as_evidence(answer: Answer, source: str) -> Evidence:
    """An answer in the form in which every message about an attempt is judged."""
    outcome = Outcome.UNKNOWN if answer.outcome == Outcome.NOT_FOUND else answer.outcome
    return Evidence(
        outcome=outcome,
        source=source,
        amount=answer.amount,
        payee=answer.payee,
        channel_no=answer.channel_no,
        occurred_at=answer.paid_at,
        reason=answer.reason,
        code=answer.code,
        action=answer.action,
    )


def _ref(platform: Platform, case: Case) -> AttemptRef:
    attempt = case.attempt
    return AttemptRef(
        account=account_of(platform, attempt),
        attempt_no=attempt.attempt_id,
        amount=case.amount,
        product=attempt.product,
        now=platform.clock.now(),
        channel_no=attempt.channel_no,
    )


def _refund(platform: Platform, case: Case, row: Row[Any]) -> RefundInstruction:
    return RefundInstruction(
        account=account_of(platform, case.attempt),
        refund_no=row.refund_id,
        attempt_no=case.attempt.attempt_id,
        amount=Money(refund_writes.sent_minor(row), row.currency),
        paid=case.amount,
        reason=row.reason,
        notify_url=case.attempt.instruction["notify_url"],
        now=platform.clock.now(),
        channel_no=case.attempt.channel_no,
    )
