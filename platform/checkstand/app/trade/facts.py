"""The public words for a transaction: the same in answers, webhooks and the console."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row

from checkstand.app.facts import instant, money
from checkstand.transaction import held_minor

TransactionRow = Row[Any] | SimpleNamespace  # as read, or as it stands after a write


def transaction_facts(row: TransactionRow) -> dict[str, Any]:
    """A transaction as it stands."""
    currency = row.currency
    held = held_minor(row)
    return {
        "id": row.transaction_id,
        "flow": row.flow,
        "status": row.status.lower(),
        "amount": money(row.amount_minor, currency),
        "held": money(held, currency),
        "released": money(row.released_minor, currency),
        "returned": money(row.refunded_minor, currency),
        "shipment": row.shipment,
        "dispute": row.dispute,
        "due_at": instant(row.due_at),
        "created_at": instant(row.created_at),
        "finished_at": instant(row.finished_at),
    }
