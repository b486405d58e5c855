"""States of a transaction (money.md §4.2), the instant part: pay or recharge, done once the money is there."""

from enum import StrEnum
from typing import Final

from checkstand.kernel import TransitionTable


class TransactionState(StrEnum):
    WAIT_PAY = "WAIT_PAY"
    COMPLETED = "COMPLETED"
    CLOSED = "CLOSED"


class TransactionEvent(StrEnum):
    PAYMENT_SUCCEEDED = "payment_succeeded"
    ORDER_CLOSED = "order_closed"
    LATE_ACCEPTED = "late_accepted"


S, E = TransactionState, TransactionEvent

# fmt: off
TRANSACTION: Final = TransitionTable("transaction", {
    (S.WAIT_PAY, E.PAYMENT_SUCCEEDED): S.COMPLETED,
    (S.WAIT_PAY, E.ORDER_CLOSED):      S.CLOSED,
    (S.CLOSED,   E.LATE_ACCEPTED):     S.COMPLETED,
}, terminal=frozenset({S.COMPLETED, S.CLOSED}))
# fmt: on
