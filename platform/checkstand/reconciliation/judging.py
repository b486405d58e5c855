"""What a pair means: its class and the difference it makes to the channel's debt. Pure (money.md §5.3, steps 5–7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from checkstand.reconciliation.cells import ZONE
from checkstand.reconciliation.classes import ItemClass
from checkstand.reconciliation.matching import Pair
from checkstand.reconciliation.model import LineKind, OwnLine, OwnState, StatementLine

WINDOW: Final = timedelta(minutes=30)  # how near the edge of a day its neighbour may have the partner
STATEMENTS: Final = 2  # for how many further statements a line near the edge is waited for
_PPM: Final = 1_000_000
_LINE_PPM: Final = 1  # of the line's amount, at least one minor unit
_DAY_PPM: Final = 100  # 0.01 % of the day's amount

C = ItemClass


@dataclass(frozen=True, slots=True)
class Difference:
    """B less A on the channel's receivable, apart for amount and fee; both zero when they agree."""

    amount_minor: int = 0
    cost_minor: int = 0  # what the channel kept beyond what we accrued

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.cost_minor

    def __bool__(self) -> bool:
        return bool(self.amount_minor or self.cost_minor)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The class of a pair. `suspended` says that a fee is beyond tolerance and waits for a person, too."""

    item_class: ItemClass
    difference: Difference = Difference()
    suspended: bool = False
    discounted: bool = False  # the amounts differ by a discount that the statement names


@dataclass(slots=True)
class FeeTolerance:
    """How far fees may differ from the contract: a little per line, and very little over the day."""

    day_gross_minor: int
    used_minor: int = field(default=0)

    def takes(self, difference_minor: int, gross_minor: int) -> bool:
        """Whether this difference is still booked by itself; counts it when it is."""
        size = abs(difference_minor)
        if size > max(1, gross_minor * _LINE_PPM // _PPM):
            return False
        if self.used_minor + size > max(1, self.day_gross_minor * _DAY_PPM // _PPM):
            return False
        self.used_minor += size
        return True


def near_edge(at: datetime, cut: time = time(0), window: timedelta = WINDOW) -> bool:
    """Whether an instant is so near the channel's end of day that the neighbouring statement may have it."""
    local = at.astimezone(ZONE)
    since = (local - local.replace(hour=cut.hour, minute=cut.minute, second=0, microsecond=0)) % timedelta(days=1)
    return since <= window or since >= timedelta(days=1) - window


def judge(
    pair: Pair,
    tolerance: FeeTolerance,
    *,
    known: OwnState | None = None,
    known_minor: int | None = None,
    waited: int = 0,
    cut: time = time(0),
    window: timedelta = WINDOW,
) -> Verdict:
    """The class of one pair. `known` is what became of a line's number in our books when it is no success there,
    and `known_minor` its amount; `waited` for how many statements the item has been waiting."""
    own, line = pair.own, pair.line
    if own is not None and line is not None:
        return _compare(own, line, tolerance)
    if own is not None:
        if near_edge(own.at, cut, window) and waited < STATEMENTS:
            return Verdict(C.PENDING_CUTOFF)
        payment = own.kind == LineKind.PAYMENT
        return Verdict(C.PLATFORM_ONLY_PAYMENT if payment else C.PLATFORM_ONLY_REFUND, difference(own, None))
    if line is None:
        raise ValueError("a pair has at least one side")
    if pair.duplicate:
        return Verdict(C.DUPLICATE_LINE, difference(None, line))
    if known is not None and known_minor not in (None, line.gross_minor):
        return Verdict(C.AMOUNT_DIFF, difference(None, line))  # money under our number that is not ours as it stands
    return _channel_only(line, known, waited, near_edge(line.at, cut, window))


def difference(own: OwnLine | None, line: StatementLine | None) -> Difference:
    """B less A, where a missing side is zero."""
    amount = _signed(line) - _signed(own)
    return Difference(amount, (line.fee_minor if line else 0) - (own.fee_minor if own else 0))


def _compare(own: OwnLine, line: StatementLine, tolerance: FeeTolerance) -> Verdict:
    if own.currency != line.currency:
        # Two currencies cannot stand in one difference: ours is taken out, the line goes to a person.
        return Verdict(C.AMOUNT_DIFF, difference(own, None))
    between = difference(own, line)
    if between.amount_minor:
        return Verdict(C.AMOUNT_DIFF, between, discounted=own.gross_minor == line.ordered_minor)
    if between.cost_minor:
        taken = tolerance.takes(between.cost_minor, line.gross_minor)
        return Verdict(C.FEE_DIFF, between, suspended=not taken)
    return Verdict(C.MATCHED)


def _channel_only(line: StatementLine, known: OwnState | None, waited: int, near: bool) -> Verdict:
    if known == OwnState.OPEN and not line.final:
        return Verdict(C.PENDING_CUTOFF)  # a refund on its way on both sides
    if known == OwnState.OPEN:
        return Verdict(C.CHANNEL_ONLY_OPEN)
    if known == OwnState.CLOSED:
        return Verdict(C.CHANNEL_ONLY_CLOSED)
    if known == OwnState.FAILED:
        return Verdict(C.STATUS_DIFF)
    if near and waited < STATEMENTS:
        return Verdict(C.PENDING_CUTOFF)
    payment = line.kind == LineKind.PAYMENT
    return Verdict(C.CHANNEL_ONLY_PAYMENT if payment else C.CHANNEL_ONLY_REFUND, difference(None, line))


def _signed(side: OwnLine | StatementLine | None) -> int:
    if side is None:
        return 0
    return side.gross_minor if side.kind == LineKind.PAYMENT else -side.gross_minor
