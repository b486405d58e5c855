"""What the payout of a card's verification books, and the job that tells the card how it ended.

A payout's step reads no database and may not fail because the card was removed meanwhile, so the card itself is moved
by a job of its own, in the commit after.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from checkstand.accounting import WriteSet, payout_journals, verification_journals
from checkstand.app.payouts.kind import PayoutKind
from checkstand.infra.jobs import job_op

ENDED_JOB: Final = "card.payout_ended"


def _frozen(row: Any, now: datetime) -> WriteSet:
    return WriteSet()  # nobody's money is set aside


def _sending(row: Any, now: datetime) -> WriteSet:
    return WriteSet(journals=[verification_journals.verification_send(row, now)])


def _succeeded(row: Any, at: datetime) -> WriteSet:
    return WriteSet(journals=[payout_journals.payout_paid(row, at)])


def _failed(row: Any, at: datetime) -> WriteSet:
    return _ended(row, at) + WriteSet(journals=[verification_journals.verification_unsend(row, at)])


def _returned(row: Any, at: datetime, item: str) -> WriteSet:
    booked = [payout_journals.payout_returned(row, at), verification_journals.verification_returned(row, at)]
    return _ended(row, at) + WriteSet(journals=booked)


def _ended(row: Any, at: datetime) -> WriteSet:
    payload = {"card_id": row.source_id, "payout_id": row.payout_id}
    return WriteSet(ops=[job_op(row.tenant_id, ENDED_JOB, row.payout_id, payload, due_at=at, now=at)])


VERIFICATION: Final = PayoutKind(_frozen, _sending, _succeeded, _failed, _returned)
