"""What every simulated bill is made of: the movements of one day from the truth log, and the faults planted in them.

A fault in a bill changes what the provider writes, never what it did: the truth log, and with it the sum that the
provider settles, stay as they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from checkstand.channel.simulator.faults import BILL_KINDS, Fault
from checkstand.channel.simulator.model import SimOrder, SimRefund
from checkstand.kernel import PPM, div_half_even

if TYPE_CHECKING:
    from checkstand.channel.simulator.frame import SimulatorFrame

CHINA: Final = timezone(timedelta(hours=8))
READY_AT: Final = timedelta(hours=9)  # of the next day
COST_PPM: Final = 3_800  # of a merchant whose contract is not known here
KEPT_FOR: Final = timedelta(days=92)
CHANGED_BY: Final = 100  # minor units, for a changed amount
FEE_CHANGED_BY: Final = 7


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a bill: a payment, or with `refund` a refund."""

    order: SimOrder
    refund: SimRefund | None
    at: datetime
    gross_minor: int
    fee_minor: int  # negative when it is given back

    @property
    def number(self) -> str:
        return self.refund.number if self.refund else self.order.number

    @property
    def failed(self) -> bool:
        return self.refund is not None and self.refund.state == "failed"

    @property
    def net_minor(self) -> int:
        """What it does to the sum that the provider settles."""
        if self.failed:
            return 0
        return (-self.gross_minor if self.refund else self.gross_minor) - self.fee_minor


@dataclass(frozen=True, slots=True)
class Bill:
    """The lines of a day as they are written, and what else is wrong with the file."""

    merchant: str
    day: date
    movements: tuple[Movement, ...]
    spoilt: frozenset[str] = frozenset()  # bill_truncated, bill_total, bill_encoding


@dataclass(slots=True)
class Shelf:
    """Files that were made and may be fetched for a while; a restart forgets them, as it may."""

    lives: timedelta
    _files: dict[str, tuple[datetime, bytes]] = field(default_factory=dict)

    def put(self, content: bytes, now: datetime) -> str:
        self._files = {token: kept for token, kept in self._files.items() if kept[0] > now}
        token = secrets.token_urlsafe(24)
        self._files[token] = now + self.lives, content
        return token

    def take(self, token: str, now: datetime) -> bytes | None:
        until, content = self._files.get(token, (now, b""))
        return content if until > now else None


def bill_day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def is_ready(day: date, now: datetime) -> bool:
    """From nine o'clock of the next day."""
    return now >= datetime.combine(day, datetime.min.time(), CHINA) + timedelta(days=1) + READY_AT


def day_of(text: str) -> date | None:
    """`2026-11-20`; None for what is no day."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def movements(frame: SimulatorFrame, merchant: str, day: date, cost_ppm: int = COST_PPM) -> list[Movement]:
    """What was paid on this day and which refunds began on it, in the order in which it happened."""
    found = []
    for order in frame.state.orders.values():
        if order.merchant != merchant:
            continue
        if order.paid_at and bill_day(order.paid_at) == day:
            fee = div_half_even(order.amount_minor * cost_ppm, PPM)
            found.append(Movement(order, None, order.paid_at, order.amount_minor, fee))
        for refund in frame.state.refunds.get(order.key, ()):
            if bill_day(refund.created_at) == day:
                fee = -div_half_even(refund.amount_minor * cost_ppm, PPM)
                found.append(Movement(order, refund, refund.created_at, refund.amount_minor, fee))
    return sorted(found, key=lambda each: (each.at, each.number))


def cost_ppm_of(credentials: Mapping[str, str]) -> int:
    """The contract of this test merchant, as the platform knows it."""
    return int(credentials.get("sim_cost_ppm", COST_PPM))


def make_bill(frame: SimulatorFrame, merchant: str, day: date, cost_ppm: int = COST_PPM) -> Bill:
    """The day's bill with every fault that waits for it."""
    lines = movements(frame, merchant, day, cost_ppm)
    spoilt = set()
    for fault in frame.faults.take_all("bill", BILL_KINDS, merchant):
        if fault.kind in LINE_FAULTS:
            lines = LINE_FAULTS[fault.kind](lines, fault)
        else:
            spoilt.add(fault.kind)
    return Bill(merchant, day, tuple(lines), frozenset(spoilt))


def _at(lines: Sequence[Movement], fault: Fault) -> int | None:
    """Which line a fault is about: the one it names, or the first."""
    places = [place for place, each in enumerate(lines) if fault.number in ("", each.number)]
    return places[0] if places else None


def _missing(lines: list[Movement], fault: Fault) -> list[Movement]:
    at = _at(lines, fault)
    return [each for place, each in enumerate(lines) if place != at]


def _extra(lines: list[Movement], fault: Fault) -> list[Movement]:
    """A payment that nobody here made: a copy of a line under numbers of its own."""
    at = _at(lines, fault)
    if at is None:
        return lines
    like = lines[at]
    number = "X" + like.order.number[1:]
    order = SimOrder(**{name: getattr(like.order, name) for name in like.order.__struct_fields__})
    order.number, order.channel_no = number, f"{like.order.channel_no[:-1]}X"
    return [*lines, replace(like, order=order, refund=None, fee_minor=abs(like.fee_minor))]


def _changed(lines: list[Movement], fault: Fault) -> list[Movement]:
    at = _at(lines, fault)
    amount, fee = (CHANGED_BY, 0) if fault.kind == "bill_amount" else (0, FEE_CHANGED_BY)
    return [
        replace(each, gross_minor=each.gross_minor + amount, fee_minor=each.fee_minor + fee) if place == at else each
        for place, each in enumerate(lines)
    ]


def _twice(lines: list[Movement], fault: Fault) -> list[Movement]:
    at = _at(lines, fault)
    return [each for place, one in enumerate(lines) for each in ([one, one] if place == at else [one])]


LINE_FAULTS: Final = {
    "bill_line_missing": _missing,
    "bill_line_extra": _extra,
    "bill_amount": _changed,
    "bill_fee": _changed,
    "bill_line_twice": _twice,
}
