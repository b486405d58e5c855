"""What a payout of a settlement batch books (J11.3, J11.4), and the job that moves the batch when it has ended.

2301 is kept per batch: the approval has moved the whole batch there (J11.1). Only a payout for a part that
failed before takes its money from the available balance, where the failure had put it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from checkstand.accounting import WriteSet, payout_journals
from checkstand.accounting.settlement_journals import batch_failed, batch_repaid, batch_returned
from checkstand.app.payouts.kind import PayoutKind
from checkstand.infra.jobs import job_op

ENDED_JOB: Final = "settlement.payout_ended"
AVAILABLE: Final = "2103"


def _frozen(row: Any, now: datetime) -> WriteSet:
    if row.held_from != AVAILABLE:
        return WriteSet()
    return WriteSet(journals=[batch_repaid(row.tenant_id, at=now, batch_id=row.source_id, **_about(row))])


def _sending(row: Any, now: datetime) -> WriteSet:
    return WriteSet()  # in transit since the approval


def _succeeded(row: Any, at: datetime) -> WriteSet:
    return _ended(row, at) + WriteSet(journals=[payout_journals.payout_paid(row, at, transit=row.source_id)])


def _failed(row: Any, at: datetime) -> WriteSet:
    return _ended(row, at) + WriteSet(
        journals=[batch_failed(row.tenant_id, at=at, batch_id=row.source_id, **_about(row))]
    )


def _returned(row: Any, at: datetime, item: str) -> WriteSet:
    booked = [payout_journals.payout_returned(row, at), batch_returned(row.tenant_id, at=at, **_about(row))]
    return _ended(row, at) + WriteSet(journals=booked)


def _about(row: Any) -> dict[str, Any]:
    return {
        "payout_id": row.payout_id,
        "owner_id": row.owner_id,
        "currency": row.currency,
        "amount_minor": row.amount_minor,
    }


def _ended(row: Any, at: datetime) -> WriteSet:
    payload = {"batch_id": row.source_id, "payout_id": row.payout_id}
    return WriteSet(ops=[job_op(row.tenant_id, ENDED_JOB, row.payout_id, payload, due_at=at, now=at)])


SETTLEMENT: Final = PayoutKind(_frozen, _sending, _succeeded, _failed, _returned)
