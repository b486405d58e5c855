"""The payout side of the port: money that leaves our own bank account, and the bank's word on it.

A channel that declares `payout` in channel.yaml offers `PAYOUT_ADAPTER` besides or instead of `ADAPTER`. The rules are
those of `port.py`: no verb moves money in our books, a definite refusal is FAILED, and whatever the bank did not say,
or said in a way that cannot be believed, is UNKNOWN. For payouts even NOT_FOUND proves nothing (money.md §4.7): only
the bank's statement, or a person, ends an unknown payout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from checkstand.channel.port import ChannelAccount, ChannelHttp, Exchange, Outcome
from checkstand.kernel import CheckstandError, Money


@dataclass(frozen=True, slots=True)
class PayoutOrder:
    """One credit transfer; `payout_no` (≤ 35 characters) is our number at the bank and on its statement."""

    payout_no: str
    amount: Money
    creditor_name: str
    creditor_account: str
    creditor_bank: str  # the bank's code in its clearing system; 12 digits in China
    text: str  # what the creditor reads on their statement


@dataclass(frozen=True, slots=True)
class PayoutBatch:
    """One file of credit transfers. The same batch makes the same file byte for byte, so sending it again is safe."""

    account: ChannelAccount
    batch_no: str  # ≤ 35 characters; never given to another file
    made_at: datetime  # when the batch was cut: part of the file, the same on every retry
    executes_on: date
    orders: tuple[PayoutOrder, ...]
    now: datetime

    @property
    def total(self) -> Money:
        return sum((order.amount for order in self.orders[1:]), self.orders[0].amount)


@dataclass(frozen=True, slots=True)
class PayoutResult:
    """What the bank says of one transfer. SUCCEEDED is booked; it may still come back (a `return` on a statement)."""

    payout_no: str
    outcome: Outcome
    code: str | None = None  # the bank's own code
    reason: str | None = None  # ours
    channel_no: str | None = None


@dataclass(frozen=True, slots=True)
class PayoutAnswer:
    """The answer to `payout` and `query_payout`: one result per order of the batch, always."""

    results: tuple[PayoutResult, ...]
    report_id: str | None = None  # the bank's id of this report, the same when it is sent again
    problem: CheckstandError | None = None  # why a report that came is not believed
    exchanges: tuple[Exchange, ...] = ()

    def of(self, payout_no: str) -> PayoutResult:
        return next(result for result in self.results if result.payout_no == payout_no)


class StatementOutcome(StrEnum):
    """What came of asking for a statement or for the returns of a day."""

    READY = "ready"
    NOT_READY = "not_ready"  # the bank has none for this day yet
    DUPLICATE = "duplicate"  # a file that was taken before: its id is in `known`
    INVALID = "invalid"  # genuine, but wrong in itself; `problem` says where and what to do
    UNKNOWN = "unknown"  # no answer, or none that can be believed


@dataclass(frozen=True, slots=True)
class StatementRequest:
    """Asks for one day of one account. `follows` is the statement of the day before, where we have it."""

    account: ChannelAccount
    day: date
    now: datetime
    known: frozenset[str] = frozenset()  # message ids that were taken before
    follows: Statement | None = None


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One booked line; `amount` is never negative, `direction` is the bank's, seen from our account."""

    entry_ref: str  # the bank's
    kind: Literal["payout", "return", "other"]
    direction: Literal["credit", "debit"]
    amount: Money
    booked_on: date
    payout_no: str | None = None  # for payouts and returns: the number we gave the transfer
    batch_no: str | None = None
    code: str | None = None  # why a transfer was returned, in the bank's code
    reason: str | None = None  # and in ours
    text: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One day of our account. `opening` + credits − debits = `closing` has been checked.

    A bank that corrects itself issues the day again: the same day under another message id.
    """

    message_id: str
    day: date
    sequence: int  # counts statements without gaps
    opening: Money
    closing: Money
    entries: tuple[StatementEntry, ...]


@dataclass(frozen=True, slots=True)
class StatementAnswer:
    """The answer to `statement` and `returns`; `raw` is the file as it came, to be kept with its hash."""

    outcome: StatementOutcome
    message_id: str | None = None
    statement: Statement | None = None  # `statement` only
    entries: tuple[StatementEntry, ...] = ()
    raw: bytes = b""
    problem: CheckstandError | None = None
    exchanges: tuple[Exchange, ...] = ()


class PayoutAdapter(Protocol):
    """The payout verbs. Called outside any transaction, after the payout was committed as SENDING."""

    def check(self, batch: PayoutBatch) -> None:
        """Raise for what the bank would refuse of this file by its form; asks nobody, sends nothing."""
        ...

    def payout(self, batch: PayoutBatch, http: ChannelHttp) -> PayoutAnswer:
        """Send the file. A repeat of the same file is recognised by the bank and answered with what is known."""
        ...

    def query_payout(self, batch: PayoutBatch, http: ChannelHttp) -> PayoutAnswer:
        """Ask what became of a file; sends no money."""
        ...

    def returns(self, request: StatementRequest, http: ChannelHttp) -> StatementAnswer:
        """The transfers that came back on this day so far (退票); the statement of the day repeats them."""
        ...

    def statement(self, request: StatementRequest, http: ChannelHttp) -> StatementAnswer:
        """The day's statement, checked: sums, account, day, currency, and that it follows the one before."""
        ...
