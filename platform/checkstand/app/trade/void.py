"""A reserved amount is given back without having been used."""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting import WriteSet, journals
from checkstand.app.edges import edge
from checkstand.app.facts import order_facts
from checkstand.app.outbox import outbox_ops
from checkstand.app.platform import Platform
from checkstand.app.trade.facts import TransactionRow
from checkstand.app.trade.step import Ask, Moved, moved, take_step, tell
from checkstand.app.trade.trade import Trade
from checkstand.kernel import present
from checkstand.order import OrderEvent
from checkstand.payment import PaymentEvent
from checkstand.transaction import TransactionEvent


def void(platform: Platform, ask: Ask) -> TransactionRow:
    """AUTHORISED → CLOSED: the payer can spend it again (J9.5), and the order is closed."""

    def plan(trade: Trade, event: TransactionEvent, now: datetime) -> Moved:
        row, order, held = trade.row, trade.order, trade.held_minor
        payment = present(trade.payment, "a reserved transaction has its payment", transaction=row.transaction_id)
        after, ops = moved(
            row,
            event,
            now,
            values={"due_at": None, "finished_at": now},
            add={"refunded_minor": held},
            facts={"by": ask.by},
        )
        given_back = journals.hold_release(
            trade.tenant_id, hold_id=payment.payment_id, member_id=row.payer, currency=row.currency,
            amount_minor=held, event_at=now,
        )  # fmt: skip
        reason = "expired" if ask.by == "timer" else "voided"
        closed = {**order_facts(order, trade.session), "order": {"status": "closed"}}
        ops += [
            *edge("payment", payment, (PaymentEvent.CLOSE, PaymentEvent.CLOSE_DONE), now, values={"reason": reason}),
            *edge("order", order, OrderEvent.VOID, now, values={"closed_at": now}),
            *outbox_ops(trade.tenant_id, order.mode, "order.closed", order.order_id, order.version + 1, closed, now),
            *tell(trade, after, "transaction.closed", now),
        ]
        return Moved(WriteSet(ops=ops, journals=[given_back]), after)

    return take_step(platform, ask, lambda _: TransactionEvent.VOID, plan)
