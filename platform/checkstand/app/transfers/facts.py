"""The public words for transfers: the same dictionary in API answers and webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from checkstand.app.facts import instant, money


def transfer_facts(
    row: Any, *, status: str = "", finished_at: datetime | None = None, reason: str | None = None
) -> dict[str, Any]:
    """A transfer as it is, or as it stands after the write that tells of it."""
    return {
        "id": row.transfer_id,
        "transfer_no": row.transfer_no,
        "from": row.source_id,
        "to": row.target_id,
        "status": (status or row.status).lower(),
        "amount": money(row.amount_minor, row.currency),
        "title": row.title,
        "reason": reason or row.reason,
        "expires_at": instant(row.expires_at),
        "created_at": instant(row.created_at),
        "finished_at": instant(finished_at or row.finished_at),
    }
