"""States of a transaction (money.md §4.2): instant, escrow (担保交易) and preauthorised (预授权).

An escrow transaction has at most one refund under way before it is completed: while REFUNDING nobody
confirms, disputes or rules, so a refund that fails for good finds everything as it was. Once COMPLETED
the money is the merchant's, and refunds run on their own.
"""

from enum import StrEnum
from typing import Final

from checkstand.kernel import TransitionTable


class TransactionState(StrEnum):
    WAIT_PAY = "WAIT_PAY"
    PAID = "PAID"  # escrow: we hold the money, the goods are not sent
    SHIPPED = "SHIPPED"
    DISPUTED = "DISPUTED"  # no timer runs until somebody rules
    REFUNDING = "REFUNDING"
    AUTHORISED = "AUTHORISED"  # preauth: reserved on the payer's own account
    COMPLETED = "COMPLETED"
    CLOSED = "CLOSED"


class TransactionEvent(StrEnum):
    PAYMENT_SUCCEEDED = "payment_succeeded"
    PAYMENT_ESCROWED = "payment_escrowed"  # it succeeded, and we hold it
    AUTHORISE = "authorise"
    ORDER_CLOSED = "order_closed"
    LATE_ACCEPTED = "late_accepted"
    LATE_ESCROWED = "late_escrowed"
    SHIP = "ship"
    CONFIRM = "confirm"  # the buyer, or the timer
    CONFIRM_PART = "confirm_part"
    DISPUTE = "dispute"
    RULE_SELLER = "rule_seller"
    RULE_BUYER = "rule_buyer"
    RULE_SPLIT = "rule_split"
    REFUND = "refund"  # accepted, taken out of escrow
    REFUNDED = "refunded"  # nothing is left, nothing was the seller's
    REST_REFUNDED = "rest_refunded"  # nothing is left, part was the seller's
    BACK_TO_PAID = "back_to_paid"  # the refund failed for good, or gave back a part
    BACK_TO_SHIPPED = "back_to_shipped"
    BACK_TO_DISPUTED = "back_to_disputed"
    CAPTURE = "capture"
    VOID = "void"  # the merchant, or the timer


S, E = TransactionState, TransactionEvent

# fmt: off
TRANSACTION: Final = TransitionTable("transaction", {
    (S.WAIT_PAY,   E.PAYMENT_SUCCEEDED): S.COMPLETED,
    (S.WAIT_PAY,   E.PAYMENT_ESCROWED):  S.PAID,
    (S.WAIT_PAY,   E.AUTHORISE):         S.AUTHORISED,
    (S.WAIT_PAY,   E.ORDER_CLOSED):      S.CLOSED,
    (S.CLOSED,     E.LATE_ACCEPTED):     S.COMPLETED,
    (S.CLOSED,     E.LATE_ESCROWED):     S.PAID,

    (S.PAID,       E.SHIP):              S.SHIPPED,
    (S.PAID,       E.CONFIRM):           S.COMPLETED,  # handed over in person
    (S.SHIPPED,    E.CONFIRM):           S.COMPLETED,
    (S.PAID,       E.CONFIRM_PART):      S.SHIPPED,
    (S.SHIPPED,    E.CONFIRM_PART):      S.SHIPPED,
    (S.PAID,       E.DISPUTE):           S.DISPUTED,
    (S.SHIPPED,    E.DISPUTE):           S.DISPUTED,
    (S.DISPUTED,   E.RULE_SELLER):       S.COMPLETED,
    (S.DISPUTED,   E.RULE_BUYER):        S.REFUNDING,
    (S.DISPUTED,   E.RULE_SPLIT):        S.REFUNDING,

    (S.PAID,       E.REFUND):            S.REFUNDING,
    (S.SHIPPED,    E.REFUND):            S.REFUNDING,
    (S.DISPUTED,   E.REFUND):            S.REFUNDING,
    (S.REFUNDING,  E.REFUNDED):          S.CLOSED,
    (S.REFUNDING,  E.REST_REFUNDED):     S.COMPLETED,
    (S.REFUNDING,  E.BACK_TO_PAID):      S.PAID,
    (S.REFUNDING,  E.BACK_TO_SHIPPED):   S.SHIPPED,
    (S.REFUNDING,  E.BACK_TO_DISPUTED):  S.DISPUTED,

    (S.AUTHORISED, E.CAPTURE):           S.COMPLETED,
    (S.AUTHORISED, E.VOID):              S.CLOSED,
    # No row leaves COMPLETED, and none leads from CLOSED but for money that came late and is wanted:
    # a second confirmation is a duplicate, a confirmation after a refund a contradiction.
}, terminal=frozenset({S.COMPLETED, S.CLOSED}))
# fmt: on

# Where a refund that takes money out of escrow may begin, and the way back.
IN_ESCROW: Final = (S.PAID, S.SHIPPED, S.DISPUTED)
BACK: Final = {S.PAID: E.BACK_TO_PAID, S.SHIPPED: E.BACK_TO_SHIPPED, S.DISPUTED: E.BACK_TO_DISPUTED}
