"""One step of a transaction: read, classify, write guarded by the version, read again when somebody was faster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import msgspec
from sqlalchemy import Row

from checkstand.accounting import AlreadyPosted, BalanceTooLow, EdgeRefused, RowExists, WriteSet
from checkstand.app.edges import edge
from checkstand.app.facts import order_facts
from checkstand.app.outbox import outbox_ops
from checkstand.app.platform import Platform
from checkstand.app.trade.facts import TransactionRow, transaction_facts
from checkstand.app.trade.trade import Trade, read_trade
from checkstand.infra.idempotency import IdempotencyKey, refuse_repeat
from checkstand.infra.ops import Edge, Op
from checkstand.kernel import CheckstandError, Classified, MoneyError
from checkstand.transaction import TransactionEvent, TransactionState, classify
from checkstand.transaction.errors import (
    AlreadyEnded,
    AlreadyRefunded,
    InDispute,
    NotInDispute,
    NotInEscrow,
    NotPaidYet,
    NotPreauthorised,
    RefundRunning,
    TransactionChanged,
)

S, E = TransactionState, TransactionEvent
RULINGS = (E.RULE_SELLER, E.RULE_BUYER, E.RULE_SPLIT)
RESERVED = (E.CAPTURE, E.VOID)


@dataclass(frozen=True, slots=True)
class Moved:
    """What a step writes, and the row as it stands afterwards."""

    writes: WriteSet
    row: TransactionRow


@dataclass(frozen=True, slots=True)
class Ask:
    """Who wants a step of which transaction, and what goes into the same commit."""

    tenant_id: str
    mode: str
    transaction_id: str
    by: str = "merchant"  # merchant | timer | operator
    also: Sequence[Op] = ()  # the line of an audit trail, for instance
    idempotency: IdempotencyKey | None = None
    status: int = 201  # of the stored answer
    seen_version: int | None = None  # what the person looked at; nothing happens to what they have not seen


def take_step(
    platform: Platform,
    ask: Ask,
    event: Callable[[Trade], TransactionEvent],
    plan: Callable[[Trade, TransactionEvent, datetime], Moved],
) -> TransactionRow:
    """Take the step once. A step that is done already is told again and writes nothing."""
    for _ in range(8):
        trade = read_trade(platform, ask.tenant_id, ask.mode, ask.transaction_id)
        wanted = event(trade)
        if is_done(trade.row, wanted):
            with platform.db.read() as connection:
                refuse_repeat(connection, ask.idempotency)
            return trade.row
        if ask.seen_version not in (None, trade.row.version):
            raise TransactionChanged(transaction=ask.transaction_id)
        now = platform.clock.now()
        try:
            moved = plan(trade, wanted, now)
        except MoneyError:
            if read_trade(platform, ask.tenant_id, ask.mode, ask.transaction_id).row.version == trade.row.version:
                raise
            continue  # the row was read before somebody's release and the cleared sums after it
        writes = moved.writes + WriteSet(ops=[*ask.also])
        if ask.idempotency is not None:
            body = msgspec.json.encode(transaction_facts(moved.row))
            writes += WriteSet(ops=[ask.idempotency.done_op(ask.transaction_id, ask.status, body, now)])
        try:
            platform.poster.commit(writes)
        except (EdgeRefused, AlreadyPosted, BalanceTooLow, RowExists):
            continue  # somebody was faster: what is true now decides
        return moved.row
    raise EdgeRefused("this transaction is moving too fast; try again", transaction=ask.transaction_id)


def is_done(row: Row[Any], event: TransactionEvent) -> bool:
    """Whether the step is there already; raises what refuses it when it cannot be taken at all."""
    _right_flow(row, event)
    verdict = classify(S(row.status), event)
    if verdict is None:
        return False
    if verdict is Classified.DUPLICATE and event not in RULINGS:
        return True
    raise _refusal(row, event)


def moved(
    row: Row[Any],
    event: TransactionEvent | tuple[TransactionEvent, ...],
    now: datetime,
    *,
    values: Mapping[str, Any] | None = None,
    add: Mapping[str, int] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> tuple[TransactionRow, list[Op]]:
    """The edge, guarded by the version as well as the state, and the row after it."""
    values, add = dict(values or {}), dict(add or {})
    ops = edge("transaction", row, event, now, values=values, add=add, facts=facts)
    guarded = ops[0]
    if not isinstance(guarded, Edge):
        raise TypeError("an edge begins with its guarded update")
    # Two partial confirmations leave one state: only the version tells that the second was decided on old sums.
    ops[0] = replace(guarded, key={**guarded.key, "version": row.version})
    after = dict(row._mapping) | values | {"status": guarded.to, "version": row.version + 1}
    after |= {name: getattr(row, name) + minor for name, minor in add.items()}
    return SimpleNamespace(**after), ops


def tell(trade: Trade, after: TransactionRow, type_: str, now: datetime) -> list[Op]:
    """Tell the business unit about its transaction."""
    return tell_transaction(trade.order, trade.session, after, type_, now)


def tell_transaction(order: Row[Any], session: Row[Any], after: TransactionRow, type_: str, now: datetime) -> list[Op]:
    """The same for who has the rows without a `Trade`."""
    body = {**order_facts(order, session), "transaction": transaction_facts(after)}
    return outbox_ops(after.tenant_id, order.mode, type_, after.transaction_id, after.version, body, now)


def _right_flow(row: Row[Any], event: TransactionEvent) -> None:
    if event in RESERVED and row.flow != "preauth":
        raise NotPreauthorised(flow=row.flow)
    if event not in RESERVED and row.flow != "escrow":
        raise NotInEscrow(flow=row.flow)


def _refusal(row: Row[Any], event: TransactionEvent) -> CheckstandError:
    state = S(row.status)
    if state == S.WAIT_PAY:
        return NotPaidYet()
    if state == S.REFUNDING:
        return RefundRunning()
    if state == S.CLOSED:
        return AlreadyRefunded() if row.refunded_minor and row.flow == "escrow" else AlreadyEnded()
    if state == S.DISPUTED:
        return InDispute()
    if event in RULINGS and state in (S.PAID, S.SHIPPED):
        return NotInDispute()
    return AlreadyEnded()
