"""What is known about one metric in one arm, from sums that SQL can make: mean, and variance of a single unit.

`variance / n` is the squared standard error in every case, so one test (`sequential.py`) compares all of them. The
definitions are those of GrowthBook's gbstats; tests hold both equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final, Protocol

_Z95: Final = 1.959963984540054  # the 97.5 % quantile of the normal distribution


class Estimate(Protocol):
    """One metric in one arm."""

    @property
    def n(self) -> int: ...
    @property
    def mean(self) -> float: ...
    @property
    def variance(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Sample:
    """A number per unit, like revenue."""

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        return (self.squares - self.total**2 / self.n) / (self.n - 1) if self.n > 1 else 0.0

    def __add__(self, other: Sample) -> Sample:
        return Sample(self.n + other.n, self.total + other.total, self.squares + other.squares)


@dataclass(frozen=True, slots=True)
class Proportion:
    """Yes or no per unit, like having paid."""

    n: int
    total: float

    @property
    def mean(self) -> float:
        return self.total / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        return self.mean * (1 - self.mean)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Something per something else where a unit has several of both, like failed payments per payment.

    Payments of one shopper resemble each other, so they are no independent draws; the delta method takes the unit as
    what is drawn: Var(M/D) ≈ Var(M)/D̄² − 2 Cov(M,D) M̄/D̄³ + Var(D) M̄²/D̄⁴.
    """

    top: Sample
    bottom: Sample
    products: float

    @property
    def n(self) -> int:
        return self.bottom.n

    @property
    def mean(self) -> float:
        return self.top.total / self.bottom.total if self.bottom.total else 0.0

    @property
    def variance(self) -> float:
        m, d = self.top.mean, self.bottom.mean
        if not d or self.n < 2:
            return 0.0
        between = covariance(self.top, self.bottom, self.products)
        return self.top.variance / d**2 - 2 * between * m / d**3 + m**2 * self.bottom.variance / d**4


@dataclass(frozen=True, slots=True)
class Adjusted:
    """CUPED: what the time before the experiment says about a unit is taken off (Deng et al. 2013).

    `theta` is the same in all arms that are compared, so it shifts both alike and only the noise gets smaller.
    """

    after: Sample
    before: Sample
    products: float
    theta: float

    @property
    def n(self) -> int:
        return self.after.n

    @property
    def mean(self) -> float:
        return self.after.mean - self.theta * self.before.mean

    @property
    def variance(self) -> float:
        between = covariance(self.after, self.before, self.products)
        return self.after.variance + self.theta**2 * self.before.variance - 2 * self.theta * between


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile with the variance that its order statistics suggest (Woodruff 1952; as gbstats does it)."""

    n: int
    mean: float
    variance: float

    @classmethod
    def of(cls, counts: Mapping[float, int], level: float, *, step: float = 1.0) -> Quantile:
        """From how often each value occurs. Values are rounded to `step`, so each stands for all within half of it."""
        values = sorted(counts.items())
        n = sum(count for _, count in values)
        if not n:
            return cls(0, 0.0, 0.0)
        width = _Z95 * sqrt(level * (1 - level) / n)
        low, middle, high = (_at(values, each * n, step) for each in (level - width, level, level + width))
        return cls(n, middle, n * ((high - low) / (2 * _Z95)) ** 2)


def plain_mean(estimate: Estimate) -> float:
    """What people know the metric as: an adjusted mean may be below zero and means something in differences only."""
    return estimate.after.mean if isinstance(estimate, Adjusted) else estimate.mean


def covariance(one: Sample, other: Sample, products: float) -> float:
    """Of two numbers of the same units."""
    return (products - one.total * other.total / one.n) / (one.n - 1) if one.n > 1 else 0.0


def theta_of(arms: list[tuple[Sample, Sample, float]]) -> float:
    """How much of the metric (first) the covariate (second) explains, over all arms together; 0: nothing."""
    if not arms:
        return 0.0
    after, before, products = arms[0]
    for each in arms[1:]:
        after, before, products = after + each[0], before + each[1], products + each[2]
    if before.variance <= 0 or after.variance <= 0:
        return 0.0
    return covariance(after, before, products) / before.variance


def _at(values: list[tuple[float, int]], rank: float, step: float) -> float:
    """The value at this rank. Without the step, many equal values would have an error of nothing."""
    for value, count in values:
        if rank <= count:
            return value + step * (max(rank, 0.0) / count - 0.5)
        rank -= count
    return values[-1][0] + step / 2
