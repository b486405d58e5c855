"""The job behind a transaction's timer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Op
from checkstand.transaction import TransactionState
from checkstand.transaction.rules import term

TERM: Final = {
    TransactionState.PAID: "ship_within_s",
    TransactionState.SHIPPED: "confirm_within_s",
    TransactionState.AUTHORISED: "capture_within_s",
}


def due_at(row: Row[Any], state: TransactionState, now: datetime) -> datetime:
    """When the timer of this state fires, by the scenario's terms."""
    return now + timedelta(seconds=term(row.terms, TERM[state]))


def timer_op(tenant_id: str, transaction_id: str, state: TransactionState, at: datetime, now: datetime) -> Op:
    """Wake the transaction then, if it is still in this state."""
    payload = {"transaction_id": transaction_id, "status": state.value}
    return job_op(tenant_id, "transaction.timer", f"{transaction_id}:{state.value}", payload, due_at=at, now=now)
