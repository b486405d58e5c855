"""The shopper pays: one payment, one attempt at a time, whatever is clicked twice (money.md §4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from checkstand.accounting import EdgeRefused, RowExists
from checkstand.app.change_method import settle_open_payment
from checkstand.app.open_cashier import SessionNotFound
from checkstand.app.pay_command import TakePayment
from checkstand.app.pay_external import pay_external
from checkstand.app.pay_from_balance import pay_from_balance
from checkstand.app.platform import Platform
from checkstand.app.session_view import Visit, read_visit
from checkstand.app.visit_risk import pass_challenge, risk_events
from checkstand.cashier import PaymentView, SessionView, Submission, check_submission, decide, may_pay
from checkstand.cashier.store import session_by_token
from checkstand.kernel import new_id, present
from checkstand.payment import OPEN_PAYMENT


@dataclass(frozen=True, slots=True)
class PaymentTaken:
    """What comes next: a payment was begun (its state is read from the session), or a step is missing."""

    next: Literal["pay", "review", "confirm"]
    payment_id: str | None = None


def take_payment(platform: Platform, command: TakePayment) -> PaymentTaken:
    """Begin a payment, or tell the one that is already under way.

    A double click, a second tab and a replayed form meet the same open payment: the order can have
    one only, and the database says so (`uq_payment_open`).
    """
    visit = _visit(platform, command.token)
    view = visit.view
    running = _open_payment(view)
    if running is not None and running.method_id == command.method_id:
        return PaymentTaken("pay", running.payment_id)
    if running is not None:
        settle_open_payment(platform, view)
        visit = _visit(platform, command.token)
        view = visit.view
    if not may_pay(view):
        return PaymentTaken("pay", view.payments[0].payment_id if view.payments else None)
    decisions = decide(view)
    submission = check_submission(
        view,
        decisions,
        method_id=command.method_id,
        fields=command.fields,
        consents=command.consents,
        reviewed=command.reviewed,
        confirmed=command.confirmed,
        use_balance=command.use_balance,
    )
    if submission.next != "pay":
        return PaymentTaken(submission.next)
    return _begin(platform, command, visit, submission, decisions.explain)


def _begin(
    platform: Platform, command: TakePayment, visit: Visit, submission: Submission, explain: Mapping[str, object]
) -> PaymentTaken:
    view = visit.view
    method = present(view.plan.method(submission.method_id), "a checked submission names a method of the plan")
    payment_id = new_id("pay")
    also = [*risk_events(platform, view), *(pass_challenge(view) if command.confirmed else [])]
    begin = pay_from_balance if method.type == "balance" else pay_external
    try:
        begin(platform, command, visit, method, submission, payment_id=payment_id, explain=explain, also=also)
    except (RowExists, EdgeRefused):
        # Another click of the same shopper was faster, or the timer began to close: the page shows what is real.
        again = _visit(platform, command.token).view
        running = _open_payment(again) or (again.payments[0] if again.payments else None)
        if running is None and may_pay(again):
            raise
        return PaymentTaken("pay", running.payment_id if running else None)
    return PaymentTaken("pay", payment_id)


def _visit(platform: Platform, token: str) -> Visit:
    with platform.db.read() as connection:
        session = session_by_token(connection, token)
        if session is None:
            raise SessionNotFound()
        return read_visit(platform, connection, session)


def _open_payment(view: SessionView) -> PaymentView | None:
    return next((payment for payment in view.payments if payment.status in OPEN_PAYMENT), None)
