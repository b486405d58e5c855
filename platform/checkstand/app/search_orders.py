"""A business unit's orders, newest first, or the one with a number."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement

from checkstand.app.keyset import Cursor, Listing, Page, read_page
from checkstand.app.platform import Platform
from checkstand.order import OrderState, business_order

PAGE: Final = 50
STATUSES: Final = tuple(state.value.lower() for state in OrderState)


def search_orders(
    platform: Platform, tenant_id: str, mode: str, *, order_no: str = "", status: str = "", cursor: str = ""
) -> Page:
    """One page of orders. Raises `PageInvalid` for a cursor that no page gave."""
    t, place = business_order, Cursor.read(cursor)
    scope: list[ColumnElement[bool]] = [t.c.tenant_id == tenant_id, t.c.mode == mode]
    if order_no:
        scope.append(t.c.order_no == order_no.strip())
    narrow = [t.c.status == status.upper()] if status else []
    with platform.db.read() as connection:
        return read_page(connection, Listing(t, "order_id", scope, narrow), place, PAGE)
