"""The whole story of one payment, for operators and for `GET /v1/payments/{id}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from checkstand.app.create_refund import PaymentNotFound, refund_answer
from checkstand.app.facts import instant, leg_facts, money
from checkstand.app.platform import Platform
from checkstand.app.story_parts import edge_told, exchange_told, journals_told, moment, webhooks_told
from checkstand.cashier.store import session_of_order
from checkstand.infra.state_event import history_of
from checkstand.kernel import present
from checkstand.monitoring import events_of_session
from checkstand.order import get_order
from checkstand.payment import (
    RefundState,
    attempts_of_payments,
    exchanges_of,
    get_payment,
    inbox_of,
    legs_of_payments,
    refunds_of_payment,
)

# Inner state → what merchants read.
PUBLIC_STATUS: Final = {
    "CREATED": "processing",
    "HELD": "processing",
    "PROCESSING": "processing",
    "CLOSING": "processing",
    "COMPENSATING": "processing",
    "MANUAL": "processing",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "CLOSED": "closed",
}


def payment_story(platform: Platform, tenant_id: str, mode: str | None, payment_id: str) -> dict[str, Any]:
    """Decisions, attempts, messages, journals, refunds and webhooks, oldest first. Raises `PaymentNotFound`."""
    with platform.db.read() as connection:
        payment = get_payment(connection, tenant_id, payment_id)
        if payment is None or (mode is not None and payment.mode != mode):
            raise PaymentNotFound(payment=payment_id)
        whole = "a payment has its order and session"
        order = present(get_order(connection, tenant_id, payment.order_id), whole, payment=payment_id)
        session = present(session_of_order(connection, tenant_id, payment.order_id), whole, payment=payment_id)
        attempts = attempts_of_payments(connection, tenant_id, [payment_id])
        legs = legs_of_payments(connection, tenant_id, [payment_id]) if payment.leg_count > 1 else []
        refunds = refunds_of_payment(connection, tenant_id, payment_id)
        numbers = [row.attempt_id for row in attempts] + [row.refund_id for row in refunds]
        objects = [payment_id, order.order_id, payment.transaction_id, *numbers]
        return {
            **payment_answer(payment, order, session, legs),
            "decisions": payment.decisions,
            "evidence": payment.evidence,
            "attempts": [_attempt(row) for row in attempts],
            "refunds": [{**refund_answer(row), "for_people": row.status == RefundState.MANUAL} for row in refunds],
            "history": [edge_told(row) for row in history_of(connection, tenant_id, objects)],
            "messages": [exchange_told(row) for row in exchanges_of(connection, tenant_id, numbers)],
            "notifications": [_notification(row) for row in inbox_of(connection, tenant_id, numbers)],
            "journals": journals_told(connection, tenant_id, [payment_id, *numbers]),
            "webhooks": webhooks_told(connection, tenant_id, [payment_id, *numbers]),
            "events": [
                {"name": row.name, "at": moment(row.occurred_at), "method": row.method, "error_code": row.error_code}
                for row in events_of_session(connection, tenant_id, session.session_id)
            ],
        }


def payment_answer(
    payment: Row[Any], order: Row[Any], session: Row[Any], legs: Sequence[Row[Any]] = ()
) -> dict[str, Any]:
    """The public form of a payment."""
    left = payment.captured_minor - payment.refund_reserved_minor
    return {
        "id": payment.payment_id,
        "status": PUBLIC_STATUS[payment.status],
        "finished": payment.status in ("SUCCEEDED", "FAILED", "CLOSED"),
        "mode": payment.mode,
        "order_no": order.order_no,
        "order_status": order.status.lower(),
        "session_id": session.session_id,
        "transaction_id": payment.transaction_id,
        "scenario": {"id": session.scenario_id, "version": session.scenario_version},
        "amount": money(payment.amount_minor, payment.currency),
        "refunded": money(payment.refunded_minor, payment.currency),
        "refundable": money(left, payment.currency),
        "fee": money(payment.fee_minor - payment.fee_refunded_minor, payment.currency),
        "method": {"id": payment.method_id, "type": payment.method_type},
        "legs": leg_facts(payment, legs),
        "reason": payment.reason,
        "paid_at": instant(payment.paid_at),
        "created_at": instant(payment.created_at),
        "metadata": session.metadata,
    }


def _attempt(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.attempt_id,
        "status": row.status.lower(),
        "channel": row.channel,
        "product": row.product,
        "amount": money(row.amount_minor, row.currency),
        "channel_no": row.channel_no,
        "credential_version": row.credential_version,
        "reason": row.reason,
        "created_at": instant(row.created_at),
        "succeeded_at": instant(row.succeeded_at),
    }


def _notification(row: Row[Any]) -> dict[str, Any]:
    return {
        "about": row.number,
        "notify_id": row.notify_key,
        "outcome": row.outcome,
        "status": row.status.lower(),
        "classified": row.classified,
        "received_at": moment(row.received_at),
        "summary": row.summary,
    }
