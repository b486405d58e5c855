"""What others read of a settlement batch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from checkstand.app.facts import instant, money
from checkstand.app.outbox import outbox_ops
from checkstand.infra.ops import Op

# Inner state → what business units read.
PUBLIC_STATUS: Final[Mapping[str, str]] = {
    "OPEN": "calculating",
    "CUT": "calculating",
    "CALCULATED": "waiting_for_approval",
    "HELD_RECON": "waiting_for_reconciliation",
    "APPROVED": "paying",
    "CARRIED": "carried",
    "PAYING": "paying",
    "PAID": "paid",
    "PART_PAID": "partly_paid",
    "FAILED": "failed",
}


def state_of(row: Any) -> str:
    """A batch that was held, and is held no more, waits for people like any other."""
    return "CALCULATED" if row.status == "HELD_RECON" and row.reason is None else str(row.status)


def batch_facts(row: Any) -> dict[str, Any]:
    """The public form of a batch."""
    currency = row.currency
    return {
        "id": row.batch_id,
        "status": PUBLIC_STATUS[state_of(row)],
        "payee": row.owner_id,
        "cycle": row.cycle,
        "settles_on": row.settles_on.isoformat(),
        "cut_at": instant(row.cut_at),
        "items": row.items,
        "sales": money(row.pending_minor, currency),
        "shares": money(row.split_minor, currency),
        "fee": money(row.fee_minor, currency),
        "amount": money(row.net_minor, currency),
        "destination": row.destination,
        "reason": row.reason,
        "created_at": instant(row.created_at),
        "finished_at": instant(row.finished_at),
    }


def item_facts(row: Any) -> dict[str, Any]:
    """The public form of one item."""
    return {
        "id": row.clearing_id,
        "kind": row.kind,
        "source": row.source_id,
        "payment": row.payment_id or None,
        "share": row.split_id or None,
        "cleared_on": row.cleared_on.isoformat(),
        "gross": money(row.gross_minor, row.currency),
        "fee": money(row.fee_minor, row.currency),
        "amount": money(row.amount_minor - row.fee_due_minor, row.currency),
    }


class After:
    """A batch as it will be once an edge is taken, for what is told in the same commit."""

    def __init__(self, row: Any, **values: Any) -> None:
        self._row, self._values = row, values

    def __getattr__(self, name: str) -> Any:
        return self._values[name] if name in self._values else getattr(self._row, name)


def tell_batch(row: Any, type_: str, now: datetime) -> list[Op]:
    """Tell the business unit; `row` is the batch as it is after the commit."""
    data = {"mode": row.mode, "settlement_batch": batch_facts(row)}
    return outbox_ops(row.tenant_id, row.mode, type_, row.batch_id, row.version + 1, data, now)
