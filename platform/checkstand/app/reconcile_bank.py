"""The bank's statements: fetched day by day, kept as they came, their lines handed to whom they belong.

Days are taken in order, because each must open as the one before closed. A line that names a payout goes to it at
once, for the bank's word is the last one on payouts; everything else waits for the channels' side
(`app/reconcile_settled.py`). A day that the bank issues again is compared line by line: what it no longer says is
undone, what it says anew is taken as any other line.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from checkstand.accounting import WriteSet
from checkstand.accounting.calendar import ACCOUNTING_ZONE, accounting_date
from checkstand.accounting.names import deposit
from checkstand.accounting.store import account, entry, journal
from checkstand.app.edges import edge
from checkstand.app.payouts.bank_entries import apply_entry, is_line_of, payout_of_entry
from checkstand.app.platform import Platform
from checkstand.app.reconcile_settled import supersede_entry
from checkstand.app.statement_files import keep_refused
from checkstand.channel.payouts import Statement, StatementAnswer, StatementEntry, StatementOutcome, StatementRequest
from checkstand.channel.port import Capability, ChannelAccount
from checkstand.channel.store import account_row, active_accounts
from checkstand.infra.ops import Insert, Op
from checkstand.kernel import CheckstandError, Money, new_id
from checkstand.reconciliation import bank_store
from checkstand.reconciliation.bank_postings import opening_journal
from checkstand.reconciliation.bank_store import bank_entry, bank_statement
from checkstand.reconciliation.states import EntryEvent, EntryState

DAYS: Final = 31  # of one go; what is further behind follows with the next


@dataclass(frozen=True, slots=True)
class Fetched:
    """How one day of one account went. `problem` says what is wrong with a file that came."""

    day: date
    outcome: StatementOutcome
    statement_id: str = ""
    problem: CheckstandError | None = None


def bank_accounts(platform: Platform, tenant_id: str, mode: str) -> list[str]:
    """The accounts whose statements are fetched."""
    with platform.db.read() as connection:
        rows = active_accounts(connection, tenant_id, mode)
    wanted = {Capability.PAYOUT, Capability.STATEMENT}
    manifests = {channel.manifest.name: channel.manifest for channel in platform.registry.channels()}
    return [row.channel_account_id for row in rows if wanted <= manifests[row.channel].capabilities]


def fetch_bank_days(platform: Platform, tenant_id: str, bank_account_id: str) -> list[Fetched]:
    """Every day that is over and not here yet, in order; stops at the first that does not come."""
    bank = platform.channel_accounts.load(tenant_id, bank_account_id)
    with platform.db.read() as connection:
        latest = bank_store.latest_statement(connection, tenant_id, bank_account_id)
        opened_on = accounting_date(account_row(connection, tenant_id, bank_account_id).created_at)
    day = latest.day + timedelta(days=1) if latest else opened_on
    yesterday, fetched = accounting_date(platform.clock.now()) - timedelta(days=1), list[Fetched]()
    while day <= yesterday and len(fetched) < DAYS:
        fetched.append(fetch_bank_day(platform, bank, day))
        if fetched[-1].outcome not in (StatementOutcome.READY, StatementOutcome.DUPLICATE):
            break
        day += timedelta(days=1)
    return fetched


def fetch_bank_day(platform: Platform, bank: ChannelAccount, day: date) -> Fetched:
    """One day, the first time or again."""
    with platform.db.read() as connection:
        before = bank_store.statement_before(connection, bank.tenant_id, bank.channel_account_id, day)
        versions = bank_store.statements_of_day(connection, bank.tenant_id, bank.channel_account_id, day)
    request = StatementRequest(
        bank, day, platform.clock.now(), frozenset(each.message_id for each in versions), _statement_of(before)
    )
    adapter = platform.registry.channel(bank.channel).payout_adapter
    answer = adapter.statement(request, platform.channel_http)
    if answer.problem is not None and answer.raw:
        _keep_refused(platform, bank, day, answer.raw, answer.problem)
    if answer.outcome != StatementOutcome.READY or answer.statement is None:
        return Fetched(day, answer.outcome, problem=answer.problem)
    statement_id = _keep(platform, bank, answer, answer.statement, versions, first=before is None)
    hand_over(platform, bank.tenant_id, bank.mode)
    return Fetched(day, answer.outcome, statement_id)


def hand_over(platform: Platform, tenant_id: str, mode: str) -> None:
    """Lines that name a payout of ours go to it; safe to repeat after a crash."""
    with platform.db.read() as connection:
        rows = bank_store.entries_in(connection, tenant_id, mode, (EntryState.NEW,))
    for row in rows:
        line = _line_of(row)
        payout = payout_of_entry(platform, tenant_id, mode, line)
        if payout is None or _has_its_line(platform, row):
            continue
        apply_entry(platform, payout, line, "statement", occurred_at=booked_at(row.booked_on))
        payout = payout_of_entry(platform, tenant_id, mode, line)
        if payout is not None and is_line_of(payout, line):
            ops = edge("bank_entry", row, EntryEvent.PAY_OUT, platform.clock.now(), facts={"payout": payout.payout_id})
            platform.poster.commit(WriteSet(ops=ops))


def _has_its_line(platform: Platform, row: Row[Any]) -> bool:
    """Whether another line is this payout's already: a bank that debits twice has an item for the second time."""
    with platform.db.read() as connection:
        return bank_store.payout_has_line(connection, row.tenant_id, row.payout_no, row.kind)


def booked_at(day: date) -> datetime:
    """When a line of a statement counts as booked: the bank names the day only."""
    return datetime.combine(day, time(23, 59, 59), ACCOUNTING_ZONE)


def _keep(
    platform: Platform,
    bank: ChannelAccount,
    answer: StatementAnswer,
    statement: Statement,
    versions: Sequence[Row[Any]],
    *,
    first: bool,
) -> str:
    """The file, its lines and, with the first one, what the account held before, in one commit."""
    now, statement_id = platform.clock.now(), new_id("bst")
    tenant_id, bank_account_id, currency = bank.tenant_id, bank.channel_account_id, statement.opening.currency
    kept = {
        "tenant_id": tenant_id, "statement_id": statement_id, "bank_account_id": bank_account_id, "mode": bank.mode,
        "day": statement.day, "version": len(versions) + 1, "message_id": statement.message_id,
        "sequence": statement.sequence, "currency": currency, "opening_minor": statement.opening.minor,
        "closing_minor": statement.closing.minor, "sha256": sha256(answer.raw).hexdigest(), "size": len(answer.raw),
        "content": zlib.compress(answer.raw), "created_at": now,
    }  # fmt: skip
    with platform.db.read() as connection:
        there = bank_store.entries_of_day(connection, tenant_id, bank_account_id, statement.day) if versions else []
        before = _booked_before(connection, platform, bank, currency, statement.day) if first and not versions else None
    known = {_said(row): row for row in there}
    lines = [(each, _signed(each)) for each in statement.entries]
    wanted = {(each.entry_ref, each.kind, minor, each.text) for each, minor in lines}
    ops: list[Op] = [Insert(bank_statement, kept)]
    for each, minor in lines:
        if (each.entry_ref, each.kind, minor, each.text) not in known:
            ops.append(Insert(bank_entry, _row(kept, each, minor)))
    writes = WriteSet(ops=ops)
    if before is not None and statement.opening.minor != before:
        opening = opening_journal(
            tenant_id, statement_id=statement_id, fund_mode=platform.settings.fund_mode, bank_account=bank_account_id,
            currency=currency, amount_minor=statement.opening.minor - before,
            event_at=datetime.combine(statement.day, time(0), ACCOUNTING_ZONE),
        )  # fmt: skip
        writes += WriteSet(journals=[opening])
    for said, row in known.items():
        if said not in wanted:
            writes += supersede_entry(platform, row, now)
    platform.poster.commit(writes)
    return statement_id


def _keep_refused(platform: Platform, bank: ChannelAccount, day: date, raw: bytes, why: CheckstandError) -> None:
    with tempfile.TemporaryDirectory(prefix="statement_") as folder:
        path = Path(folder) / f"{bank.channel_account_id}-{day}.xml"
        path.write_bytes(raw)
        keep_refused(platform, bank.tenant_id, bank.channel_account_id, day, path, why)


def _booked_before(connection: Connection, platform: Platform, bank: ChannelAccount, currency: str, day: date) -> int:
    """What our books have on the deposit from before this day."""
    ref = deposit(platform.settings.fund_mode, bank.channel_account_id, currency)
    starts = datetime.combine(day, time(0), ACCOUNTING_ZONE)
    query = (
        select(func.coalesce(func.sum(entry.c.amount_minor), 0))
        .select_from(account)
        .join(entry, (entry.c.tenant_id == account.c.tenant_id) & (entry.c.account_id == account.c.account_id))
        .join(journal, (journal.c.tenant_id == entry.c.tenant_id) & (journal.c.journal_id == entry.c.journal_id))
        .where(account.c.tenant_id == bank.tenant_id, account.c.code == ref.code, account.c.owner == ref.owner)
        .where(account.c.currency == currency, journal.c.event_at < starts)
    )
    return int(connection.execute(query).scalar_one())


def _row(kept: dict[str, Any], each: StatementEntry, minor: int) -> dict[str, Any]:
    names = ("tenant_id", "bank_account_id", "mode", "statement_id", "created_at")
    return {
        **{name: kept[name] for name in names},
        "entry_id": new_id("ben"), "entry_ref": each.entry_ref, "kind": each.kind, "amount_minor": minor,
        "currency": each.amount.currency, "booked_on": each.booked_on, "payout_no": each.payout_no, "code": each.code,
        "reason": each.reason, "text": each.text[:300], "status": EntryState.NEW.value, "version": 1, "item_id": None,
    }  # fmt: skip


def _said(row: Row[Any]) -> tuple[str, str, int, str]:
    return row.entry_ref, row.kind, row.amount_minor, row.text


def _signed(each: StatementEntry) -> int:
    return each.amount.minor if each.direction == "credit" else -each.amount.minor


def _line_of(row: Row[Any]) -> StatementEntry:
    direction = "credit" if row.amount_minor > 0 else "debit"
    return StatementEntry(
        row.entry_ref, row.kind, direction, Money(abs(row.amount_minor), row.currency), row.booked_on,  # type: ignore[arg-type]
        payout_no=row.payout_no, code=row.code, reason=row.reason, text=row.text,
    )  # fmt: skip


def _statement_of(row: Row[Any] | None) -> Statement | None:
    """What the next day has to follow; its lines do not matter for that."""
    if row is None:
        return None
    opening, closing = Money(row.opening_minor, row.currency), Money(row.closing_minor, row.currency)
    return Statement(row.message_id, row.day, row.sequence, opening, closing, ())
