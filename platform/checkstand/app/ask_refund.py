"""Refunds that a channel could not give back (MANUAL): which they are, and what became of one in the meantime.

The payer's bank refused the money, so it waits on 2201 until the merchant has finished the refund at the channel
(WeChat Pay: 处理异常退款). The channel's notification, the statement of the day, or this question then ends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.create_refund import PaymentNotFound
from checkstand.app.platform import Platform
from checkstand.app.resolve_refund import ask_refund
from checkstand.payment import RefundState, get_refund, manual_refunds

MOST: Final = 20


def refunds_for_people(platform: Platform, tenant_id: str, mode: str) -> Sequence[Row[Any]]:
    """Those that wait longest, up to twenty."""
    with platform.db.read() as connection:
        return manual_refunds(connection, tenant_id, mode, limit=MOST)


def ask_about_refund(
    platform: Platform, who: Actor, tenant_id: str, mode: str, payment_id: str, refund_id: str
) -> RefundState:
    """Ask the channel now, book its answer and tell where the refund stands. Raises `PaymentNotFound`."""
    row = _own(platform, tenant_id, mode, payment_id, refund_id)
    ask_refund(platform, tenant_id, row.refund_id)
    state = RefundState(_own(platform, tenant_id, mode, payment_id, refund_id).status)
    now, after = platform.clock.now(), {"payment_id": payment_id, "status": state.value}
    told = who.audit(tenant_id, "refund.ask", "refund", refund_id, now, mode=mode, after=after)
    platform.poster.commit(WriteSet(ops=[told]))
    return state


def _own(platform: Platform, tenant_id: str, mode: str, payment_id: str, refund_id: str) -> Row[Any]:
    with platform.db.read() as connection:
        row = get_refund(connection, tenant_id, refund_id)
    if row is None or (row.mode, row.payment_id) != (mode, payment_id):
        raise PaymentNotFound(payment=payment_id)
    return row
