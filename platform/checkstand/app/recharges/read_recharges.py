"""A business unit reads its recharges: one, or a page of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, select

from checkstand.app.facts import instant, money
from checkstand.app.list_payments import MAX_PAGE, PageInvalid
from checkstand.app.platform import Platform
from checkstand.cashier.store import cashier_session
from checkstand.kernel import CheckstandError, Kind
from checkstand.order import business_order
from checkstand.transaction import transaction

PAID = ("PAID", "PART_REFUNDED", "REFUNDED")


class RechargeNotFound(CheckstandError):
    code = "recharge.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such recharge."
    remedy = "Check the id; a recharge of another business unit or of the other mode is not visible with this key."


def read_recharge(platform: Platform, tenant_id: str, mode: str, recharge_id: str) -> dict[str, Any]:
    """The public form of one; its id is that of its checkout session."""
    query = _recharges(tenant_id, mode).where(cashier_session.c.session_id == recharge_id)
    with platform.db.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise RechargeNotFound(recharge=recharge_id)
    return _told(platform, row)


def list_recharges(
    platform: Platform,
    tenant_id: str,
    mode: str,
    *,
    cursor: str | None = None,
    limit: int = 20,
    recharge_no: str | None = None,
    member_id: str | None = None,
) -> dict[str, Any]:
    """Newest first; of one member, or under one number."""
    if not 1 <= limit <= MAX_PAGE or (cursor is not None and not cursor.startswith("cs_")):
        raise PageInvalid()
    query = _recharges(tenant_id, mode)
    if cursor:
        query = query.where(cashier_session.c.session_id < cursor)
    if recharge_no:
        query = query.where(business_order.c.order_no == recharge_no)
    if member_id:
        query = query.where(transaction.c.payee == member_id)
    with platform.db.read() as connection:
        rows = connection.execute(query.order_by(cashier_session.c.session_id.desc()).limit(limit + 1)).all()
    last = rows[limit - 1].session_id if len(rows) > limit else None
    return {"data": [_told(platform, row) for row in rows[:limit]], "next_cursor": last}


def _recharges(tenant_id: str, mode: str) -> Select[Any]:
    s, o, t = cashier_session.c, business_order.c, transaction.c
    return (
        select(
            s.session_id, s.token, s.amount_minor, s.currency, s.scenario_id, s.expires_at, s.created_at,
            o.order_no, o.status, o.paid_at, t.payee,
        )
        .join(business_order, (o.tenant_id == s.tenant_id) & (o.order_id == s.order_id))
        .join(transaction, (t.tenant_id == s.tenant_id) & (t.order_id == s.order_id))
        .where(s.tenant_id == tenant_id, s.mode == mode, t.kind == "recharge")
    )  # fmt: skip


def _told(platform: Platform, row: Row[Any]) -> dict[str, Any]:
    ended = row.status in ("CLOSING", "CLOSED") or platform.clock.now() >= row.expires_at
    return {
        "id": row.session_id,
        "recharge_no": row.order_no,
        "member_id": row.payee,
        "status": "succeeded" if row.status in PAID else "expired" if ended else "open",
        "amount": money(row.amount_minor, row.currency),
        "scenario": row.scenario_id,
        "url": f"{platform.settings.base_url}/c/{row.token}",
        "expires_at": instant(row.expires_at),
        "created_at": instant(row.created_at),
        "paid_at": instant(row.paid_at),
    }
