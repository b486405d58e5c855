"""The payments of a business unit, newest first, a page at a time."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from checkstand.app.payment_story import payment_answer
from checkstand.app.platform import Platform
from checkstand.cashier.store import cashier_session
from checkstand.kernel import CheckstandError
from checkstand.order import business_order
from checkstand.payment import legs_of_payments, payment

MAX_PAGE: Final = 100


class PageInvalid(CheckstandError):
    code = "request.page_invalid"
    message = "This page cannot be read."
    remedy = f"Send a limit from 1 to {MAX_PAGE}, and as `cursor` only what `next_cursor` said."


def list_payments(
    platform: Platform,
    tenant_id: str,
    mode: str,
    *,
    cursor: str | None = None,
    limit: int = 20,
    order_no: str | None = None,
) -> dict[str, Any]:
    """One page. The cursor is the last id seen, so new payments never shift a page."""
    if not 1 <= limit <= MAX_PAGE or (cursor is not None and not cursor.startswith("pay_")):
        raise PageInvalid()
    query = select(payment.c.payment_id, payment.c.order_id).where(
        payment.c.tenant_id == tenant_id, payment.c.mode == mode
    )
    if cursor:
        query = query.where(payment.c.payment_id < cursor)
    if order_no:
        same_order = (business_order.c.tenant_id == payment.c.tenant_id) & (
            business_order.c.order_id == payment.c.order_id
        )
        query = query.join(business_order, same_order).where(business_order.c.order_no == order_no)
    with platform.db.read() as connection:
        ids = connection.execute(query.order_by(payment.c.payment_id.desc()).limit(limit + 1)).all()
        shown = [row.payment_id for row in ids[:limit]]
        orders = [row.order_id for row in ids[:limit]]
        payments = connection.execute(
            select(payment)
            .where(payment.c.tenant_id == tenant_id, payment.c.payment_id.in_(shown))
            .order_by(payment.c.payment_id.desc())
        ).all()
        split = [row.payment_id for row in payments if row.leg_count > 1]
        legs = legs_of_payments(connection, tenant_id, split)
        by_order = {
            row.order_id: row
            for row in connection.execute(
                select(business_order).where(
                    business_order.c.tenant_id == tenant_id, business_order.c.order_id.in_(orders)
                )
            )
        }
        sessions = {
            row.order_id: row
            for row in connection.execute(
                select(cashier_session).where(
                    cashier_session.c.tenant_id == tenant_id, cashier_session.c.order_id.in_(orders)
                )
            )
        }
    data = [
        payment_answer(
            row,
            by_order[row.order_id],
            sessions[row.order_id],
            [leg for leg in legs if leg.payment_id == row.payment_id],
        )
        for row in payments
    ]
    return {"data": data, "next_cursor": shown[-1] if len(ids) > limit else None}
