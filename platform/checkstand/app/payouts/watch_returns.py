"""The job `payout.returns`: a booked transfer can come back days later (退票), and no answer to us says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from checkstand.accounting import WriteSet, accounting_date
from checkstand.app.job_runner import Again, Finished
from checkstand.app.payouts.bank_entries import apply_entry, payout_of_entry
from checkstand.app.platform import Platform
from checkstand.channel.payouts import StatementAnswer, StatementOutcome, StatementRequest
from checkstand.channel.port import Capability, ChannelAccount
from checkstand.infra.jobs import Job, job_op
from checkstand.infra.ops import Op
from checkstand.payment import exchange_ops
from checkstand.settlement.payout_states import PayoutState
from checkstand.settlement.payout_store import any_succeeded_since

RETURNS_JOB: Final = "payout.returns"
PAUSE: Final = timedelta(hours=1)
SAYS_NOTHING: Final = (StatementOutcome.UNKNOWN, StatementOutcome.INVALID)
COMES_BACK_WITHIN: Final = timedelta(days=30)  # later ones are found by the statement


def watch_op(account: ChannelAccount, now: datetime) -> Op:
    """Look for returns of this bank account; one job is enough however many payouts succeed."""
    payload = {"bank_account_id": account.channel_account_id}
    return job_op(account.tenant_id, RETURNS_JOB, account.channel_account_id, payload, due_at=now + PAUSE, now=now)


def watch_returns(platform: Platform, job: Job) -> Finished | Again:
    """One look; goes on while something paid lately could still come back."""
    now = platform.clock.now()
    account = platform.channel_accounts.load(job.tenant_id, job.payload["bank_account_id"])
    channel = platform.registry.channel(account.channel)
    if Capability.RETURNS not in channel.manifest.capabilities:
        return Finished()
    unanswered = []
    for day in _days(job, now):
        answer = channel.payout_adapter.returns(StatementRequest(account, day, now), platform.channel_http)
        _apply(platform, account, answer, now)
        if answer.outcome in SAYS_NOTHING:
            unanswered.append(day)
    with platform.db.read() as connection:
        goes_on = any_succeeded_since(connection, job.tenant_id, account.channel_account_id, now - COMES_BACK_WITHIN)
    since = {"since": unanswered[0].isoformat()} if unanswered else {}
    payload = {"bank_account_id": account.channel_account_id, **since}
    return Again(now + PAUSE, payload=payload) if goes_on else Finished()


def _days(job: Job, now: datetime) -> Iterator[date]:
    """From the day before this look was due, or the first unanswered one: neither midnight nor silence hides a day."""
    day, today = accounting_date(job.due_at) - timedelta(days=1), accounting_date(now)
    if "since" in job.payload:
        day = min(day, date.fromisoformat(job.payload["since"]))
    while day <= today:
        yield day
        day += timedelta(days=1)


def _apply(platform: Platform, account: ChannelAccount, answer: StatementAnswer, now: datetime) -> None:
    for entry in answer.entries:
        row = payout_of_entry(platform, account.tenant_id, account.mode, entry)
        if row is None or entry.kind != "return" or row.status == PayoutState.RETURNED:
            continue  # a stranger's line is for reconciliation, and the same notice is read every hour
        platform.poster.commit(WriteSet(ops=list(exchange_ops(row.tenant_id, row.payout_id, answer.exchanges, now))))
        apply_entry(platform, row, entry, "returns")
