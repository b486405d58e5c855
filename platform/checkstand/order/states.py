"""States of a business order (money.md §4.1). The money wins over the timer: CLOSING may still become PAID."""

from enum import StrEnum
from typing import Final

from checkstand.kernel import TransitionTable


class OrderState(StrEnum):
    CREATED = "CREATED"
    PAYING = "PAYING"
    AUTHORISED = "AUTHORISED"  # reserved, not captured
    PAID = "PAID"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"
    PART_REFUNDED = "PART_REFUNDED"
    REFUNDED = "REFUNDED"


class OrderEvent(StrEnum):
    PAYMENT_CREATED = "payment_created"
    AUTHORISE = "authorise"
    PAYMENT_SUCCEEDED = "payment_succeeded"
    VOID = "void"
    CLOSE = "close"  # the expiry timer, or the merchant
    ATTEMPTS_CLOSED = "attempts_closed"
    LATE_ACCEPTED = "late_accepted"  # late_success: accept
    PARTLY_REFUNDED = "partly_refunded"
    FULLY_REFUNDED = "fully_refunded"


S, E = OrderState, OrderEvent

# fmt: off
ORDER: Final = TransitionTable("order", {
    (S.CREATED,       E.PAYMENT_CREATED):   S.PAYING,
    (S.PAYING,        E.PAYMENT_CREATED):   S.PAYING,
    (S.PAYING,        E.AUTHORISE):         S.AUTHORISED,
    (S.AUTHORISED,    E.PAYMENT_SUCCEEDED): S.PAID,
    (S.AUTHORISED,    E.VOID):              S.CLOSED,
    (S.CREATED,       E.PAYMENT_SUCCEEDED): S.PAID,
    (S.PAYING,        E.PAYMENT_SUCCEEDED): S.PAID,
    (S.CREATED,       E.CLOSE):             S.CLOSING,
    (S.PAYING,        E.CLOSE):             S.CLOSING,
    (S.CLOSING,       E.ATTEMPTS_CLOSED):   S.CLOSED,
    (S.CLOSING,       E.PAYMENT_SUCCEEDED): S.PAID,
    (S.CLOSED,        E.LATE_ACCEPTED):     S.PAID,
    (S.PAID,          E.PARTLY_REFUNDED):   S.PART_REFUNDED,
    (S.PAID,          E.FULLY_REFUNDED):    S.REFUNDED,
    (S.PART_REFUNDED, E.PARTLY_REFUNDED):   S.PART_REFUNDED,
    (S.PART_REFUNDED, E.FULLY_REFUNDED):    S.REFUNDED,
    # No row leads from CLOSED or REFUNDED back to PAID on a repeated "paid" message:
    # that message is a duplicate or a late success, and late money is refunded.
}, terminal=frozenset({S.CLOSED, S.REFUNDED}))
# fmt: on
