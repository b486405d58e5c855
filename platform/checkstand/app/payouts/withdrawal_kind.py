"""What a withdrawal books on its way (F4), and what the business unit is told at its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from checkstand.accounting import WriteSet, payout_journals
from checkstand.app.outbox import outbox_ops
from checkstand.app.payouts.facts import withdrawal_facts
from checkstand.app.payouts.kind import PayoutKind
from checkstand.infra.ops import Op


def _frozen(row: Any, now: datetime) -> WriteSet:
    return WriteSet(journals=[payout_journals.withdrawal_hold(row, now)])


def _sending(row: Any, now: datetime) -> WriteSet:
    return WriteSet(journals=[payout_journals.withdrawal_send(row, now)])


def _succeeded(row: Any, at: datetime) -> WriteSet:
    booked = [payout_journals.payout_paid(row, at), *payout_journals.withdrawal_fee(row, at)]
    return WriteSet(_tell(row, "succeeded", at), booked)


def _failed(row: Any, at: datetime) -> WriteSet:
    booked = [payout_journals.withdrawal_unsend(row, at), payout_journals.withdrawal_release(row, at)]
    return WriteSet(_tell(row, "failed", at), booked)


def _returned(row: Any, at: datetime, item: str) -> WriteSet:
    booked = [payout_journals.payout_returned(row, at), payout_journals.withdrawal_returned(row, at)]
    return WriteSet(_tell(row, "returned", at), booked)


def _rejected(row: Any, now: datetime) -> WriteSet:
    return WriteSet(_tell(row, "rejected", now), [payout_journals.withdrawal_release(row, now)])


def _tell(row: Any, status: str, at: datetime) -> list[Op]:
    data = {"mode": row.mode, "withdrawal": withdrawal_facts(row, status=status, finished_at=at)}
    return outbox_ops(row.tenant_id, row.mode, f"withdrawal.{status}", row.payout_id, row.version + 1, data, at)


WITHDRAWAL: Final = PayoutKind(_frozen, _sending, _succeeded, _failed, _returned, _rejected)
