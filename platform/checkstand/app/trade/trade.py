"""A transaction with everything that its steps touch, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from checkstand.app.case import Case, load_case
from checkstand.app.clear_transaction import cleared_parts
from checkstand.app.platform import Platform
from checkstand.cashier.store import session_of_order
from checkstand.clearing import NOTHING, Parts
from checkstand.kernel import present
from checkstand.order import get_order
from checkstand.payment import attempts_of_payments, payments_of_order
from checkstand.transaction import get_transaction, held_minor
from checkstand.transaction.errors import TransactionNotFound


@dataclass(frozen=True, slots=True)
class Trade:
    """Rows as they stood when they were read; every write is guarded by the transaction's version."""

    row: Row[Any]
    order: Row[Any]
    session: Row[Any]
    payment: Row[Any] | None  # the one that paid, or reserved
    case: Case | None  # of the attempt that collected the money
    cleared: Parts  # what became the merchant's already

    @property
    def tenant_id(self) -> str:
        return str(self.row.tenant_id)

    @property
    def held_minor(self) -> int:
        """What we hold for it: the balance of its account 2101, or 2002."""
        return held_minor(self.row)


def load_trade(connection: Connection, tenant_id: str, transaction_id: str) -> Trade | None:
    """The transaction of this tenant; None when there is no such one."""
    row = get_transaction(connection, tenant_id, transaction_id)
    if row is None:
        return None
    whole = "a transaction has its order and session"
    order = present(get_order(connection, tenant_id, row.order_id), whole, transaction=transaction_id)
    session = present(session_of_order(connection, tenant_id, row.order_id), whole, transaction=transaction_id)
    payments = payments_of_order(connection, tenant_id, row.order_id)
    payment = next((each for each in payments if each.status in ("SUCCEEDED", "HELD")), None)
    if payment is None:
        return Trade(row, order, session, None, None, NOTHING)
    attempts = attempts_of_payments(connection, tenant_id, [payment.payment_id])
    paid = next((each for each in attempts if each.status in ("SUCCEEDED", "SUCCEEDED_LATE")), None)
    case = load_case(connection, tenant_id, paid.attempt_id) if paid is not None else None
    return Trade(row, order, session, payment, case, cleared_parts(connection, row, payment.payment_id))


def read_trade(platform: Platform, tenant_id: str, mode: str | None, transaction_id: str) -> Trade:
    """Raises `TransactionNotFound` also for a foreign tenant's, or the other mode's."""
    with platform.db.read() as connection:
        trade = load_trade(connection, tenant_id, transaction_id)
    if trade is None or (mode is not None and trade.order.mode != mode):
        raise TransactionNotFound(transaction=transaction_id)
    return trade
