"""The whole story of one transaction, for merchants and operators."""

from __future__ import annotations

from typing import Any

from checkstand.app.create_refund import refund_answer
from checkstand.app.platform import Platform
from checkstand.app.story_parts import edge_told, journals_told, webhooks_told
from checkstand.app.trade.facts import transaction_facts
from checkstand.app.trade.trade import Trade, read_trade
from checkstand.infra.state_event import history_of
from checkstand.payment import refunds_of_payment


def transaction_story(platform: Platform, tenant_id: str, mode: str, transaction_id: str) -> dict[str, Any]:
    """How it stands, every step with who took it, every journal and message. Raises `TransactionNotFound`."""
    trade = read_trade(platform, tenant_id, mode, transaction_id)
    payment = trade.payment
    with platform.db.read() as connection:
        refunds = refunds_of_payment(connection, tenant_id, payment.payment_id) if payment is not None else []
        return {
            **transaction_facts(trade.row),
            "version": trade.row.version,
            "mode": trade.order.mode,
            "order_no": trade.order.order_no,
            "order_status": trade.order.status.lower(),
            "session_id": trade.session.session_id,
            "payment_id": payment.payment_id if payment is not None else None,
            "payer_ref": trade.session.context.get("shopper.id") or None,
            "refunds": [refund_answer(row) for row in refunds],
            "history": [edge_told(row) for row in history_of(connection, tenant_id, [transaction_id])],
            "journals": journals_told(connection, tenant_id, _sources(trade, [row.refund_id for row in refunds])),
            "webhooks": webhooks_told(connection, tenant_id, [transaction_id]),
        }


def _sources(trade: Trade, refunds: list[str]) -> list[str]:
    """What journals of a transaction are booked for: the payment, each release by its number, the refunds."""
    releases = [f"{trade.row.transaction_id}.{number}" for number in range(1, trade.row.version + 1)]
    payment = [trade.payment.payment_id] if trade.payment is not None else []
    return [*payment, *releases, *refunds]
