"""A payment that is none of ours is given back at the channel because a person said so (J12.3).

The item's id is the refund's number at the channel on every try, so it moves money once. Until the channel has said
what became of it the money stands on 2201 and the item is RESOLVED; a definite refusal opens it again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import Entry, Journal, WriteSet
from checkstand.accounting.names import channel_cost_of, channel_receivable, refund_payable
from checkstand.app.edges import edge
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.channel.port import Answer, Outcome, RefundInstruction
from checkstand.infra.jobs import Job, job_op
from checkstand.kernel import Money, present
from checkstand.payment import exchange_ops
from checkstand.reconciliation import queue
from checkstand.reconciliation.labels import suspense_of
from checkstand.reconciliation.states import ItemEvent, ItemState

JOB: Final = "reconcile.refund"
REFUNDING: Final = "refunding"
PAUSES_S: Final = (5, 30, 120, 600, 3_600, 21_600)
E = ItemEvent


def refund_writes(platform: Platform, row: Row[Any]) -> WriteSet:
    """What stood on 2601 is payable to the payer now, and the channel will be asked."""
    now, posting = platform.clock.now(), row.posting + 1
    values = {"resolution": REFUNDING, "posting": posting}
    job = job_op(row.tenant_id, JOB, row.item_id, {"item_id": row.item_id}, due_at=now, now=now)
    ops = [*edge("reconciliation_item", row, E.RESOLVE, now, values=values), job]
    return WriteSet(ops=ops, journals=[_journal(row, "recon_refund", posting, now, 1)])


def refund_line(platform: Platform, job: Job) -> Finished | Again:
    """One round: send it, or send it again under the same number, and believe only the end."""
    with platform.db.read() as connection:
        row = present(queue.find_item(connection, job.tenant_id, job.payload["item_id"]), "a job names its item")
    if (row.status, row.resolution) != (ItemState.RESOLVED, REFUNDING):
        return Finished()
    account = platform.channel_accounts.load(row.tenant_id, row.channel_account_id)
    amount = Money(row.channel_minor, row.currency)
    notify_url = f"{platform.settings.notify_base_url}/n/{account.channel}/{account.channel_account_id}"
    instruction = RefundInstruction(
        account, row.item_id, row.our_no, amount, amount, "reconciliation", notify_url, platform.clock.now(),
        channel_no=row.channel_no or None,
    )  # fmt: skip
    adapter = platform.registry.channel(account.channel).adapter
    answer = adapter.refund(instruction, platform.channel_http)
    if answer.outcome == Outcome.ACCEPTED:
        answer = adapter.query_refund(instruction, platform.channel_http)
    now = platform.clock.now()
    kept = WriteSet(ops=list(exchange_ops(row.tenant_id, row.item_id, answer.exchanges, now)))
    if answer.outcome == Outcome.SUCCEEDED:
        gives_back = platform.registry.channel(account.channel).manifest.fee_back
        return Finished(kept + _succeeded(row, answer, now, (row.channel_fee_minor or 0) if gives_back else 0))
    if answer.outcome == Outcome.FAILED and not answer.retryable:
        return Finished(kept + _failed(row, answer, now))
    pause = PAUSES_S[min(job.attempts, len(PAUSES_S)) - 1]
    return Again(now + timedelta(seconds=pause), kept, answer.code)


def _succeeded(row: Row[Any], answer: Answer, now: datetime, fee: int) -> WriteSet:
    """J10.3: out of what the channel owes us for the day on which it paid; the next statement has the line."""
    at, minor = answer.paid_at or now, -sum(each for _, each in suspense_of(row))
    owed = channel_receivable(row.channel_account_id, row.currency, at)
    entries = [Entry(refund_payable(row.item_id, row.currency), minor), Entry(owed, -minor)]
    out = Journal(row.tenant_id, "recon_refund_out", "recon_refund", row.item_id, tuple(entries), at)
    journals = [out]
    if fee:  # booked at the line's cost when it came, and given back with it
        back = (Entry(owed, fee), Entry(channel_cost_of(row.channel_account_id, row.currency), -fee))
        journals.append(Journal(row.tenant_id, "channel_cost_back", "recon_refund", row.item_id, back, at))
    ops = edge("reconciliation_item", row, E.CLOSE, now, values={"resolution": "refunded"})
    return WriteSet(ops=ops, journals=journals)


def _failed(row: Row[Any], answer: Answer, now: datetime) -> WriteSet:
    """The channel refused for good: the money stands where it stood, and a person decides anew."""
    posting = row.posting + 1
    values = {"resolution": None, "posting": posting}
    facts = {"refused": answer.reason or answer.code or "refused"}
    ops = edge("reconciliation_item", row, (E.CORRECT, E.DIFFER), now, values=values, facts=facts)
    return WriteSet(ops=ops, journals=[_journal(row, "recon_refund_undo", posting, now, -1)])


def _journal(row: Row[Any], kind: str, posting: int, now: datetime, sign: int) -> Journal:
    standing = suspense_of(row)
    entries = [Entry(ref, -sign * minor) for ref, minor in standing]
    payable = refund_payable(row.item_id, row.currency)
    entries.append(Entry(payable, sign * sum(minor for _, minor in standing)))
    return Journal(row.tenant_id, kind, "recon_item", f"{row.item_id}.{posting}", tuple(entries), now)
