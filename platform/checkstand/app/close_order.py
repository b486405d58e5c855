"""Closing an order: the timer or the merchant asks, every open attempt answers first (money.md §4.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.case import load_case
from checkstand.app.edges import edge, session_edge
from checkstand.app.facts import order_facts
from checkstand.app.job_runner import Again, Finished
from checkstand.app.outbox import outbox_ops
from checkstand.app.platform import Platform
from checkstand.app.resolve_attempt import close_attempt
from checkstand.cashier.store import session_of_order
from checkstand.infra.jobs import Job, job_op
from checkstand.infra.ops import Op
from checkstand.kernel import present
from checkstand.order import OrderEvent, get_order
from checkstand.payment import OPEN_ATTEMPT, OPEN_PAYMENT, attempts_of_payments, payments_of_order
from checkstand.transaction import TransactionEvent, transaction_of_order


def expire_order(platform: Platform, job: Job) -> Finished | Again:
    """The expiry timer: due when the session's time is over."""
    order = _order(platform, job.tenant_id, job.payload["order_id"])
    if order is None or order.status not in ("CREATED", "PAYING", "CLOSING"):
        return Finished()
    if platform.clock.now() < order.expires_at:
        return Again(order.expires_at)
    return close_step(platform, job)


def close_step(platform: Platform, job: Job) -> Finished | Again:
    """One round of closing: ask every open attempt; when none is left, the order is closed."""
    tenant_id, order_id = job.tenant_id, job.payload["order_id"]
    order = _order(platform, tenant_id, order_id)
    if order is None or order.status not in ("CREATED", "PAYING", "CLOSING"):
        return Finished()
    start_closing(platform, order)
    _close_attempts(platform, tenant_id, order_id)
    if _finish(platform, tenant_id, order_id):
        return Finished()
    delay_s = (5, 15, 30, 60, 300, 1800)[min(job.attempts, 6) - 1]
    return Again(platform.clock.now() + timedelta(seconds=delay_s))


def close_session(platform: Platform, order: Row[Any]) -> None:
    """The merchant ends a checkout now. What a channel cannot confirm at once goes on as a job."""
    try:
        start_closing(platform, order)
    except EdgeRefused:
        pass  # paid or closing in this moment; the rest looks at what is real
    _close_attempts(platform, order.tenant_id, order.order_id)
    if not _finish(platform, order.tenant_id, order.order_id):
        now = platform.clock.now()
        platform.poster.commit(WriteSet(ops=[close_job(order.tenant_id, order.order_id, now)]))


def start_closing(platform: Platform, order: Row[Any]) -> None:
    """CREATED or PAYING → CLOSING; from here on no new payment can begin."""
    if order.status in ("CREATED", "PAYING"):
        now = platform.clock.now()
        platform.poster.commit(WriteSet(ops=edge("order", order, OrderEvent.CLOSE, now)))


def close_job(tenant_id: str, order_id: str, now: datetime) -> Op:
    """Carry on closing in the background."""
    return job_op(tenant_id, "order.close", order_id, {"order_id": order_id}, due_at=now, now=now)


def _close_attempts(platform: Platform, tenant_id: str, order_id: str) -> None:
    with platform.db.read() as connection:
        payments = [
            row.payment_id for row in payments_of_order(connection, tenant_id, order_id) if row.status in OPEN_PAYMENT
        ]
        attempts = [
            row.attempt_id
            for row in attempts_of_payments(connection, tenant_id, payments)
            if row.status in OPEN_ATTEMPT and row.channel_account_id
        ]
    for attempt_id in attempts:
        with platform.db.read() as connection:
            case = load_case(connection, tenant_id, attempt_id)
        if case is not None and case.attempt.status in ("ACCEPTED", "UNKNOWN", "CLOSING"):
            close_attempt(platform, case)


def _finish(platform: Platform, tenant_id: str, order_id: str) -> bool:
    """CLOSING → CLOSED when no payment is open any more. True when the order needs no further round."""
    with platform.db.read() as connection:
        whole = "an order has its transaction and its session"
        order = present(get_order(connection, tenant_id, order_id), whole, order=order_id)
        transaction = present(transaction_of_order(connection, tenant_id, order_id), whole, order=order_id)
        session = present(session_of_order(connection, tenant_id, order_id), whole, order=order_id)
        open_left = any(row.status in OPEN_PAYMENT for row in payments_of_order(connection, tenant_id, order_id))
    if order.status != "CLOSING":
        return True
    if open_left:
        return False
    now = platform.clock.now()
    data = {**order_facts(order, session), "order": {"status": "closed"}}
    ops = [
        *edge("order", order, OrderEvent.ATTEMPTS_CLOSED, now, values={"closed_at": now}),
        *edge("transaction", transaction, TransactionEvent.ORDER_CLOSED, now),
        *session_edge(session, ("open",), "expired"),
        *outbox_ops(tenant_id, order.mode, "order.closed", order_id, order.version + 1, data, now),
    ]
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except EdgeRefused:
        return False
    return True


def _order(platform: Platform, tenant_id: str, order_id: str) -> Row[Any] | None:
    with platform.db.read() as connection:
        return get_order(connection, tenant_id, order_id)
