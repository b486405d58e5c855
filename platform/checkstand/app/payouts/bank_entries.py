"""Lines of the bank's own account that name a payout: what its statement says is the last word."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from checkstand.app.payouts.apply_result import PayoutEvidence, Said, apply_result
from checkstand.app.platform import Platform
from checkstand.channel.payouts import StatementEntry
from checkstand.kernel import Classified, Money
from checkstand.settlement.payout_states import PayoutState
from checkstand.settlement.payout_store import find_payout

S = PayoutState


def payout_of_entry(platform: Platform, tenant_id: str, mode: str, entry: StatementEntry) -> Row[Any] | None:
    """The payout that this line is about; None when it names none of ours."""
    if entry.payout_no is None or entry.kind == "other":
        return None
    with platform.db.read() as connection:
        return find_payout(connection, tenant_id, mode, entry.payout_no)


def apply_entry(
    platform: Platform, row: Row[Any], entry: StatementEntry, source: str, *, occurred_at: datetime | None = None
) -> Classified | None:
    """A debit ends an unknown payout as paid, and contradicts a failed one; a credit is its return (退票).

    Safe to repeat: a line that was applied before is a duplicate. `source` is `returns` or `statement`.
    """
    said = Said.RETURNED if entry.kind == "return" else Said.SUCCEEDED
    evidence = PayoutEvidence(
        said=said,
        source=source,
        amount=entry.amount,
        code=entry.code,
        reason=entry.reason,
        entry_ref=entry.entry_ref,
        occurred_at=occurred_at,
    )
    return apply_result(platform, row.tenant_id, row.payout_id, evidence)


def is_line_of(row: Row[Any], entry: StatementEntry) -> bool:
    """Whether this line is what our books have of the payout; else its money stands alone until people know why.

    A debit of a payout that has failed, or a line of another amount, names the payout and is not booked for it.
    """
    booked = (S.RETURNED,) if entry.kind == "return" else (S.SUCCEEDED, S.RETURNED)
    return row.status in booked and entry.amount == Money(row.amount_minor, row.currency)
