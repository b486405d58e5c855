"""What a channel and the bank put into their statements: the truth, and the discrepancies that were planted in it.

A bill is written in the channel's own format (WeChat: CSV with back-ticks and a totals line; Alipay: GBK in a zip).
Whatever is planted, the file itself is genuine: its totals are right and the channel pays what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from tests.simulation.channel import Channel, Order
from tests.unit.checkstand.reconciliation.statements import alipay, wechat

from checkstand.accounting import accounting_date
from checkstand.accounting.fees import fee_minor
from checkstand.channel.bills import BillAnswer, BillOutcome, BillRequest
from checkstand.channel.port import ChannelHttp
from checkstand.reconciliation.model import StatementLine

WRITERS: Final[dict[str, Callable[..., bytes]]] = {"wechat_pay": wechat, "alipay": alipay}
COST_PPM: Final = 3_800


@dataclass
class Planted:
    """Changes of one channel's bills; by our number unless it says otherwise."""

    missing: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)
    other_gross: dict[str, int] = field(default_factory=dict)  # what is added to the amount
    other_fee: dict[str, int] = field(default_factory=dict)
    next_day: set[str] = field(default_factory=set)  # listed a few minutes after midnight
    strangers: list[StatementLine] = field(default_factory=list)


class BillingChannel(Channel):
    """A channel that hands out bills, and settles them."""

    payee = ""
    planted: Planted
    billed: dict[date, int]  # what it owes us for a day by its own bill

    def begin_billing(self, payee: str) -> None:
        self.payee, self.planted, self.billed = payee, Planted(), {}

    def download_statement(self, request: BillRequest, http: ChannelHttp) -> BillAnswer:
        lines = self._changed(self._true_lines(), request.day)
        self.billed[request.day] = sum(each.net_minor for each in lines)
        if not lines:
            return BillAnswer(BillOutcome.EMPTY, name=f"{request.day}.csv")
        writer = WRITERS[self.name]
        raw = writer(lines, payee=self.payee) if self.name == "wechat_pay" else writer(lines)
        return BillAnswer(BillOutcome.READY, raw, f"{request.day}.{'csv' if self.name == 'wechat_pay' else 'zip'}")

    def take_quietly(self, number: str) -> None:
        """Somebody paid after all, and nobody was told: only the bill will say so."""
        order = self.orders.get(number) or Order(number, "", self.refused[number], self._scheduler.clock.now(), "")
        self.orders[number] = order
        order.state, order.paid_at, order.times_charged = "paid", self._scheduler.clock.now(), 1

    def _true_lines(self) -> list[StatementLine]:
        lines = []
        for order in self.orders.values():
            if order.paid_at is not None:
                lines.append(_line("payment", order.number, f"42{order.number}", "", order.amount_minor, order.paid_at))
            for back in order.refunds.values():
                if back.done_at is not None:
                    number = f"50{back.number}"
                    lines.append(_line("refund", back.number, number, order.number, back.amount_minor, back.done_at))
        return lines

    def _changed(self, lines: Sequence[StatementLine], day: date) -> list[StatementLine]:
        planted, changed = self.planted, list[StatementLine]()
        for line in (*lines, *planted.strangers):
            number = line.our_no
            if number in planted.next_day:
                line = line._replace(at=_midnight_after(line.at) + timedelta(minutes=5))
            if number in planted.missing or accounting_date(line.at) != day:
                continue
            gross = line.gross_minor + planted.other_gross.get(number, 0)
            fee = line.fee_minor + planted.other_fee.get(number, 0)
            line = line._replace(gross_minor=gross, ordered_minor=gross, fee_minor=fee)
            changed += [line, line] if number in planted.twice else [line]
        return changed


def stranger(kind: str, number: str, minor: int, at: datetime) -> StatementLine:
    """A line about something that we have never heard of."""
    return _line(kind, number, f"42{number}", f"att_of_{number}" if kind == "refund" else "", minor, at)


def _line(kind: str, our_no: str, channel_no: str, original_no: str, minor: int, at: datetime) -> StatementLine:
    fee = fee_minor(minor, COST_PPM) * (1 if kind == "payment" else -1)  # both channels give it back with a refund
    return StatementLine(kind, our_no, channel_no, original_no, minor, fee, "CNY", at.replace(microsecond=0), 0, minor)


def _midnight_after(at: datetime) -> datetime:
    day = accounting_date(at)
    moment = at
    while accounting_date(moment) == day:
        moment = (moment + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return moment
