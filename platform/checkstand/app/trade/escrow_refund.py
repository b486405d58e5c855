"""A refund before the money is the merchant's: it comes out of escrow, and the transaction waits for it.

`refund_writes` calls these in its own commits, so a refund and its transaction never disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.app.case import Case
from checkstand.app.edges import anomaly
from checkstand.app.trade.step import moved, tell_transaction
from checkstand.app.trade.timer_job import timer_op
from checkstand.infra.ops import Op, Update
from checkstand.transaction import TransactionEvent, TransactionState, held_minor, transaction
from checkstand.transaction.errors import AmountTooLarge, RefundRunning
from checkstand.transaction.rules import back_to, refund_outcome, takes_from_escrow

E, S = TransactionEvent, TransactionState
GRACE: Final = timedelta(days=1)  # after a refund that failed, nobody's time runs out at once
ENDS: Final = {E.REFUNDED: "transaction.closed", E.REST_REFUNDED: "transaction.completed"}


def from_escrow(case: Case, cause: str) -> bool:
    """Whether this refund takes, or has taken, what we hold for the transaction."""
    return cause == "request" and takes_from_escrow(case.transaction.flow, case.transaction.status)


def covers(case: Case, row: Row[Any]) -> bool:
    """Whether what we hold suffices for a refund that the channel paid after having refused it."""
    return bool(from_escrow(case, row.cause) and held_minor(case.transaction) >= row.amount_minor)


def check(case: Case, amount_minor: int) -> None:
    """One refund at a time, and no more than is held; the rest is the merchant's and can be refunded later."""
    row = case.transaction
    if row.status == S.REFUNDING:
        raise RefundRunning()
    held = held_minor(row)
    if amount_minor > held:
        detail = f"{held} minor units of {row.currency} are held; the rest can be refunded when this is completed"
        raise AmountTooLarge(detail, pointer="/amount/minor", held=held)


def reserved(case: Case, amount_minor: int, refund_id: str, now: datetime) -> list[Op]:
    """PAID, SHIPPED, DISPUTED → REFUNDING."""
    row = case.transaction
    values = {"resume_status": row.status}
    facts = {"refund": refund_id, "amount_minor": amount_minor}
    return moved(row, E.REFUND, now, values=values, add={"refunded_minor": amount_minor}, facts=facts)[1]


def succeeded(case: Case, refund_id: str, now: datetime) -> list[Op]:
    """Back to where it was if something is left, else the end of the transaction."""
    row = case.transaction
    event = refund_outcome(row.resume_status, held_minor(row), row.released_minor)
    if event not in ENDS:
        return _resume(case, event, refund_id, now, {})
    values = {"due_at": None, "finished_at": now, "resume_status": None}
    after, ops = moved(row, event, now, values=values, facts={"refund": refund_id})
    return [*ops, *tell_transaction(case.order, case.session, after, ENDS[event], now)]


def failed(case: Case, amount_minor: int, refund_id: str, now: datetime) -> list[Op]:
    """Nothing has happened: the amount is held again, and the transaction is where it was."""
    event = back_to(case.transaction.resume_status)
    return _resume(case, event, refund_id, now, {"refunded_minor": -amount_minor})


def succeeded_late(case: Case, amount_minor: int, refund_id: str, now: datetime) -> list[Op]:
    """The channel paid what it had refused, while we still hold it: taken again, in one go."""
    row = case.transaction
    add = {"refunded_minor": amount_minor}
    if row.status == S.REFUNDING:
        # Another refund is under way and will look at what is left. No edge, but the sums must be true at once.
        key = {"tenant_id": row.tenant_id, "transaction_id": row.transaction_id}
        note = anomaly("transaction", row, "refunded_late", now, {"refund": refund_id, "amount_minor": amount_minor})
        return [Update(transaction, key, add={**add, "version": 1}, guard={"version": row.version}), note]
    facts = {"refund": refund_id, "amount_minor": amount_minor}
    left = held_minor(row) - amount_minor
    event = refund_outcome(row.status, left, row.released_minor)
    ends = event in ENDS
    values = {"due_at": None, "finished_at": now} if ends else {}
    after, ops = moved(row, (E.REFUND, event), now, values=values, add=add, facts=facts)
    return [*ops, *(tell_transaction(case.order, case.session, after, ENDS[event], now) if ends else [])]


def _resume(case: Case, event: TransactionEvent, refund_id: str, now: datetime, add: Mapping[str, int]) -> list[Op]:
    row = case.transaction
    at = row.due_at
    state = S(row.resume_status)
    if state == S.PAID and at is not None and at <= now:
        at = None  # the ship-by timer asked for this refund: a person decides what comes next
    elif at is not None:
        at = max(at, now + GRACE)
    values: dict[str, Any] = {"resume_status": None, "due_at": at}
    _, ops = moved(row, event, now, values=values, add=add, facts={"refund": refund_id})
    timer = [timer_op(row.tenant_id, row.transaction_id, state, at, now)] if at is not None else []
    return [*ops, *timer]
