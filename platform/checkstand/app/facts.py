"""The public words for our objects: the same dictionaries in API answers and webhooks."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

if TYPE_CHECKING:
    from checkstand.app.case import Case


def money(minor: int, currency: str) -> dict[str, Any]:
    """An amount as the API speaks it."""
    return {"minor": minor, "currency": currency}


def instant(at: datetime | None) -> str | None:
    """RFC 3339, UTC, seconds."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def order_facts(order: Row[Any], session: Row[Any]) -> dict[str, Any]:
    """Which order and session a message is about."""
    return {
        "order_no": order.order_no,
        "order_id": order.order_id,
        "session_id": session.session_id,
        "scenario": {"id": session.scenario_id, "version": session.scenario_version},
        "metadata": session.metadata,
        "mode": order.mode,
    }


def payment_facts(
    case: Case, status: str, *, paid_at: datetime | None = None, reason: str | None = None
) -> dict[str, Any]:
    """A payment as it stands after the write that tells of it."""
    return {
        "id": case.payment.payment_id,
        "status": status.lower(),
        "amount": money(case.payment.amount_minor, case.payment.currency),
        "method": {"id": case.payment.method_id, "type": case.payment.method_type},
        "channel": case.attempt.channel,
        "paid_at": instant(paid_at),
        "reason": reason,
    }


def refund_facts(
    refund: Row[Any] | SimpleNamespace, status: str, *, finished_at: datetime | None = None
) -> dict[str, Any]:
    """A refund as it stands after the write that tells of it."""
    return {
        "id": refund.refund_id,
        "refund_no": refund.refund_no,
        "payment_id": refund.payment_id,
        "status": status.lower(),
        "amount": money(refund.amount_minor, refund.currency),
        "cause": refund.cause,
        "reason": refund.reason,
        "finished_at": instant(finished_at),
    }
