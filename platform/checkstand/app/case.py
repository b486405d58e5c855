"""One attempt with everything that its outcome touches, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from checkstand.cashier.store import session_of_order
from checkstand.kernel import Money
from checkstand.member import get_member
from checkstand.order import get_order
from checkstand.payment import attempts_of_payments, get_attempt, get_payment, legs_of_payments
from checkstand.transaction import transaction_of_order


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a composite payment and its latest attempt, whose state is the leg's."""

    row: Row[Any]
    attempt: Row[Any]

    @property
    def internal(self) -> bool:
        return bool(self.row.kind == "internal")

    @property
    def status(self) -> str:
        return str(self.attempt.status)


@dataclass(frozen=True, slots=True)
class Case:
    """Rows as they stood when they were read; every write is guarded by their states."""

    attempt: Row[Any]
    payment: Row[Any]
    order: Row[Any]
    transaction: Row[Any]
    session: Row[Any]
    legs: tuple[Leg, ...] = ()  # of a composite payment, else none
    payee: Row[Any] | None = None  # the member that is credited; none: the business unit itself

    @property
    def own_leg(self) -> Leg | None:
        """The leg that this attempt pays."""
        return next((leg for leg in self.legs if leg.row.attempt_id == self.attempt.attempt_id), None)

    @property
    def tenant_id(self) -> str:
        return str(self.attempt.tenant_id)

    @property
    def amount(self) -> Money:
        return Money(self.attempt.amount_minor, self.attempt.currency)

    def event_fields(self) -> dict[str, Any]:
        """What monitoring wants to know about this payment."""
        return {
            "scenario": self.session.scenario_id,
            "scenario_version": self.session.scenario_version,
            "session_id": self.session.session_id,
            "order_id": self.order.order_id,
            "payment_id": self.payment.payment_id,
            "attempt": self.attempt.attempt_id,
            "terminal": self.session.terminal,
            "form": self.session.form,
            "method": self.payment.method_id,
            "channel": self.attempt.channel,
            "amount_minor": self.payment.amount_minor,
            "currency": self.attempt.currency,
        }


def load_case(connection: Connection, tenant_id: str, attempt_id: str) -> Case | None:
    """The case of one attempt; None when no such attempt exists (yet)."""
    attempt = get_attempt(connection, tenant_id, attempt_id)
    if attempt is None:
        return None
    payment = get_payment(connection, tenant_id, attempt.payment_id)
    order = get_order(connection, tenant_id, payment.order_id) if payment else None
    transaction = transaction_of_order(connection, tenant_id, order.order_id) if order else None
    session = session_of_order(connection, tenant_id, order.order_id) if order else None
    if payment is None or order is None or transaction is None or session is None:
        return None
    legs = load_legs(connection, payment) if payment.leg_count > 1 else ()
    payee = get_member(connection, tenant_id, transaction.payee) if transaction.payee.startswith("mbr_") else None
    return Case(attempt, payment, order, transaction, session, legs, payee)


def load_legs(connection: Connection, payment: Row[Any]) -> tuple[Leg, ...]:
    """The legs of a composite payment with their latest attempts."""
    tried = attempts_of_payments(connection, payment.tenant_id, [payment.payment_id])
    attempts = {row.attempt_id: row for row in tried}
    rows = legs_of_payments(connection, payment.tenant_id, [payment.payment_id])
    return tuple(Leg(row, attempts[row.attempt_id]) for row in rows)
