"""States of a settlement batch (money.md §4.6): what one payee is paid for one day of one cycle."""

from enum import StrEnum
from typing import Final

from checkstand.kernel import TransitionTable


class BatchState(StrEnum):
    OPEN = "OPEN"
    CUT = "CUT"
    CALCULATED = "CALCULATED"
    HELD_RECON = "HELD_RECON"
    APPROVED = "APPROVED"
    CARRIED = "CARRIED"
    PAYING = "PAYING"
    PAID = "PAID"
    PART_PAID = "PART_PAID"
    FAILED = "FAILED"


class BatchEvent(StrEnum):
    CUT = "cut"  # the items are frozen
    CALCULATE = "calculate"  # their sum is what moved on the accounts
    HOLD = "hold"  # a channel's day among them is not reconciled
    CARRY = "carry"  # too little, or nothing: the items wait for the next cycle
    APPROVE = "approve"
    PAY = "pay"  # the payouts exist
    ALL_PAID = "all_paid"
    PARTLY_PAID = "partly_paid"
    NONE_PAID = "none_paid"
    PAY_AGAIN = "pay_again"  # a new payout for what failed
    RETURN = "return"  # the bank sent it back (退票)


S, E = BatchState, BatchEvent

# fmt: off
BATCH: Final = TransitionTable("settlement_batch", {
    (S.OPEN,       E.CUT):         S.CUT,
    (S.CUT,        E.CALCULATE):   S.CALCULATED,
    (S.CALCULATED, E.HOLD):        S.HELD_RECON,
    (S.CALCULATED, E.CARRY):       S.CARRIED,
    (S.CALCULATED, E.APPROVE):     S.APPROVED,
    (S.HELD_RECON, E.APPROVE):     S.APPROVED,
    (S.APPROVED,   E.PAY):         S.PAYING,
    (S.PAYING,     E.ALL_PAID):    S.PAID,
    (S.PAYING,     E.PARTLY_PAID): S.PART_PAID,
    (S.PAYING,     E.NONE_PAID):   S.FAILED,
    (S.FAILED,     E.PAY_AGAIN):   S.PAYING,
    (S.PART_PAID,  E.PAY_AGAIN):   S.PAYING,
    (S.PAID,       E.RETURN):      S.FAILED,
    # No row (PART_PAID, RETURN): a part has failed already, what came back is added to it.
}, terminal=frozenset({S.CARRIED, S.PAID, S.PART_PAID, S.FAILED}))
# fmt: on

WAITING: Final = (S.CALCULATED, S.HELD_RECON)  # for reconciliation, or for people
