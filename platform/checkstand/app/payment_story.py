"""The whole story of one payment, for operators and for `GET /v1/payments/{id}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from checkstand.accounting.chart import CHART
from checkstand.accounting.reading import journals_of
from checkstand.app.create_refund import PaymentNotFound, refund_answer
from checkstand.app.facts import instant, leg_facts, money
from checkstand.app.platform import Platform
from checkstand.cashier.store import session_of_order
from checkstand.infra.state_event import history_of
from checkstand.infra.webhooks import deliveries_of, messages_of
from checkstand.kernel import present
from checkstand.monitoring import events_of_session
from checkstand.order import get_order
from checkstand.payment import (
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
            "refunds": [refund_answer(row) for row in refunds],
            "history": [_edge(row) for row in history_of(connection, tenant_id, objects)],
            "messages": [_exchange(row) for row in exchanges_of(connection, tenant_id, numbers)],
            "notifications": [_notification(row) for row in inbox_of(connection, tenant_id, numbers)],
            "journals": _journals(connection, tenant_id, [payment_id, *numbers]),
            "webhooks": _webhooks(connection, tenant_id, [payment_id, *numbers]),
            "events": [
                {"name": row.name, "at": _moment(row.occurred_at), "method": row.method, "error_code": row.error_code}
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
        "channel_no": row.channel_no,
        "credential_version": row.credential_version,
        "reason": row.reason,
        "created_at": instant(row.created_at),
        "succeeded_at": instant(row.succeeded_at),
    }


def _edge(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "object": row["object_type"],
        "id": row["object_id"],
        "from": row["source"],
        "event": row["event"],
        "to": row["target"],
        "at": _moment(row["occurred_at"]),
        "facts": row["facts"],
    }


def _exchange(row: Row[Any]) -> dict[str, Any]:
    return {
        "about": row.object_id,
        "verb": row.verb,
        "request": f"{row.method} {row.url}\n{row.request}".strip(),
        "status": row.status,
        "response": row.response,
        "error": row.error,
        "duration_ms": row.duration_ms,
        "at": _moment(row.occurred_at),
    }


def _notification(row: Row[Any]) -> dict[str, Any]:
    return {
        "about": row.number,
        "notify_id": row.notify_key,
        "outcome": row.outcome,
        "status": row.status.lower(),
        "classified": row.classified,
        "received_at": _moment(row.received_at),
        "summary": row.summary,
    }


def _journals(connection: Connection, tenant_id: str, sources: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "id": journal.journal_id,
            "kind": journal.kind,
            "source": journal.source_id,
            "accounting_date": journal.accounting_date.isoformat(),
            "booked_at": _moment(journal.booked_at),
            "entries": [
                {
                    "account": entry.account_id,
                    "name": CHART[entry.code].name,
                    "debit_minor": max(entry.amount_minor, 0),
                    "credit_minor": max(-entry.amount_minor, 0),
                    "currency": entry.currency,
                }
                for entry in journal.entries
            ],
        }
        for journal in journals_of(connection, tenant_id, list(sources))
    ]


def _webhooks(connection: Connection, tenant_id: str, object_ids: Sequence[str]) -> list[dict[str, Any]]:
    messages = messages_of(connection, tenant_id, list(object_ids))
    told = []
    for message in messages:
        deliveries = deliveries_of(connection, tenant_id, [message["message_id"]])
        told.append(
            {
                "id": message["message_id"],
                "type": message["type"],
                "occurred_at": instant(message["occurred_at"]),
                "deliveries": [
                    {
                        "id": delivery["delivery_id"],
                        "endpoint": delivery["endpoint_id"],
                        "attempt": delivery["attempt"],
                        "state": delivery["state"],
                        "status": delivery["status_code"],
                        "error": delivery["error"],
                        "at": _moment(delivery["requested_at"]),
                    }
                    for delivery in deliveries
                ],
            }
        )
    return told


def _moment(at: datetime) -> str:
    """Milliseconds, so that the parts of a story can be told in one order."""
    return at.isoformat(timespec="milliseconds")
