"""Every way in which the three sides can agree or differ, and what is done about each (money.md §5.4).

Classes are named by who has the line. 长款 and 短款 are labels somebody may put on them; the sources
contradict each other on which is which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ItemClass(StrEnum):
    """What comparing found."""

    MATCHED = "matched"
    PENDING_CUTOFF = "pending_cutoff"
    CHANNEL_ONLY_OPEN = "channel_only_open"  # ours is on its way or unknown
    CHANNEL_ONLY_CLOSED = "channel_only_closed"  # ours was closed unpaid
    CHANNEL_ONLY_PAYMENT = "channel_only_payment"  # we know nothing of it
    CHANNEL_ONLY_REFUND = "channel_only_refund"
    PLATFORM_ONLY_PAYMENT = "platform_only_payment"
    PLATFORM_ONLY_REFUND = "platform_only_refund"
    AMOUNT_DIFF = "amount_diff"
    FEE_DIFF = "fee_diff"
    DUPLICATE_LINE = "duplicate_line"
    STATUS_DIFF = "status_diff"  # ours failed, the channel's succeeded
    BANK_SHORT = "bank_short"
    BANK_OVER = "bank_over"
    BANK_LATE = "bank_late"
    BANK_ONLY = "bank_only"


class Posting(StrEnum):
    """Where the difference stands while it is open."""

    NONE = "none"
    SUSPENSE = "suspense"  # 2601 when the channel owes us more than we knew, 1201 when less (J12.1, J12.4, J12.8)
    COST = "cost"  # 5001: a difference of the fee within tolerance (J12.9)
    BUSINESS = "business"  # the flow it belongs to is completed: J1.1, F10, J6.2
    BANK = "bank"  # J12.10, J12.11


class Automatic(StrEnum):
    """What happens without a person."""

    NOTHING = "nothing"
    RECORD = "record"  # both sides agree
    WAIT = "wait"  # for the next statements, or for the settlement
    COMPLETE = "complete"  # 补单: the statement is the last word on an attempt; late money goes back
    BOOK = "book"  # within tolerance


class Manual(StrEnum):
    """What a person may do with an open item."""

    ASSIGN = "assign"
    COMPLETE = "complete"  # 补单: it belongs to a payment of ours
    REFUND = "refund"
    CHARGE = "charge"  # the merchant bears it: our success was none, or it refunded in the channel's own console
    IGNORE = "ignore"  # it belongs to another system on the same merchant number
    WRITE_OFF = "write_off"  # two people
    ACCEPT_FEE = "accept_fee"  # the contract was checked: the channel is right
    ASK_CHANNEL = "ask_channel"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a class means for the books, for the machine and for people."""

    posting: Posting
    automatic: Automatic
    manual: tuple[Manual, ...] = ()

    @property
    def queued(self) -> bool:
        """Whether a person has to decide."""
        return bool(self.manual)


C, P, A, M = ItemClass, Posting, Automatic, Manual

# fmt: off
POLICIES: Final[Mapping[ItemClass, Policy]] = {
    C.MATCHED:               Policy(P.NONE,     A.RECORD),
    C.PENDING_CUTOFF:        Policy(P.NONE,     A.WAIT),
    C.CHANNEL_ONLY_OPEN:     Policy(P.BUSINESS, A.COMPLETE),
    C.CHANNEL_ONLY_CLOSED:   Policy(P.BUSINESS, A.COMPLETE),
    C.STATUS_DIFF:           Policy(P.BUSINESS, A.COMPLETE),
    # Perhaps another system on the same merchant number: never given back by a machine.
    C.CHANNEL_ONLY_PAYMENT:  Policy(P.SUSPENSE, A.NOTHING, (M.COMPLETE, M.REFUND, M.IGNORE, M.WRITE_OFF)),
    C.CHANNEL_ONLY_REFUND:   Policy(P.SUSPENSE, A.NOTHING, (M.CHARGE, M.IGNORE, M.WRITE_OFF)),
    C.PLATFORM_ONLY_PAYMENT: Policy(P.SUSPENSE, A.WAIT,    (M.CHARGE, M.ASK_CHANNEL, M.WRITE_OFF)),
    C.PLATFORM_ONLY_REFUND:  Policy(P.SUSPENSE, A.WAIT,    (M.ASK_CHANNEL, M.WRITE_OFF)),
    C.AMOUNT_DIFF:           Policy(P.SUSPENSE, A.NOTHING, (M.ASK_CHANNEL, M.WRITE_OFF)),
    C.FEE_DIFF:              Policy(P.COST,     A.BOOK,    (M.ACCEPT_FEE, M.WRITE_OFF)),
    C.DUPLICATE_LINE:        Policy(P.SUSPENSE, A.NOTHING, (M.ASK_CHANNEL, M.REFUND, M.WRITE_OFF)),
    C.BANK_SHORT:            Policy(P.BANK,     A.NOTHING, (M.ASK_CHANNEL, M.WRITE_OFF)),
    C.BANK_OVER:             Policy(P.BANK,     A.NOTHING, (M.ASK_CHANNEL, M.WRITE_OFF)),
    C.BANK_LATE:             Policy(P.NONE,     A.WAIT),
    C.BANK_ONLY:             Policy(P.BANK,     A.NOTHING, (M.IGNORE, M.WRITE_OFF)),
}
# fmt: on
