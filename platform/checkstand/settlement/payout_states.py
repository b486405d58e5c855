"""States of a payout: money that leaves our bank account (money.md §4.7).

`NOT_FOUND` has no event here. A bank that does not know a number today may have booked it under that number
yesterday, so only its own word about the transfer, its statement, or two people end an unknown payout.
"""

from enum import StrEnum
from typing import Final

from checkstand.kernel import TransitionTable


class PayoutState(StrEnum):
    CREATED = "CREATED"
    FROZEN = "FROZEN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SENDING = "SENDING"
    IN_TRANSIT = "IN_TRANSIT"
    UNKNOWN = "UNKNOWN"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    RETURNED = "RETURNED"
    CONFLICT = "CONFLICT"


class PayoutEvent(StrEnum):
    FREEZE = "freeze"  # the money is set aside
    APPROVE = "approve"
    REJECT = "reject"
    SEND = "send"  # committed before the bank is called
    ACCEPT = "accept"  # the bank has the transfer
    LOSE = "lose"  # no answer, or none that can be believed
    SUCCEED = "succeed"
    FAIL = "fail"  # definitely refused by the bank
    RETURN = "return"  # it came back after it was booked (退票)
    DEBIT = "debit"  # the bank debited what it had refused


S, E = PayoutState, PayoutEvent

# fmt: off
PAYOUT: Final = TransitionTable("payout", {
    (S.CREATED,    E.FREEZE):  S.FROZEN,
    (S.FROZEN,     E.APPROVE): S.APPROVED,
    (S.FROZEN,     E.REJECT):  S.REJECTED,
    (S.APPROVED,   E.SEND):    S.SENDING,
    (S.SENDING,    E.ACCEPT):  S.IN_TRANSIT,
    (S.SENDING,    E.LOSE):    S.UNKNOWN,
    (S.UNKNOWN,    E.ACCEPT):  S.IN_TRANSIT,  # asked, the bank says that it is under way
    (S.IN_TRANSIT, E.SUCCEED): S.SUCCEEDED,
    (S.UNKNOWN,    E.SUCCEED): S.SUCCEEDED,
    (S.IN_TRANSIT, E.FAIL):    S.FAILED,
    (S.UNKNOWN,    E.FAIL):    S.FAILED,
    (S.SUCCEEDED,  E.RETURN):  S.RETURNED,
    (S.FAILED,     E.DEBIT):   S.CONFLICT,
    # No row (UNKNOWN, SEND): sending again is no edge, it is the same file under the same number.
    # An answer that ends a transfer at once takes two edges, (SENDING, ACCEPT) and the end, in one commit.
}, terminal=frozenset({S.REJECTED, S.SUCCEEDED, S.FAILED, S.RETURNED, S.CONFLICT}))
# fmt: on

AT_THE_BANK: Final = (S.SENDING, S.IN_TRANSIT, S.UNKNOWN)  # the bank may have it; its answer is awaited
OPEN: Final = (S.CREATED, S.FROZEN, S.APPROVED, *AT_THE_BANK)
