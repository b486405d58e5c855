"""What became of the demo's past sales: every day reconciled with its bills, paid by the bank, settled.

The simulators settle each day as their providers would have done, and the use cases of every morning run day by
day. One bill differs from our books on purpose, so that the queue of differences is not empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import product
from threading import Event
from typing import Any, Final

from sqlalchemy import Row, func, select

from checkstand.accounting import WriteSet
from checkstand.accounting.calendar import ACCOUNTING_ZONE, accounting_date
from checkstand.app.demo_seed import TENANT
from checkstand.app.platform import Platform
from checkstand.app.reconcile_bank import bank_accounts, fetch_bank_day
from checkstand.app.reconcile_close import settle_and_close
from checkstand.app.reconcile_fetch import accounts_with_statements, fetch_day
from checkstand.app.settlement.run_day import run_day
from checkstand.app.steer_simulator import control_of
from checkstand.channel.port import Capability
from checkstand.channel.store import account_row
from checkstand.member.merchant import merchant_owner
from checkstand.member.settlement_profile import get_profile, profile_op
from checkstand.payment import attempt
from checkstand.reconciliation import bank_store

MODE: Final = "test"
PAID_AT: Final = time(8, 0)  # when the providers pay the day before
APPROVED_ALONE_MINOR: Final = 300_000  # larger batches wait for two people, so that there are some to decide
PLANTED: Final = ("bill_amount", "bill_line_extra")
PLANTED_BEFORE: Final = 2  # days


def seed_money(platform: Platform, stopped: Event) -> None:
    """Catch up until yesterday, or until `stopped`; the next start goes on. What is done is left as it is."""
    sellers = [row for row in accounts_with_statements(platform) if _is_of_demo(row) and not _pays_out(platform, row)]
    banks = bank_accounts(platform, TENANT, MODE)
    days = _days(platform, [row.channel_account_id for row in sellers]) if banks else []
    if not days:
        return
    _terms(platform)
    for step in _steps(platform, sellers, banks[0], days):
        if stopped.is_set():
            return
        step()


def _steps(
    platform: Platform, sellers: Sequence[Row[Any]], bank_account_id: str, days: Sequence[date]
) -> Iterator[Callable[[], object]]:
    """Every bill, then the bank's statements, then what they decide, then the batches: all days of one kind at once."""
    with platform.db.read() as connection:
        fetched = {
            (row.channel_account_id, day): bank_store.fetch_of(connection, TENANT, row.channel_account_id, day)
            for row in sellers
            for day in days
        }
        latest = bank_store.latest_statement(connection, TENANT, bank_account_id)
    for row, day in product(sellers, days):
        known = fetched[row.channel_account_id, day]
        if known is None or known.status != "done":
            yield partial(_sold, platform, row, bank_account_id, day, last=days[-1])
    bank = platform.channel_accounts.load(TENANT, bank_account_id)
    for day in days:
        if latest is None or day > latest.day:
            yield partial(fetch_bank_day, platform, bank, day)
    yield partial(settle_and_close, platform, TENANT, MODE)
    for day in days[1:]:
        yield partial(run_day, platform, TENANT, day, mode=MODE)


def _sold(platform: Platform, row: Row[Any], bank_account_id: str, day: date, *, last: date) -> None:
    """A provider's day: paid out, billed, and compared with our books."""
    _pay_out(platform, row, bank_account_id, day)
    _plant(platform, row, day, last=last)
    fetch_day(platform, TENANT, row.channel_account_id, day)


def _is_of_demo(row: Row[Any]) -> bool:
    return bool(row.tenant_id == TENANT and row.mode == MODE)


def _pays_out(platform: Platform, row: Row[Any]) -> bool:
    return Capability.PAYOUT in platform.registry.channel(row.channel).manifest.capabilities


def _days(platform: Platform, account_ids: Sequence[str]) -> list[date]:
    """From the first sale to yesterday."""
    with platform.db.read() as connection:
        first = connection.execute(
            select(func.min(attempt.c.succeeded_at)).where(
                attempt.c.tenant_id == TENANT, attempt.c.channel_account_id.in_(account_ids)
            )
        ).scalar_one()
    if first is None:
        return []
    begin = accounting_date(first)
    return [begin + timedelta(days=n) for n in range((accounting_date(platform.clock.now()) - begin).days)]


def _terms(platform: Platform) -> None:
    """How the demo's merchant is settled: into its balance here, small batches by themselves."""
    owner = merchant_owner(TENANT, MODE)
    with platform.db.read() as connection:
        profile = get_profile(connection, TENANT, MODE, owner)
    if profile.version == 0:
        saved = profile._replace(auto_approve_minor=APPROVED_ALONE_MINOR)
        platform.poster.commit(WriteSet(ops=[profile_op(saved, platform.clock.now())]))


def _pay_out(platform: Platform, row: Row[Any], bank_account_id: str, day: date) -> None:
    """The provider pays the day's net to the bank account, on the morning after."""
    with platform.db.read() as connection:
        customer = account_row(connection, TENANT, bank_account_id).merchant_ref
    at = datetime.combine(day + timedelta(days=1), PAID_AT, ACCOUNTING_ZONE)
    control_of(platform).ask(
        "POST", row.channel, "settlements",
        merchant=row.merchant_ref, day=day.isoformat(), bank_merchant=customer, at=at.isoformat(),
    )  # fmt: skip


def _plant(platform: Platform, row: Row[Any], day: date, *, last: date) -> None:
    if row.channel == "wechat_pay" and day == last - timedelta(days=PLANTED_BEFORE):
        for kind in PLANTED:
            control_of(platform).ask("POST", row.channel, "faults", kind=kind, merchant=row.merchant_ref)
