"""An operator opens one payment: its whole story, and a line on the audit trail that it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.payment_story import payment_story
from checkstand.app.platform import Platform
from checkstand.cashier.store import get_session
from checkstand.kernel import present
from checkstand.order import find_order


@dataclass(frozen=True, slots=True)
class PaymentRead:
    """The story, with what was bought and the visit in which it was bought."""

    story: dict[str, Any]
    order: Row[Any]
    session: Row[Any]


def read_payment(platform: Platform, who: Actor, tenant_id: str, mode: str, payment_id: str) -> PaymentRead:
    """Everything about a payment. Raises `PaymentNotFound`, also for another unit's."""
    story = payment_story(platform, tenant_id, mode, payment_id)
    with platform.db.read() as connection:
        whole = "a payment has its order and session"
        order = present(find_order(connection, tenant_id, mode, story["order_no"]), whole, payment=payment_id)
        session = present(get_session(connection, tenant_id, story["session_id"]), whole, payment=payment_id)
    told = who.audit(tenant_id, "payment.read", "payment", payment_id, platform.clock.now(), mode=mode)
    platform.poster.commit(WriteSet(ops=[told]))
    return PaymentRead(story, order, session)
