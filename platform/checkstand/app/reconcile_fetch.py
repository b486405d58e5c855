"""Statements by themselves: every morning the day before is asked for, until it is there (money.md §5.3, step 1).

`reconcile.begin` runs once a day and writes one `reconcile.fetch` per account, due at half past nine. That one asks
every ten minutes until six in the evening; at noon it raises the alarm. What it could not get stays on the list of
days without a statement, and the next morning it is asked for again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Row, select

from checkstand.accounting import WriteSet
from checkstand.accounting.calendar import ACCOUNTING_ZONE, accounting_date
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.app.reconcile import Day, reconcile
from checkstand.app.reconcile_bank import fetch_bank_days
from checkstand.app.reconcile_close import settle_and_close
from checkstand.channel.bills import BillOutcome, BillRequest
from checkstand.channel.payouts import StatementOutcome
from checkstand.channel.port import Capability
from checkstand.channel.store import account_row, active_accounts
from checkstand.infra.jobs import Job, job_op
from checkstand.infra.ops import Upsert
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import CheckstandError
from checkstand.member import tenant
from checkstand.reconciliation import bank_store

log = structlog.get_logger("reconciliation")

FETCH: Final = "reconcile.fetch"
BEGINS: Final = time(9, 30)
ALARM: Final = time(12, 0)
ENDS: Final = time(18, 0)
PAUSE: Final = timedelta(minutes=10)
BACK: Final = 7  # days without a statement that are asked for again
GOOD: Final = (StatementOutcome.READY, StatementOutcome.DUPLICATE)


@dataclass(frozen=True, slots=True)
class Try:
    """How one try went. `code` and `detail` say why there is no statement."""

    day: date
    done: bool
    code: str = ""
    detail: str = ""


def begin_fetching(platform: Platform, job: Job) -> Finished:
    """One job per account and day that is not here yet."""
    now = platform.clock.now()
    yesterday = accounting_date(now) - timedelta(days=1)
    ops = []
    for row in accounts_with_statements(platform):
        for day in _missing(platform, row, yesterday):
            payload = {"channel_account_id": row.channel_account_id, "day": day.isoformat()}
            key = f"{row.channel_account_id}:{day}"
            due_at = max(now, _at(yesterday + timedelta(days=1), BEGINS))
            ops.append(job_op(row.tenant_id, FETCH, key, payload, due_at=due_at, now=now))
    return Finished(WriteSet(ops=list(ops)))


def fetch(platform: Platform, job: Job) -> Finished | Again:
    """One try for one account and day."""
    account_id, day = job.payload["channel_account_id"], date.fromisoformat(job.payload["day"])
    tried = fetch_day(platform, job.tenant_id, account_id, day)
    if tried.done:
        return Finished()
    now = platform.clock.now()
    return (
        Finished() if now >= _at(accounting_date(now), ENDS) else Again(now + PAUSE, error=tried.detail or tried.code)
    )


def fetch_day(platform: Platform, tenant_id: str, channel_account_id: str, day: date) -> Try:
    """Ask for this day now, use what comes, and note how it went."""
    with platform.db.read() as connection:
        row = account_row(connection, tenant_id, channel_account_id)
    capabilities = platform.registry.channel(row.channel).manifest.capabilities
    try:
        tried = _bank(platform, row, day) if Capability.PAYOUT in capabilities else _bill(platform, row, day)
    except CheckstandError as error:
        tried = Try(day, done=False, code=error.code, detail=f"{error.detail or error.message} {error.remedy}"[:500])
    _note(platform, row, tried)
    return tried


def accounts_with_statements(platform: Platform) -> Iterator[Row[Any]]:
    """Every active account of every business unit whose channel hands out statements."""
    manifests = {channel.manifest.name: channel.manifest for channel in platform.registry.channels()}
    with platform.db.read() as connection:
        units = connection.execute(select(tenant.c.tenant_id).order_by(tenant.c.tenant_id)).scalars().all()
        rows = [row for unit in units for mode in ("test", "live") for row in active_accounts(connection, unit, mode)]
    return (row for row in rows if Capability.STATEMENT in manifests[row.channel].capabilities)


def _bill(platform: Platform, row: Row[Any], day: date) -> Try:
    """A channel's bill: kept, compared, booked."""
    account = platform.channel_accounts.load(row.tenant_id, row.channel_account_id)
    adapter = platform.registry.channel(row.channel).statement_adapter
    answer = adapter.download_statement(BillRequest(account, day, platform.clock.now()), platform.channel_http)
    if answer.outcome not in (BillOutcome.READY, BillOutcome.EMPTY):
        return Try(day, done=False, code=answer.reason or answer.outcome.value, detail=answer.code or "")
    with tempfile.TemporaryDirectory(prefix="statement_") as folder:
        path = Path(folder) / Path(answer.name).name
        path.write_bytes(answer.raw)
        wanted = Day(row.tenant_id, row.channel_account_id, day)
        reconcile(platform, wanted, path, empty=answer.outcome == BillOutcome.EMPTY)
    return Try(day, done=True)


def _bank(platform: Platform, row: Row[Any], day: date) -> Try:
    """The bank's statements up to this day, then whatever they decide."""
    fetched = fetch_bank_days(platform, row.tenant_id, row.channel_account_id)
    settle_and_close(platform, row.tenant_id, row.mode)
    failed = next((each for each in fetched if each.outcome not in GOOD), None)
    if failed is None or failed.day > day:
        return Try(day, done=True)
    problem = failed.problem
    detail = f"{problem.detail or problem.message} {problem.remedy}"[:500] if problem else failed.day.isoformat()
    return Try(day, done=False, code=problem.code if problem else failed.outcome.value, detail=detail)


def _note(platform: Platform, row: Row[Any], tried: Try) -> None:
    """The list of days and their statements; at noon a missing one is an alarm, once."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        known = bank_store.fetch_of(connection, row.tenant_id, row.channel_account_id, tried.day)
    late = not tried.done and now >= _at(tried.day + timedelta(days=1), ALARM)
    over = not tried.done and now >= _at(tried.day + timedelta(days=1), ENDS)
    values = {
        "tenant_id": row.tenant_id, "channel_account_id": row.channel_account_id, "day": tried.day, "mode": row.mode,
        "channel": row.channel, "status": "done" if tried.done else "given_up" if over else "waiting",
        "tries": (known.tries if known else 0) + 1, "code": tried.code[:60], "detail": tried.detail,
        "alarmed": late or bool(known and known.alarmed), "updated_at": now,
    }  # fmt: skip
    ops: list[Any] = [Upsert(bank_store.reconciliation_fetch, values)]
    if late and not (known and known.alarmed):
        log.error("statement.late", account=row.channel_account_id, day=str(tried.day), code=tried.code)
        facts = {"day": tried.day.isoformat(), "code": tried.code}
        ops.append(
            state_event_op(
                row.tenant_id,
                "channel_account",
                row.channel_account_id,
                "active",
                "statement_late",
                "active",
                now,
                facts,
            )
        )
    platform.poster.commit(WriteSet(ops=ops))


def _missing(platform: Platform, row: Row[Any], yesterday: date) -> list[date]:
    """Yesterday, and the days of the last week that were given up; never one before the account existed."""
    first = max(accounting_date(row.created_at), yesterday - timedelta(days=BACK - 1))
    days = [first + timedelta(days=place) for place in range((yesterday - first).days + 1)]
    with platform.db.read() as connection:
        fetched = {day: bank_store.fetch_of(connection, row.tenant_id, row.channel_account_id, day) for day in days}
    return [day for day, known in fetched.items() if known is None or known.status != "done"]


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, ACCOUNTING_ZONE)
