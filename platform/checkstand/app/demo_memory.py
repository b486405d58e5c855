"""What the demo's past sold, told to the simulators: its orders can then be refunded and stand in the bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from checkstand.app.demo_seed import TENANT
from checkstand.app.platform import Platform
from checkstand.app.steer_simulator import control_of
from checkstand.channel.store import active_accounts
from checkstand.order import business_order
from checkstand.payment import attempt, payment, refund

AT_ONCE: Final = 200


def tell_simulators(platform: Platform) -> int:
    """Every success of the demo; a simulator takes in what it does not know. How many orders that were."""
    with platform.db.read() as connection:
        told = [(row.channel, row.merchant_ref, _orders(connection, row)) for row in _accounts(platform, connection)]
    control = control_of(platform)
    return sum(
        int(control.ask("POST", channel, "past", merchant=merchant, orders=part)["remembered"])
        for channel, merchant, orders in told
        for part in _parts(orders)
    )


def _accounts(platform: Platform, connection: Connection) -> Iterator[Row[Any]]:
    """The accounts at which shoppers pay; nothing was ever paid out before the demo began."""
    for row in active_accounts(connection, TENANT, "test"):
        if platform.registry.channel(row.channel).manifest.methods:
            yield row


def _orders(connection: Connection, account: Row[Any]) -> list[dict[str, Any]]:
    refunds = defaultdict(list)
    for row in connection.execute(
        select(refund.c.attempt_id, refund.c.refund_id, refund.c.amount_minor, refund.c.finished_at)
        .where(refund.c.tenant_id == TENANT, refund.c.mode == "test", refund.c.status == "SUCCEEDED")
    ):  # fmt: skip
        refunds[row.attempt_id].append({
            "number": row.refund_id, "channel_no": row.refund_id, "amount_minor": row.amount_minor,
            "done_at": row.finished_at.isoformat(),
        })  # fmt: skip
    paid = connection.execute(
        select(attempt, business_order.c.title)
        .join(payment, (payment.c.tenant_id == attempt.c.tenant_id) & (payment.c.payment_id == attempt.c.payment_id))
        .join(
            business_order,
            (business_order.c.tenant_id == payment.c.tenant_id) & (business_order.c.order_id == payment.c.order_id),
        )
        .where(attempt.c.tenant_id == TENANT, attempt.c.status == "SUCCEEDED")
        .where(attempt.c.channel_account_id == account.channel_account_id)
    )
    return [
        {
            "number": row.attempt_id, "channel_no": row.channel_no or row.attempt_id,
            "amount_minor": row.amount_minor, "currency": row.currency, "title": row.title, "product": row.product,
            "paid_at": row.succeeded_at.isoformat(), "refunds": refunds[row.attempt_id],
        }
        for row in paid
    ]  # fmt: skip


def _parts(orders: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return ([*orders[place : place + AT_ONCE]] for place in range(0, len(orders), AT_ONCE))
