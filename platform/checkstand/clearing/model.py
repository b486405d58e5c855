"""A clearing rule as it is pinned on a transaction, and the parts it makes of an amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ROUNDINGS: Final = ("half_even", "half_up", "down", "up")


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What the platform takes. `timing`: with the payment, or when the batch is settled."""

    rate_ppm: int = 0
    min_minor: int = 0
    max_minor: int | None = None
    bearer: str = "merchant"  # merchant | shared: shares are then cut from what the fee leaves
    timing: str = "pay"  # pay | settle
    rounding: str = "half_even"


@dataclass(frozen=True, slots=True)
class SplitRule:
    """A partner's share: a rate of the amount, or a fixed amount."""

    id: str
    owner_id: str
    rate_ppm: int = 0
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class ClearingRule:
    """Who gets what of a transaction, and when. The merchant, last, takes the remainder."""

    fee: FeeRule = FeeRule()
    splits: tuple[SplitRule, ...] = ()
    reserve_ppm: int = 0
    reserve_days: int = 0
    cycle_days: int = 1

    @property
    def cycle(self) -> str:
        return f"T+{self.cycle_days}"


@dataclass(frozen=True, slots=True)
class Parts:
    """An amount shared out: every part is zero or more, and they sum to the amount."""

    fee_minor: int = 0
    splits: tuple[int, ...] = ()
    reserve_minor: int = 0
    rest_minor: int = 0

    @property
    def amount_minor(self) -> int:
        return self.fee_minor + sum(self.splits) + self.reserve_minor + self.rest_minor

    def __add__(self, other: Parts) -> Parts:
        longer = max(len(self.splits), len(other.splits))
        mine, theirs = (each.splits + (0,) * (longer - len(each.splits)) for each in (self, other))
        return Parts(
            self.fee_minor + other.fee_minor,
            tuple(a + b for a, b in zip(mine, theirs, strict=True)),
            self.reserve_minor + other.reserve_minor,
            self.rest_minor + other.rest_minor,
        )


NOTHING: Final = Parts()


def rule_to_json(rule: ClearingRule) -> dict[str, Any]:
    """What is pinned on the transaction."""
    fee = rule.fee
    pinned: dict[str, Any] = {"cycle_days": rule.cycle_days, "fee": {"rate_ppm": fee.rate_ppm, "min": fee.min_minor}}
    if fee.max_minor is not None:
        pinned["fee"]["max"] = fee.max_minor
    pinned["fee"] |= {
        name: value
        for name, value, usual in (
            ("bearer", fee.bearer, "merchant"),
            ("timing", fee.timing, "pay"),
            ("rounding", fee.rounding, "half_even"),
        )
        if value != usual
    }
    if rule.splits:
        pinned["splits"] = [
            {"id": each.id, "owner": each.owner_id, "rate_ppm": each.rate_ppm, "amount": each.amount_minor}
            for each in rule.splits
        ]
    if rule.reserve_ppm:
        pinned["reserve"] = {"ppm": rule.reserve_ppm, "days": rule.reserve_days}
    return pinned


def rule_from_json(pinned: Mapping[str, Any]) -> ClearingRule:
    """The rule that a transaction was made under."""
    fee, reserve = pinned["fee"], pinned.get("reserve", {})
    return ClearingRule(
        FeeRule(
            fee["rate_ppm"],
            fee["min"],
            fee.get("max"),
            fee.get("bearer", "merchant"),
            fee.get("timing", "pay"),
            fee.get("rounding", "half_even"),
        ),
        tuple(
            SplitRule(each["id"], each["owner"], each["rate_ppm"], each["amount"]) for each in pinned.get("splits", ())
        ),
        reserve.get("ppm", 0),
        reserve.get("days", 0),
        pinned["cycle_days"],
    )
