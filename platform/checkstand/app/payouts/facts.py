"""The public words for withdrawals: the same dictionary in API answers and webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from checkstand.app.facts import instant, money
from checkstand.settlement.payout_states import PayoutState

# What the business unit has to tell apart; how far the file is at the bank is for our own people.
PUBLIC: Final = {
    PayoutState.CREATED: "waiting_for_approval",
    PayoutState.FROZEN: "waiting_for_approval",
    PayoutState.APPROVED: "processing",
    PayoutState.SENDING: "processing",
    PayoutState.IN_TRANSIT: "processing",
    PayoutState.UNKNOWN: "processing",  # never failed: the bank may have paid
    PayoutState.REJECTED: "rejected",
    PayoutState.SUCCEEDED: "succeeded",
    PayoutState.FAILED: "failed",
    PayoutState.CONFLICT: "failed",  # the money is back with the member; our books and the bank's are our matter
    PayoutState.RETURNED: "returned",
}


def withdrawal_facts(row: Any, *, status: str = "", finished_at: datetime | None = None) -> dict[str, Any]:
    """A withdrawal as it is, or as it stands after the write that tells of it."""
    status = status or PUBLIC[PayoutState(row.status)]
    return {
        "id": row.payout_id,
        "withdrawal_no": row.source_id,
        "member_id": row.owner_id,
        "card_id": row.card_id,
        "status": status,
        "amount": money(row.amount_minor, row.currency),
        "fee": money(row.fee_minor, row.currency),
        "reason": row.reason if status in ("failed", "returned", "rejected") else None,
        "created_at": instant(row.created_at),
        "finished_at": instant(finished_at or row.finished_at),
    }
