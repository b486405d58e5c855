"""A business unit's transactions whose money waits, or has waited: escrow and preauthorised ones, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, exists, select

from checkstand.app.keyset import Cursor, Listing, read_page
from checkstand.app.platform import Platform
from checkstand.order import business_order
from checkstand.transaction import TransactionState, transaction

PAGE: Final = 50
FLOWS: Final = ("escrow", "preauth")
STATUSES: Final = tuple(state.value.lower() for state in TransactionState)


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction with the order it belongs to."""

    row: Row[Any]
    order: Row[Any]


@dataclass(frozen=True, slots=True)
class TransactionPage:
    """One page; an order that nobody has paid has its transaction too."""

    found: Sequence[Found]
    next_cursor: str = ""
    looked_back_to: datetime | None = None


def search_transactions(
    platform: Platform,
    tenant_id: str,
    mode: str,
    *,
    number: str = "",
    flow: str = "",
    status: str = "",
    cursor: str = "",
) -> TransactionPage:
    """`number` is a whole order number or transaction id. Raises `PageInvalid` for a cursor that no page gave."""
    o, t = business_order.c, transaction.c
    scope: list[ColumnElement[bool]] = [o.tenant_id == tenant_id, o.mode == mode]
    wanted = [t.tenant_id == o.tenant_id, t.order_id == o.order_id, t.flow.in_([flow] if flow else FLOWS)]
    if status:
        wanted.append(t.status == status.upper())
    number = number.strip()
    if number.startswith("txn_"):
        wanted.append(t.transaction_id == number)
    elif number:
        scope.append(o.order_no == number)
    listing = Listing(business_order, "order_id", scope, [exists(select(t.order_id).where(*wanted))])
    with platform.db.read() as connection:
        page = read_page(connection, listing, Cursor.read(cursor), PAGE)
        orders = {row.order_id: row for row in page.rows}
        rows = connection.execute(
            select(transaction).where(t.tenant_id == tenant_id, t.order_id.in_(list(orders))).limit(PAGE)
        )
        own = {row.order_id: row for row in rows}
    found = [Found(own[order_id], order) for order_id, order in orders.items()]
    return TransactionPage(found, page.next_cursor, page.looked_back_to)
