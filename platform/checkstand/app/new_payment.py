"""The rows of a new payment and its attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from checkstand.app.edges import edge
from checkstand.app.payment_flow import flow_id_of
from checkstand.app.platform import Platform
from checkstand.cashier import SessionView, Submission
from checkstand.infra.ops import Insert, Op
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import present
from checkstand.monitoring import event_op, pseudonym
from checkstand.order import OrderEvent
from checkstand.payment import (
    ATTEMPT,
    PAYMENT,
    AttemptEvent,
    AttemptState,
    PaymentEvent,
    PaymentState,
    attempt,
    payment,
)
from checkstand.scenario.plan import MethodPlan
from checkstand.transaction import transaction_of_order


def payment_ops(
    view: SessionView,
    method: MethodPlan,
    submission: Submission,
    order: Row[Any],
    transaction_id: str,
    *,
    payment_id: str,
    explain: Mapping[str, Any],
    routes: Sequence[str],
    path: Sequence[PaymentEvent],
    now: datetime,
    leg_count: int = 1,
    values: Mapping[str, Any] | None = None,
    order_path: tuple[OrderEvent, ...] = (OrderEvent.PAYMENT_CREATED,),
    order_values: Mapping[str, Any] | None = None,
) -> list[Op]:
    """A payment that has taken these edges of its table already, and the order's edges with it."""
    ops: list[Op] = [state_event_op(view.tenant_id, "payment", payment_id, None, "create", PaymentState.CREATED, now)]
    state = PaymentState.CREATED
    for event in path:
        target = PAYMENT.to(state, event)
        ops.append(state_event_op(view.tenant_id, "payment", payment_id, state, event, target, now))
        state = target
    row = {
        "tenant_id": view.tenant_id,
        "payment_id": payment_id,
        "mode": view.mode,
        "order_id": order.order_id,
        "transaction_id": transaction_id,
        "session_id": view.session_id,
        "method_id": method.id,
        "method_type": method.type,
        "amount_minor": view.amount.minor,
        "currency": view.amount.currency,
        "status": state.value,
        "version": 1,
        "captured_minor": 0,
        "refund_reserved_minor": 0,
        "refunded_minor": 0,
        "fee_minor": 0,
        "fee_refunded_minor": 0,
        "routes": list(routes),
        "decisions": dict(explain),
        "evidence": {
            "fields": dict(submission.fields),
            "consents": sorted(submission.consents),
            "effect": submission.effect,
        },
        "reason": None,
        "leg_count": leg_count,
        "flow_id": flow_id_of(view.plan, method.type, composite=leg_count > 1),
        "paid_at": None,
        "created_at": now,
        **(values or {}),
    }
    return [*edge("order", order, order_path, now, values=order_values), Insert(payment, row), *ops]


def attempt_ops(
    view_tenant: str,
    payment_id: str,
    attempt_id: str,
    *,
    channel: str,
    account_id: str,
    credential_version: int,
    product: str,
    amount_minor: int,
    currency: str,
    instruction: Mapping[str, Any],
    path: Sequence[AttemptEvent],
    now: datetime,
    values: Mapping[str, Any] | None = None,
) -> list[Op]:
    """An attempt that has taken these edges already.

    INIT and SENDING are one commit: nothing happens between them, and after a crash both mean that
    the channel must be asked (docs/decisions/0004).
    """
    ops: list[Op] = [state_event_op(view_tenant, "attempt", attempt_id, None, "create", AttemptState.INIT, now)]
    state = AttemptState.INIT
    for event in path:
        target = ATTEMPT.to(state, event)
        ops.append(state_event_op(view_tenant, "attempt", attempt_id, state, event, target, now))
        state = target
    row = {
        "tenant_id": view_tenant,
        "attempt_id": attempt_id,
        "payment_id": payment_id,
        "channel": channel,
        "channel_account_id": account_id,
        "credential_version": credential_version,
        "product": product,
        "amount_minor": amount_minor,
        "currency": currency,
        "status": state.value,
        "version": 1,
        "instruction": dict(instruction),
        "channel_no": None,
        "action": None,
        "reason": None,
        "succeeded_at": None,
        "created_at": now,
        **(values or {}),
    }
    return [Insert(attempt, row), *ops]


def event_fields(view: SessionView, method: MethodPlan, payment_id: str, order_id: str) -> dict[str, Any]:
    """What monitoring wants to know about a payment that begins."""
    shopper_id = str(view.context.get("shopper.id") or "")
    return {
        "scenario": view.plan.scenario_id,
        "scenario_version": view.version,
        "session_id": view.session_id,
        "order_id": order_id,
        "payment_id": payment_id,
        "user_id": pseudonym(view.tenant_id, shopper_id) if shopper_id else None,
        "terminal": view.terminal,
        "form": view.form,
        "method": method.id,
        "amount_minor": view.amount.minor,
        "currency": view.amount.currency,
    }


def submit_events(view: SessionView, method: MethodPlan, fields: Mapping[str, Any]) -> list[Op]:
    """What is counted when a shopper presses pay: the first try, a retry, or another method."""
    ops: list[Op] = [event_op("pay_submit", view.tenant_id, view.mode, view.now, **fields)]
    if view.payments:
        name = "retry" if view.payments[0].method_id == method.id else "method_switch"
        ops.append(event_op(name, view.tenant_id, view.mode, view.now, **fields))
    return ops


def transaction_of(platform: Platform, order: Row[Any]) -> Row[Any]:
    """The transaction that pays this order."""
    with platform.db.read() as connection:
        found = transaction_of_order(connection, order.tenant_id, order.order_id)
    return present(found, "an order has its transaction", order=order.order_id)
