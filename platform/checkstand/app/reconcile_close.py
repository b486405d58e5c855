"""The end of a day: unknown payments get their last word, the bank's side is compared, and the run is closed.

A run is closed when nothing of its day stands on the channel's receivable any more but what waits near midnight for
a neighbouring statement: that is valued, not booked, so it keeps nobody waiting for settlement.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Row, func, select

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.accounting.calendar import ACCOUNTING_ZONE
from checkstand.accounting.store import account
from checkstand.app import channel_calls
from checkstand.app.case import load_case
from checkstand.app.edges import edge
from checkstand.app.evidence import Evidence
from checkstand.app.platform import Platform
from checkstand.app.reconcile_bank import bank_accounts, hand_over
from checkstand.app.reconcile_settled import settle_days
from checkstand.app.resolve_attempt import apply_answer, apply_evidence, close_attempt
from checkstand.channel.port import Outcome
from checkstand.channel.reasons import Reason
from checkstand.payment import AttemptState, attempt
from checkstand.reconciliation import bank_store, store
from checkstand.reconciliation.own_side import RECEIVABLE
from checkstand.reconciliation.states import ItemState, RunEvent, RunState

A = AttemptState
UNSURE = (A.UNKNOWN, A.CLOSING)
AT_ONCE = 200


def settle_and_close(platform: Platform, tenant_id: str, mode: str) -> None:
    """Everything that the bank's statements decide, as far as they are here. Repeating it changes nothing."""
    hand_over(platform, tenant_id, mode)
    settle_days(platform, tenant_id, mode, has_bank=bool(bank_accounts(platform, tenant_id, mode)))
    close_days(platform, tenant_id, mode)


def close_days(platform: Platform, tenant_id: str, mode: str) -> None:
    """POSTED → CLOSED for every day that has nothing left to wait for."""
    with platform.db.read() as connection:
        runs = bank_store.runs_in(connection, tenant_id, mode, (RunState.POSTED,))
        finished = [run for run in runs if is_finished(connection, run)]
    for run in finished:
        try:
            ops = edge("reconciliation_run", run, RunEvent.CLOSE, platform.clock.now())
            platform.poster.commit(WriteSet(ops=ops))
        except EdgeRefused:
            continue  # superseded meanwhile, or closed by another process


def is_finished(connection: Connection, run: Row[Any]) -> bool:
    """Whether the receivable of the day is zero but for what waits near midnight, and nothing is half done."""
    day = run.tenant_id, run.channel_account_id, run.cleared_on
    item = store.reconciliation_item.c
    half_done = select(func.count()).where(
        item.tenant_id == run.tenant_id, item.run_id == run.run_id,
        item.status.in_((ItemState.UNMATCHED, ItemState.REOPENED)),
    )  # fmt: skip
    if connection.execute(half_done).scalar_one():
        return False
    owed, pending = receivable(connection, *day), store.pending_net(connection, *day)
    return all(owed.get(each, 0) == pending.get(each, 0) for each in {*owed, *pending})


def receivable(connection: Connection, tenant_id: str, channel_account_id: str, day: Any) -> dict[str, int]:
    """1101 of one day, per currency."""
    rows = connection.execute(
        select(account.c.currency, func.sum(account.c.balance_minor))
        .where(account.c.tenant_id == tenant_id, account.c.code == RECEIVABLE, account.c.owner == channel_account_id)
        .where(account.c.sub == day.isoformat())
        .group_by(account.c.currency)
    )
    return {row[0]: int(row[1]) for row in rows}


def last_word(platform: Platform, run: Row[Any]) -> None:
    """Payments of earlier days that are still unknown: two statements have passed without them.

    They are closed at the channel first; a channel that does not know the number then has had its say three times.
    Money that it names after all goes the way late money goes.
    """
    before = datetime.combine(run.cleared_on, time(0), ACCOUNTING_ZONE)
    after = ""
    while rows := _unsure(platform, run, before, after):
        for attempt_id in rows:
            _decide(platform, run.tenant_id, attempt_id)
        after = rows[-1]


def _unsure(platform: Platform, run: Row[Any], before: datetime, after: str) -> list[str]:
    with platform.db.read() as connection:
        query = (
            select(attempt.c.attempt_id)
            .where(attempt.c.tenant_id == run.tenant_id, attempt.c.channel_account_id == run.channel_account_id)
            .where(attempt.c.status.in_(UNSURE), attempt.c.created_at < before, attempt.c.attempt_id > after)
            .order_by(attempt.c.attempt_id)
            .limit(AT_ONCE)
        )
        return list(connection.execute(query).scalars())


def _decide(platform: Platform, tenant_id: str, attempt_id: str) -> None:
    with platform.db.read() as connection:
        case = load_case(connection, tenant_id, attempt_id)
    if case is None:
        return
    close_attempt(platform, case)
    with platform.db.read() as connection:
        case = load_case(connection, tenant_id, attempt_id)
    if case is None or case.attempt.status not in UNSURE:
        return
    answer = channel_calls.query(platform, case)
    if answer.outcome != Outcome.NOT_FOUND:
        apply_answer(platform, case, answer, "query")
        return
    evidence = Evidence(Outcome.FAILED, "statement", reason=Reason.NOT_FOUND.value, code=answer.code)
    apply_evidence(platform, tenant_id, attempt_id, evidence, exchanges=answer.exchanges)
