"""Before a batch is cut: rolling reserves whose time is over come back, and what the payee owes is kept back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from checkstand.accounting import BalanceTooLow, EdgeRefused, RowExists, WriteSet, accounting_date
from checkstand.accounting.names import merchant_pending
from checkstand.accounting.reading import balance
from checkstand.accounting.settlement_journals import debt_recovered, reserve_released
from checkstand.app.platform import Platform
from checkstand.clearing.store import Owed, clearing_record, debt_of, debt_op, eligible_reserves, owed_until, record_op
from checkstand.infra.ops import Update
from checkstand.kernel import new_id

TOGETHER: Final = 500  # records in one commit


def release_reserves(platform: Platform, tenant_id: str, cut_at: datetime) -> int:
    """J11.6 back, for every payee; tells how many releases were booked."""
    with platform.db.read() as connection:
        over = owed_until(connection, tenant_id, cut_at, reserves=True)
    released = 0
    for owed in over:
        while _release_some(platform, tenant_id, owed, cut_at):
            released += 1
    return released


def _release_some(platform: Platform, tenant_id: str, owed: Owed, cut_at: datetime) -> bool:
    with platform.db.read() as connection:
        records = eligible_reserves(connection, tenant_id, owed, cut_at, limit=TOGETHER)
    amount = sum(record.amount_minor for record in records)
    if amount <= 0:
        return False  # refunds have taken from the reserve more than is over by now
    now, release_id = platform.clock.now(), new_id("rsv")
    taken = [
        Update(
            clearing_record,
            {"tenant_id": tenant_id, "clearing_id": record.clearing_id},
            {"batch_id": release_id},
            guard={"batch_id": None},
        )
        for record in records
    ]
    back = record_op(
        tenant_id, mode=owed.mode, kind="reserve_released", journal_kind="reserve_released",
        source=("reserve", release_id), owner_id=owed.owner_id, account_code="2102", currency=owed.currency,
        amount_minor=amount, cycle=owed.cycle, cleared_on=accounting_date(now), eligible_at=cut_at, now=now,
    )  # fmt: skip
    journal = reserve_released(
        tenant_id, release_id=release_id, merchant_id=owed.owner_id, currency=owed.currency, amount_minor=amount, at=now
    )
    try:
        platform.poster.commit(WriteSet(ops=[*taken, back], journals=[journal]))
    except (EdgeRefused, BalanceTooLow):
        return False  # a refund, or another worker, was faster; the next run looks again
    return True


def recover_debt(platform: Platform, tenant_id: str, owed: Owed, day: date, cut_at: datetime) -> int:
    """J7.3: as much of the debt as this cut can bear. A line of its own in the batch says so."""
    if owed.amount_minor <= 0:
        return 0
    with platform.db.read() as connection:
        debt = debt_of(connection, tenant_id, owed.owner_id, owed.currency)
        pending = balance(connection, tenant_id, merchant_pending(owed.owner_id, owed.currency))
    amount = min(debt or 0, owed.amount_minor, pending)
    if amount <= 0:
        return 0
    now, recovery_id = platform.clock.now(), new_id("dbt")
    key = {"tenant_id": tenant_id, "owner_id": owed.owner_id, "currency": owed.currency}
    kept = record_op(
        tenant_id, mode=owed.mode, kind="debt", journal_kind="debt_recovered", source=("debt", recovery_id),
        owner_id=owed.owner_id, account_code="2102", currency=owed.currency, amount_minor=-amount, cycle=owed.cycle,
        cleared_on=day, eligible_at=cut_at, now=now,
    )  # fmt: skip
    journal = debt_recovered(
        tenant_id, recovery_id=recovery_id, merchant_id=owed.owner_id, currency=owed.currency, amount_minor=amount,
        at=now,
    )  # fmt: skip
    try:
        platform.poster.commit(WriteSet(ops=[kept, debt_op(key, debt, -amount)], journals=[journal]))
    except (EdgeRefused, BalanceTooLow, RowExists):
        return 0  # a refund has changed debt or balance at this moment; the next cut tries again
    return amount
