"""States of payments, channel attempts and refunds (money.md §4.3–4.5).

A failed payment, an error and an unknown outcome are three different rows. Nothing but a channel's
own answer (callback, query, statement) leaves UNKNOWN.
"""

from enum import StrEnum
from typing import Final

from checkstand.kernel import TransitionTable


class PaymentState(StrEnum):
    CREATED = "CREATED"
    HELD = "HELD"
    PROCESSING = "PROCESSING"
    CLOSING = "CLOSING"
    COMPENSATING = "COMPENSATING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CLOSED = "CLOSED"
    MANUAL = "MANUAL"


class PaymentEvent(StrEnum):
    HOLD = "hold"  # internal legs held
    SEND = "send"  # an external attempt is about to be sent
    SUCCEED = "succeed"  # all legs succeeded
    FAIL = "fail"  # definitely refused, no external money taken
    CLOSE = "close"  # expiry, another method chosen
    CLOSE_DONE = "close_done"  # every attempt is closed
    COMPENSATE = "compensate"  # an external leg has taken money and the payment cannot be completed
    COMPENSATED = "compensated"  # everything taken has been refunded
    GIVE_UP = "give_up"  # the compensating refund failed for good: a person pays it out
    ACCEPT_LATE = "accept_late"  # late_success: accept


class AttemptState(StrEnum):
    INIT = "INIT"
    SENDING = "SENDING"
    ACCEPTED = "ACCEPTED"
    UNKNOWN = "UNKNOWN"
    CLOSING = "CLOSING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CLOSED = "CLOSED"
    SUCCEEDED_LATE = "SUCCEEDED_LATE"


class AttemptEvent(StrEnum):
    SEND = "send"
    ACCEPT = "accept"
    REFUSE = "refuse"  # a definite refusal
    LOSE = "lose"  # timeout, 5xx, reset, crash found by the sweeper
    SUCCEED = "succeed"
    CLOSE = "close"
    CLOSE_DONE = "close_done"
    SUCCEED_LATE = "succeed_late"


class RefundState(StrEnum):
    CREATED = "CREATED"
    RESERVED = "RESERVED"
    REJECTED = "REJECTED"
    SENDING = "SENDING"
    PROCESSING = "PROCESSING"
    UNKNOWN = "UNKNOWN"
    RETRY = "RETRY"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    MANUAL = "MANUAL"
    RETURNED = "RETURNED"
    SUCCEEDED_LATE = "SUCCEEDED_LATE"


class RefundEvent(StrEnum):
    RESERVE = "reserve"  # a source was found
    REJECT = "reject"  # no source has the money
    SEND = "send"
    ACCEPT = "accept"
    LOSE = "lose"
    SUCCEED = "succeed"
    POSTPONE = "postpone"  # refused for now (funds at the channel too low)
    FAIL = "fail"  # refused for good
    HAND_OVER = "hand_over"  # a person must pay it out
    RETURN = "return"  # it came back after success
    SUCCEED_LATE = "succeed_late"


P, PE = PaymentState, PaymentEvent
A, AE = AttemptState, AttemptEvent
R, RE = RefundState, RefundEvent

# fmt: off
PAYMENT: Final = TransitionTable("payment", {
    (P.CREATED,    PE.HOLD):        P.HELD,
    (P.CREATED,    PE.SEND):        P.PROCESSING,
    (P.HELD,       PE.SEND):        P.PROCESSING,
    (P.CREATED,    PE.FAIL):        P.FAILED,      # internal leg: balance too low
    (P.HELD,       PE.SUCCEED):     P.SUCCEEDED,   # internal legs only
    (P.HELD,       PE.CLOSE):       P.CLOSING,     # a reserved amount is given back
    (P.PROCESSING, PE.SEND):        P.PROCESSING,  # fail-over: the next route's attempt
    (P.PROCESSING, PE.SUCCEED):     P.SUCCEEDED,
    (P.PROCESSING, PE.FAIL):        P.FAILED,
    (P.PROCESSING, PE.CLOSE):       P.CLOSING,
    (P.CLOSING,    PE.CLOSE_DONE):  P.CLOSED,
    (P.CLOSING,    PE.SUCCEED):     P.SUCCEEDED,
    (P.CLOSING,    PE.FAIL):        P.FAILED,
    (P.PROCESSING, PE.COMPENSATE):  P.COMPENSATING,
    (P.CLOSING,    PE.COMPENSATE):  P.COMPENSATING,
    (P.COMPENSATING, PE.COMPENSATED): P.FAILED,
    (P.COMPENSATING, PE.GIVE_UP):   P.MANUAL,      # the money stays on 2201 until a person has paid it out
    (P.MANUAL,     PE.COMPENSATED): P.FAILED,
    (P.CLOSED,     PE.ACCEPT_LATE): P.SUCCEEDED,
    (P.FAILED,     PE.ACCEPT_LATE): P.SUCCEEDED,
    # No row (CLOSED|FAILED, SUCCEED): money that arrives late is booked on 2601 and refunded.
}, terminal=frozenset({P.SUCCEEDED, P.FAILED, P.CLOSED}))

ATTEMPT: Final = TransitionTable("attempt", {
    (A.INIT,     AE.SEND):         A.SENDING,
    (A.SENDING,  AE.ACCEPT):       A.ACCEPTED,
    (A.SENDING,  AE.REFUSE):       A.FAILED,
    (A.SENDING,  AE.LOSE):         A.UNKNOWN,
    (A.SENDING,  AE.SUCCEED):      A.SUCCEEDED,    # the notification overtook the answer
    (A.ACCEPTED, AE.SUCCEED):      A.SUCCEEDED,    # an internal leg: what was set aside is spent
    (A.UNKNOWN,  AE.SUCCEED):      A.SUCCEEDED,
    (A.UNKNOWN,  AE.ACCEPT):       A.ACCEPTED,     # the query knows it, unpaid
    (A.ACCEPTED, AE.REFUSE):       A.FAILED,
    (A.UNKNOWN,  AE.REFUSE):       A.FAILED,
    (A.ACCEPTED, AE.CLOSE):        A.CLOSING,
    (A.UNKNOWN,  AE.CLOSE):        A.CLOSING,
    (A.ACCEPTED, AE.CLOSE_DONE):   A.CLOSED,       # closed by the channel itself; an internal leg: released
    (A.UNKNOWN,  AE.CLOSE_DONE):   A.CLOSED,
    (A.CLOSING,  AE.CLOSE_DONE):   A.CLOSED,
    (A.CLOSING,  AE.REFUSE):       A.FAILED,
    (A.CLOSING,  AE.SUCCEED):      A.SUCCEEDED,
    (A.FAILED,   AE.SUCCEED_LATE): A.SUCCEEDED_LATE,
    (A.CLOSED,   AE.SUCCEED_LATE): A.SUCCEEDED_LATE,
    # A closed list of forced edges: only these two states take a late success.
}, terminal=frozenset({A.SUCCEEDED, A.FAILED, A.CLOSED, A.SUCCEEDED_LATE}))

REFUND: Final = TransitionTable("refund", {
    (R.CREATED,    RE.RESERVE):      R.RESERVED,
    (R.CREATED,    RE.REJECT):       R.REJECTED,
    (R.RESERVED,   RE.SEND):         R.SENDING,
    (R.RESERVED,   RE.SUCCEED):      R.SUCCEEDED,  # into a member's balance: no channel in between
    (R.SENDING,    RE.ACCEPT):       R.PROCESSING,
    (R.SENDING,    RE.LOSE):         R.UNKNOWN,
    (R.SENDING,    RE.SUCCEED):      R.SUCCEEDED,
    (R.SENDING,    RE.POSTPONE):     R.RETRY,
    (R.SENDING,    RE.FAIL):         R.FAILED,
    (R.SENDING,    RE.HAND_OVER):    R.MANUAL,
    (R.UNKNOWN,    RE.SEND):         R.SENDING,    # the same refund_no again
    (R.UNKNOWN,    RE.ACCEPT):       R.PROCESSING,
    (R.UNKNOWN,    RE.SUCCEED):      R.SUCCEEDED,
    (R.UNKNOWN,    RE.POSTPONE):     R.RETRY,
    (R.UNKNOWN,    RE.FAIL):         R.FAILED,
    (R.UNKNOWN,    RE.HAND_OVER):    R.MANUAL,
    (R.PROCESSING, RE.SUCCEED):      R.SUCCEEDED,
    (R.PROCESSING, RE.POSTPONE):     R.RETRY,
    (R.PROCESSING, RE.FAIL):         R.FAILED,
    (R.PROCESSING, RE.HAND_OVER):    R.MANUAL,
    (R.RETRY,      RE.SEND):         R.SENDING,
    (R.RETRY,      RE.SUCCEED):      R.SUCCEEDED,  # an earlier send went through after all
    (R.MANUAL,     RE.SUCCEED):      R.SUCCEEDED,
    (R.SUCCEEDED,  RE.RETURN):       R.RETURNED,
    (R.FAILED,     RE.SUCCEED_LATE): R.SUCCEEDED_LATE,
}, terminal=frozenset({R.REJECTED, R.SUCCEEDED, R.FAILED, R.RETURNED, R.SUCCEEDED_LATE}))
# fmt: on

# COMPENSATING and MANUAL are not open: the order does not wait for them, another payment may pay it.
OPEN_PAYMENT: Final = (P.CREATED, P.HELD, P.PROCESSING, P.CLOSING)
OPEN_ATTEMPT: Final = (A.INIT, A.SENDING, A.ACCEPTED, A.UNKNOWN, A.CLOSING)
