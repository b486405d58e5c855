"""What is compared: one movement as we booked it, as the channel lists it, as the bank shows it.

Amounts are positive minor units; the kind says the direction. A fee is positive when the channel keeps
it and negative when it gives it back, so `net_minor` is always what the movement does to our claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class LineKind(StrEnum):
    """Which way the money went."""

    PAYMENT = "payment"
    REFUND = "refund"


class OwnState(StrEnum):
    """What we think of something the statement lists and we have not booked as a success."""

    OPEN = "open"  # on its way, or its outcome unknown
    CLOSED = "closed"  # closed unpaid
    FAILED = "failed"


class OwnLine(NamedTuple):
    """Side A: a success in our books."""

    kind: str
    our_no: str
    channel_no: str
    original_no: str  # of a refund: our number of what was paid
    gross_minor: int
    fee_minor: int
    currency: str
    at: datetime
    booked_on: date  # the clearing date whose receivable carries it
    carried: bool = False  # waits since an earlier statement

    @property
    def net_minor(self) -> int:
        return net_minor(self.kind, self.gross_minor, self.fee_minor)


class StatementLine(NamedTuple):
    """Side B: one line of the channel's statement, normalised."""

    kind: str
    our_no: str
    channel_no: str
    original_no: str
    gross_minor: int
    fee_minor: int
    currency: str
    at: datetime
    line_no: int
    ordered_minor: int  # before discounts that the channel does not pay for
    final: bool = True  # False: a refund that the channel was still working on
    cleared_on: date | None = None  # set when it waits since an earlier statement

    @property
    def net_minor(self) -> int:
        return net_minor(self.kind, self.gross_minor, self.fee_minor)

    @property
    def number(self) -> str:
        """What names the movement: our number, or the channel's where the line has none of ours."""
        return self.our_no or self.channel_no


@dataclass(frozen=True, slots=True)
class BankEntry:
    """Side C: one entry of the bank's statement; a credit is positive, a debit negative."""

    entry_ref: str
    amount_minor: int
    currency: str
    value_on: date
    text: str = ""


def net_minor(kind: str, gross_minor: int, fee_minor: int) -> int:
    """What a movement adds to the channel's debt to us."""
    return (gross_minor if kind == LineKind.PAYMENT else -gross_minor) - fee_minor
