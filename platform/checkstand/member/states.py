"""States of a member and of a bank card. A closed member and a removed card never come back."""

from enum import StrEnum
from typing import Final

from checkstand.kernel import TransitionTable


class MemberState(StrEnum):
    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


class MemberEvent(StrEnum):
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    CLOSE = "close"


class CardState(StrEnum):
    PENDING = "PENDING"  # added, never verified
    VERIFYING = "VERIFYING"  # a small amount is on its way or has arrived; the member has to say how much
    VERIFIED = "VERIFIED"
    FAILED = "FAILED"  # too many wrong answers, or the bank sent the money back
    REMOVED = "REMOVED"


class CardEvent(StrEnum):
    VERIFY = "verify"
    CONFIRM = "confirm"
    GIVE_UP = "give_up"  # the last try was wrong
    PAYOUT_FAILED = "payout_failed"  # the bank refused the small transfer, or it came back
    REMOVE = "remove"


M, F, C, V = MemberState, MemberEvent, CardState, CardEvent

# fmt: off
MEMBER: Final = TransitionTable("member", {
    (M.ACTIVE, F.FREEZE):   M.FROZEN,
    (M.FROZEN, F.UNFREEZE): M.ACTIVE,
    (M.ACTIVE, F.CLOSE):    M.CLOSED,
    (M.FROZEN, F.CLOSE):    M.CLOSED,
}, terminal=frozenset({M.CLOSED}))

CARD: Final = TransitionTable("bank_card", {
    (C.PENDING,   V.VERIFY):        C.VERIFYING,
    (C.PENDING,   V.REMOVE):        C.REMOVED,
    (C.VERIFYING, V.CONFIRM):       C.VERIFIED,
    (C.VERIFYING, V.GIVE_UP):       C.FAILED,
    (C.VERIFYING, V.PAYOUT_FAILED): C.FAILED,
    (C.VERIFYING, V.REMOVE):        C.REMOVED,
    # The bank may send a transfer back days later (退票): a card that was verified with it is no place for money.
    (C.VERIFIED,  V.PAYOUT_FAILED): C.FAILED,
    (C.VERIFIED,  V.REMOVE):        C.REMOVED,
    (C.FAILED,    V.VERIFY):        C.VERIFYING,
    (C.FAILED,    V.REMOVE):        C.REMOVED,
}, terminal=frozenset({C.REMOVED}))
# fmt: on
