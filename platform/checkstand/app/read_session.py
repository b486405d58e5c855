"""A business unit reads one of its sessions; what belongs to others does not exist for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from checkstand.app.open_cashier import SessionNotFound
from checkstand.app.platform import Platform
from checkstand.cashier.store import get_session
from checkstand.kernel import present
from checkstand.order import get_order


def read_session(platform: Platform, tenant_id: str, mode: str, session_id: str) -> tuple[Row[Any], Row[Any]]:
    """The session and its order. Raises `SessionNotFound` for a foreign tenant's or the other mode's."""
    session = own_session(platform, tenant_id, mode, session_id)
    with platform.db.read() as connection:
        order = get_order(connection, tenant_id, session.order_id)
    return session, present(order, "a session has its order", session=session_id)


def own_session(platform: Platform, tenant_id: str, mode: str, session_id: str) -> Row[Any]:
    """The session alone. Raises like `read_session`."""
    with platform.db.read() as connection:
        session = get_session(connection, tenant_id, session_id)
    if session is None or session.mode != mode:
        raise SessionNotFound()
    return session
