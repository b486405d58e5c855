"""Edges as writes: the guarded UPDATE and its line of history always travel together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Table

from checkstand.cashier.store import cashier_session
from checkstand.infra.ops import Edge, Op
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import TransitionTable
from checkstand.member.cards import bank_card
from checkstand.member.states import CARD, MEMBER
from checkstand.member.store import member
from checkstand.order import ORDER, business_order
from checkstand.payment import ATTEMPT, PAYMENT, REFUND, attempt, payment, refund
from checkstand.reconciliation.bank_store import bank_entry
from checkstand.reconciliation.states import ENTRY, ITEM, RUN
from checkstand.reconciliation.store import reconciliation_item, reconciliation_run
from checkstand.settlement.batch_states import BATCH
from checkstand.settlement.batch_store import settlement_batch
from checkstand.settlement.payout_states import PAYOUT
from checkstand.settlement.payout_store import payout
from checkstand.transaction import TRANSACTION, transaction
from checkstand.transaction.transfer_states import TRANSFER
from checkstand.transaction.transfer_store import transfer

_TABLES: dict[str, tuple[Table, str, TransitionTable[Any, Any]]] = {
    "order": (business_order, "order_id", ORDER),
    "transaction": (transaction, "transaction_id", TRANSACTION),
    "payment": (payment, "payment_id", PAYMENT),
    "attempt": (attempt, "attempt_id", ATTEMPT),
    "refund": (refund, "refund_id", REFUND),
    "member": (member, "member_id", MEMBER),
    "bank_card": (bank_card, "card_id", CARD),
    "payout": (payout, "payout_id", PAYOUT),
    "settlement_batch": (settlement_batch, "batch_id", BATCH),
    "transfer": (transfer, "transfer_id", TRANSFER),
    "bank_entry": (bank_entry, "entry_id", ENTRY),
    "reconciliation_item": (reconciliation_item, "item_id", ITEM),
    "reconciliation_run": (reconciliation_run, "run_id", RUN),
}


def transition_tables() -> dict[str, TransitionTable[Any, Any]]:
    """Every state table of the platform by the kind of object."""
    return {kind: transitions for kind, (_, _, transitions) in _TABLES.items()}


def object_tables() -> dict[str, tuple[Table, str]]:
    """Where the objects of each kind are stored, and what their key is called."""
    return {kind: (table, key_name) for kind, (table, key_name, _) in _TABLES.items()}


def edge(
    kind: str,
    row: Row[Any],
    events: StrEnum | tuple[StrEnum, ...],
    at: datetime,
    *,
    values: Mapping[str, Any] | None = None,
    add: Mapping[str, int] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> list[Op]:
    """Take one or more edges of a state table in one commit.

    The UPDATE is guarded by the state that was read, so a row that moved meanwhile refuses the whole
    write set. Raises `NoSuchEdge` when the table has no such row.
    """
    table, key_name, transitions = _TABLES[kind]
    object_id = getattr(row, key_name)
    state = row.status
    ops: list[Op] = []
    for event in events if isinstance(events, tuple) else (events,):
        target = transitions.to(_state(transitions, state), event)
        ops.append(state_event_op(row.tenant_id, kind, object_id, state, event, target, at, facts))
        state = target
    key = {"tenant_id": row.tenant_id, key_name: object_id}
    ops.insert(0, Edge(table, key, (row.status,), str(state), values or {}, add or {}))
    return ops


def session_edge(row: Row[Any], sources: tuple[str, ...], to: str, values: Mapping[str, Any] | None = None) -> list[Op]:
    """Open → complete or expired. A session that is there already stays as it is."""
    if row.status not in sources:
        return []
    key = {"tenant_id": row.tenant_id, "session_id": row.session_id}
    return [Edge(cashier_session, key, (row.status,), to, values or {})]


def anomaly(kind: str, row: Row[Any], name: str, at: datetime, facts: Mapping[str, Any]) -> Op:
    """A line of history that changes no state: something contradicted what we know."""
    _, key_name, _ = _TABLES[kind]
    return state_event_op(row.tenant_id, kind, getattr(row, key_name), row.status, name, row.status, at, facts)


def _state(transitions: TransitionTable[Any, Any], value: str) -> Any:
    """The enum member of a stored status."""
    for source, _, target in transitions.edges():
        if source == value:
            return source
        if target == value:
            return target
    return value
