"""The bank's truth: which transfers it booked, refused, and got back days later, whatever it told us of them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from tests.simulation.scheduler import Scheduler
from tests.simulation.wire import Odds, Wire

from checkstand.accounting import accounting_date
from checkstand.channel.payouts import (
    PayoutAnswer,
    PayoutBatch,
    PayoutOrder,
    PayoutResult,
    Statement,
    StatementAnswer,
    StatementEntry,
    StatementOutcome,
    StatementRequest,
)
from checkstand.channel.port import ChannelHttp, Outcome
from checkstand.kernel import Money

BOOKS_AFTER_S: Final = (0.0, 5.0, 60.0, 3600.0, 5 * 3600.0)
RETURNS_AFTER_S: Final = (60.0, 7200.0, 26 * 3600.0)
OUTCOMES: Final = {"accepted": Outcome.ACCEPTED, "booked": Outcome.SUCCEEDED, "refused": Outcome.FAILED}


@dataclass
class Transfer:
    """One of our numbers at the bank."""

    payout_no: str
    file_no: str
    amount: Money
    state: Literal["accepted", "booked", "refused"] = "accepted"
    times_paid: int = 0
    booked_at: datetime | None = None
    returned_at: datetime | None = None
    return_told: bool = False

    @property
    def paid_minor(self) -> int:
        return self.amount.minor * self.times_paid - (self.amount.minor if self.returned_at else 0)


class Bank:
    """Implements the payout side of the port. The same file is the same transfers; a number is paid once."""

    def __init__(self, scheduler: Scheduler, rng: random.Random) -> None:
        self._scheduler, self._rng, self.odds = scheduler, rng, Odds()
        self._wire = Wire(scheduler, rng, self.odds)
        self.transfers: dict[str, Transfer] = {}
        self.wrong: list[str] = []
        self.comes_back = 0.15  # of the transfers that were booked
        self.begins_on: date | None = None  # from this day on it makes statements
        self.opening_minor = 0
        self.others: list[tuple[date, int, str]] = []  # lines that are no transfers of ours: day, amount, text
        self.held_back: list[str] = []  # texts of lines that are not booked yet

    def check(self, batch: PayoutBatch) -> None:
        """This bank takes every transfer into its files; what it refuses, it refuses later."""

    def payout(self, batch: PayoutBatch, http: ChannelHttp) -> PayoutAnswer:
        return self._wire.call(lambda: self._take(batch), lambda: _silence(batch))

    def query_payout(self, batch: PayoutBatch, http: ChannelHttp) -> PayoutAnswer:
        return self._wire.call(lambda: self._tell(batch), lambda: _silence(batch))

    def returns(self, request: StatementRequest, http: ChannelHttp) -> StatementAnswer:
        return self._wire.call(lambda: self._returned(request), lambda: StatementAnswer(StatementOutcome.UNKNOWN))

    def statement(self, request: StatementRequest, http: ChannelHttp) -> StatementAnswer:
        """The day's lines, opening as the day before closed."""
        if self.begins_on is None or request.day < self.begins_on:
            return StatementAnswer(StatementOutcome.NOT_READY)
        opening = self.opening_minor + sum(
            minor for day, minor, _ in self._booked() if self.begins_on <= day < request.day
        )
        entries = tuple(self._entries(request.day))
        closing = opening + sum(minor for day, minor, _ in self._booked() if day == request.day)
        statement = Statement(
            message_id=f"stmt-{request.day}",
            day=request.day,
            sequence=(request.day - self.begins_on).days + 1,
            opening=Money(opening, "CNY"),
            closing=Money(closing, "CNY"),
            entries=entries,
        )
        raw = repr(statement).encode()
        return StatementAnswer(StatementOutcome.READY, statement.message_id, statement, entries, raw)

    def closing_minor(self) -> int:
        """What lies on the account now."""
        return self.opening_minor + sum(minor for _, minor, _ in self._booked())

    def _booked(self) -> list[tuple[date, int, StatementEntry]]:
        """Every line in the order of its day."""
        lines = []
        for number, (day, minor, text) in enumerate(self.others):
            side: Literal["credit", "debit"] = "credit" if minor > 0 else "debit"
            if text not in self.held_back:
                lines.append((day, minor, StatementEntry(
                    f"oth-{number}", "other", side, Money(abs(minor), "CNY"), day, text=text
                )))  # fmt: skip
        for each in self.transfers.values():
            number, minor = each.payout_no, each.amount.minor
            if each.booked_at is not None:
                day = accounting_date(each.booked_at)
                lines.append((day, -minor, StatementEntry(
                    f"out-{number}", "payout", "debit", each.amount, day, number, each.file_no
                )))  # fmt: skip
            if each.returned_at is not None:
                day = accounting_date(each.returned_at)
                lines.append((day, minor, StatementEntry(
                    f"ret-{number}", "return", "credit", each.amount, day, number, each.file_no, "AC04"
                )))  # fmt: skip
        return lines

    def _entries(self, day: date) -> list[StatementEntry]:
        return [entry for booked_on, _, entry in self._booked() if booked_on == day]

    @property
    def has_news(self) -> bool:
        """Whether something came back and we have not asked yet."""
        return any(each.returned_at is not None and not each.return_told for each in self.transfers.values())

    def _take(self, batch: PayoutBatch) -> PayoutAnswer:
        for order in batch.orders:
            known = self.transfers.get(order.payout_no)
            if known is None:
                self.transfers[order.payout_no] = self._begin(batch, order)
            elif known.file_no != batch.batch_no:
                # A real bank cannot know that it is the same: it pays again.
                self.wrong.append(f"{order.payout_no} was sent in two files")
                known.times_paid += 1
            elif known.amount != order.amount:
                self.wrong.append(f"{order.payout_no} was sent with another amount")
        return self._tell(batch)

    def _begin(self, batch: PayoutBatch, order: PayoutOrder) -> Transfer:
        transfer = Transfer(order.payout_no, batch.batch_no, order.amount)
        refused = self._rng.random() < self.odds.refuse
        comes_back = not refused and self._rng.random() < self.comes_back
        after_s, back_s = self._rng.choice(BOOKS_AFTER_S), self._rng.choice(RETURNS_AFTER_S)

        def later() -> None:
            self._scheduler.sleep(after_s)
            transfer.state = "refused" if refused else "booked"
            transfer.times_paid += not refused
            transfer.booked_at = None if refused else self._scheduler.clock.now()
            if comes_back:
                self._scheduler.sleep(back_s)
                transfer.returned_at = self._scheduler.clock.now()

        self._scheduler.spawn("transfer", later)
        return transfer

    def _tell(self, batch: PayoutBatch) -> PayoutAnswer:
        return PayoutAnswer(tuple(self._result(order) for order in batch.orders))

    def _result(self, order: PayoutOrder) -> PayoutResult:
        known = self.transfers.get(order.payout_no)
        if known is None:
            return PayoutResult(order.payout_no, Outcome.NOT_FOUND)
        refused = known.state == "refused"
        return PayoutResult(order.payout_no, OUTCOMES[known.state], code="AC04" if refused else None)

    def _returned(self, request: StatementRequest) -> StatementAnswer:
        back = [
            each
            for each in self.transfers.values()
            if each.returned_at is not None and accounting_date(each.returned_at) == request.day
        ]
        for each in back:
            each.return_told = not self.odds.fault  # while answers are lost nobody knows who heard it
        entries = tuple(
            StatementEntry(
                f"ret-{each.payout_no}",
                "return",
                "credit",
                each.amount,
                request.day,
                each.payout_no,
                each.file_no,
                "AC04",
            )
            for each in back
        )
        return StatementAnswer(StatementOutcome.READY, f"returns-{request.day}", entries=entries)


def _came_back(transfer: Transfer, request: StatementRequest) -> StatementEntry:
    number = transfer.payout_no
    return StatementEntry(
        f"ret-{number}", "return", "credit", transfer.amount, request.day, number, transfer.file_no, "AC04"
    )


def _silence(batch: PayoutBatch) -> PayoutAnswer:
    return PayoutAnswer(tuple(PayoutResult(order.payout_no, Outcome.UNKNOWN) for order in batch.orders))
