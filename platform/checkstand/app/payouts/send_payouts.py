"""The jobs `payout.send` and `payout.query`: one file to the bank, and questions until every transfer has its end.

The file and every payout in it are committed as SENDING before the bank is called (J4.2), so a crash leaves a file
that may have been sent. It is sent again, never rebuilt: the same number and the same bytes, which the bank knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row

from checkstand.accounting import WriteSet, accounting_date
from checkstand.app.edges import edge
from checkstand.app.job_runner import Again, Finished
from checkstand.app.payouts.apply_result import PayoutEvidence, Said, apply_result
from checkstand.app.payouts.bank_file import adapter_of, stored_batch
from checkstand.app.payouts.kinds import KINDS
from checkstand.app.payouts.watch_returns import watch_op
from checkstand.app.platform import Platform
from checkstand.channel.payouts import PayoutAnswer, PayoutBatch
from checkstand.channel.port import Outcome
from checkstand.infra.jobs import Job, job_op
from checkstand.infra.ops import Insert, Op
from checkstand.kernel import duration_s, new_id
from checkstand.payment import exchange_ops
from checkstand.settlement.payout_states import AT_THE_BANK, PayoutEvent, PayoutState
from checkstand.settlement.payout_store import due_payouts, payout_file, payouts_in_file

log = structlog.get_logger("payouts")

QUERY_JOB: Final = "payout.query"
MOST: Final = 300  # transfers a file; a bank takes more, but one call has to fit into a job's lease
CALL_DEADLINE: Final = timedelta(seconds=30)  # a file still SENDING then was left behind by a crash
SEND_AGAIN_FOR: Final = timedelta(hours=24)  # how long a bank is trusted to recognise a file that it has
OUTCOMES: Final = {
    Outcome.SUCCEEDED: Said.SUCCEEDED,
    Outcome.FAILED: Said.FAILED,
    Outcome.ACCEPTED: Said.ACCEPTED,
    Outcome.UNKNOWN: Said.UNKNOWN,
    Outcome.NOT_FOUND: Said.UNKNOWN,
}


def send_payouts(platform: Platform, job: Job) -> Finished | Again:
    """Everything due of one bank account, file by file."""
    while rows := _due(platform, job):
        file_no, writes = cut_file(platform, rows, platform.clock.now())
        platform.poster.commit(writes)
        send_file(platform, job.tenant_id, file_no, "send")
    return Finished()


def query_file(platform: Platform, job: Job) -> Finished | Again:
    """One round for one file. A file is asked about until the bank, its statement or two people ended each payout."""
    file_no = job.payload["file_no"]
    states = _states(platform, job.tenant_id, file_no)
    if PayoutState.SENDING in states:
        send_file(platform, job.tenant_id, file_no, "send")
    elif any(state in AT_THE_BANK for state in states):
        _ask(platform, job.tenant_id, file_no)
    if not any(state in AT_THE_BANK for state in _states(platform, job.tenant_id, file_no)):
        return Finished()
    return Again(platform.clock.now() + _pause(platform, job))


def cut_file(platform: Platform, rows: Sequence[Row[Any]], now: datetime) -> tuple[str, WriteSet]:
    """A new file of these payouts: its row, every payout SENDING with what its kind books, and who asks about it."""
    first, file_no = rows[0], new_id("pof")
    account = platform.channel_accounts.load(first.tenant_id, first.bank_account_id)
    file = {
        "tenant_id": first.tenant_id,
        "file_no": file_no,
        "mode": first.mode,
        "bank_account_id": first.bank_account_id,
        "credential_version": account.credential_version,
        "made_at": now,
        "executes_on": accounting_date(now),
    }
    due_at, payload = now + CALL_DEADLINE, {"file_no": file_no}
    writes = WriteSet(
        [Insert(payout_file, file), job_op(first.tenant_id, QUERY_JOB, file_no, payload, due_at=due_at, now=now)]
    )
    for row in rows:
        values = {"file_no": file_no, "sent_at": now}
        sending: list[Op] = edge("payout", row, PayoutEvent.SEND, now, values=values, add={"send_count": 1})
        writes += WriteSet(ops=sending) + KINDS[row.kind].sending(row, now)
    return file_no, writes


def _due(platform: Platform, job: Job) -> list[Row[Any]]:
    """The oldest that may stand in one file together."""
    with platform.db.read() as connection:
        rows = due_payouts(connection, job.tenant_id, job.payload["bank_account_id"], limit=MOST)
    return [row for row in rows if row.currency == rows[0].currency]


def send_file(platform: Platform, tenant_id: str, file_no: str, source: str) -> None:
    """Give the bank the file, or give it again: it refuses what it has and the adapter then asks what became of it."""
    batch, _ = stored_batch(platform, tenant_id, file_no)
    _book(platform, batch, adapter_of(platform, batch).payout(batch, platform.channel_http), source)


def _ask(platform: Platform, tenant_id: str, file_no: str) -> None:
    """Ask what became of it. A bank that does not know the file yet gets the same file once more."""
    batch, _ = stored_batch(platform, tenant_id, file_no)
    answer = adapter_of(platform, batch).query_payout(batch, platform.channel_http)
    _book(platform, batch, answer, "query")
    absent = all(result.outcome is Outcome.NOT_FOUND for result in answer.results)
    if absent and batch.now - batch.made_at < SEND_AGAIN_FOR:
        send_file(platform, tenant_id, file_no, "send_again")


def _book(platform: Platform, batch: PayoutBatch, answer: PayoutAnswer, source: str) -> None:
    tenant_id, now = batch.account.tenant_id, platform.clock.now()
    said: list[Op] = [*exchange_ops(tenant_id, batch.batch_no, answer.exchanges, now)]
    if any(result.outcome is Outcome.SUCCEEDED for result in answer.results):
        said.append(watch_op(batch.account, now))
    platform.poster.commit(WriteSet(ops=said))
    if answer.problem is not None:
        log.warning("payout.report_not_believed", file=batch.batch_no, problem=answer.problem.detail)
    with platform.db.read() as connection:
        ids = {row.payout_no: row.payout_id for row in payouts_in_file(connection, tenant_id, batch.batch_no)}
    for result in answer.results:
        evidence = PayoutEvidence(
            said=OUTCOMES[result.outcome],
            source=source,
            code=result.code,
            reason=result.reason,
            channel_no=result.channel_no,
        )
        apply_result(platform, tenant_id, ids[result.payout_no], evidence)


def _states(platform: Platform, tenant_id: str, file_no: str) -> set[str]:
    with platform.db.read() as connection:
        return {row.status for row in payouts_in_file(connection, tenant_id, file_no)}


def _pause(platform: Platform, job: Job) -> timedelta:
    """The pauses that the channel's manifest asks for; the last one repeats."""
    with platform.db.read() as connection:
        row = payouts_in_file(connection, job.tenant_id, job.payload["file_no"])[0]
    account = platform.channel_accounts.load(job.tenant_id, row.bank_account_id)
    pauses = platform.registry.channel(account.channel).manifest.query_after
    return timedelta(seconds=duration_s(pauses[min(job.attempts, len(pauses)) - 1]))
