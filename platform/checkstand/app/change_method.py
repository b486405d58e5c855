"""The shopper wants another method: the open attempt is asked, then closed, before a new one may begin."""

from __future__ import annotations

from checkstand.app.case import load_case
from checkstand.app.open_cashier import SessionNotFound
from checkstand.app.platform import Platform
from checkstand.app.resolve_attempt import close_attempt
from checkstand.app.session_view import session_view
from checkstand.cashier import SessionView
from checkstand.cashier.store import session_by_token
from checkstand.payment import OPEN_PAYMENT


def choose_another_method(platform: Platform, token: str) -> None:
    """End the open payment if the channel agrees; if it is paid already, the page will say so."""
    with platform.db.read() as connection:
        session = session_by_token(connection, token)
        if session is None:
            raise SessionNotFound()
        view = session_view(platform, connection, session)
    settle_open_payment(platform, view)


def settle_open_payment(platform: Platform, view: SessionView) -> None:
    """Ask and close whatever is open; an attempt whose fate stays unknown stays open."""
    for payment in view.payments:
        if payment.status not in OPEN_PAYMENT or payment.attempt_id is None:
            continue
        with platform.db.read() as connection:
            case = load_case(connection, view.tenant_id, payment.attempt_id)
        if case is not None and case.attempt.status in ("ACCEPTED", "UNKNOWN", "CLOSING"):
            close_attempt(platform, case)
