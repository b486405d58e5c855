"""A member's balance is reserved for a purchase whose final amount is not known yet (预授权)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import WriteSet, journals
from checkstand.app.edges import session_edge
from checkstand.app.new_payment import event_fields, payment_ops, submit_events
from checkstand.app.trade.step import moved, tell_transaction
from checkstand.app.trade.timer_job import due_at, timer_op
from checkstand.cashier import SessionView, Submission
from checkstand.infra.ops import Op
from checkstand.monitoring import event_op
from checkstand.order import OrderEvent
from checkstand.payment import PaymentEvent
from checkstand.scenario.plan import MethodPlan
from checkstand.transaction import TransactionEvent, TransactionState


def authorise_writes(
    view: SessionView,
    method: MethodPlan,
    submission: Submission,
    *,
    order: Row[Any],
    transaction: Row[Any],
    session: Row[Any],
    payment_id: str,
    explain: Mapping[str, Any],
    member_id: str,
    now: datetime,
    also: Sequence[Op] = (),
) -> WriteSet:
    """J9.1 alone: the payment stays HELD until it is captured or given back. No channel has been asked for anything."""
    amount, at = view.amount, due_at(transaction, TransactionState.AUTHORISED, now)
    values = {"payer": member_id, "due_at": at}
    after, ops = moved(transaction, TransactionEvent.AUTHORISE, now, values=values, add={"paid_minor": amount.minor})
    fields = event_fields(view, method, payment_id, order.order_id) | {"channel": "balance"}
    rows = payment_ops(
        view, method, submission, order, transaction.transaction_id, payment_id=payment_id, explain=explain,
        routes=(), path=(PaymentEvent.HOLD,), now=now,
        order_path=(OrderEvent.PAYMENT_CREATED, OrderEvent.AUTHORISE),
    )  # fmt: skip
    held = journals.hold(
        view.tenant_id, hold_id=payment_id, member_id=member_id, currency=amount.currency,
        amount_minor=amount.minor, event_at=now,
    )  # fmt: skip
    return WriteSet(
        ops=[
            *rows,
            *ops,
            timer_op(view.tenant_id, transaction.transaction_id, TransactionState.AUTHORISED, at, now),
            *session_edge(session, ("open",), "complete"),
            *submit_events(view, method, fields),
            event_op("pay_success", view.tenant_id, view.mode, now, props={"authorised": True}, **fields),
            *tell_transaction(order, session, after, "transaction.authorised", now),
            *also,
        ],
        journals=[held],
    )
