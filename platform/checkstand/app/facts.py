"""The public words for our objects: the same dictionaries in API answers and webhooks."""

from __future__ import annotations

from collections.abc import Sequence
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


def leg_facts(payment: Row[Any], legs: Sequence[Row[Any]] = ()) -> list[dict[str, Any]]:
    """The parts of a payment, what a balance pays first; a payment in one piece has one."""
    if not legs:
        return [leg_fact(payment.method_type, payment.amount_minor, payment.currency)]
    return [leg_fact(leg.method_type, leg.amount_minor, leg.currency) for leg in legs]


def leg_fact(method_type: str, minor: int, currency: str) -> dict[str, Any]:
    """Who pays how much."""
    kind = "internal" if method_type == "balance" else "external"
    return {"method": {"type": method_type}, "kind": kind, "amount": money(minor, currency)}


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
        "legs": leg_facts(case.payment, [leg.row for leg in case.legs]),
        "transaction_id": case.transaction.transaction_id,
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
        "to_balance": money(refund.internal_minor, refund.currency),
        "cause": refund.cause,
        "reason": refund.reason,
        "finished_at": instant(finished_at),
    }
