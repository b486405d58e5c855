"""Intervals that hold at every look: an asymptotic confidence sequence, so that peeking costs nothing.

A fixed-horizon interval is right at one look that was chosen before; who looks daily and stops at the first
significant day is wrong far more often than 5 %. The mixture sequence of Waudby-Smith, Arbour, Sinha, Kennedy and
Ramdas (arXiv:2103.06476v7, equations 9 and 155, ρ by equation 161) is right at all looks together. It is what
GrowthBook's gbstats calls sequential testing, with the same tuning parameter. With N units in both arms and the
variance V of the difference:

    half width = √(V N) · √( 2 (N ρ² + 1) ln(√(N ρ² + 1) / α) ) / (N ρ)
    ρ² = (−2 ln α + ln(1 − 2 ln α)) / N*        N* = 5000: where the interval is tightest

Every function takes numbers or numpy arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from checkstand.experiment.stats.estimates import Estimate

ALPHA: Final = 0.05  # the share of experiments without an effect in which anything is ever declared
TUNING: Final = 5000.0  # units at which the interval is tightest


@dataclass(frozen=True, slots=True)
class Difference:
    """Arm minus control, with an interval for the true difference. Without data both ends are infinite."""

    estimate: float
    low: float
    high: float
    p: float

    @property
    def known(self) -> bool:
        """The data say anything at all."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


def compare(control: Estimate, arm: Estimate, *, alpha: float = ALPHA, tuning: float = TUNING) -> Difference:
    """The difference of two arms, valid at every look."""
    estimate, n = arm.mean - control.mean, control.n + arm.n
    variance = control.variance / control.n + arm.variance / arm.n if control.n and arm.n else 0.0
    if min(control.n, arm.n) < 2 or variance <= 0:
        return Difference(estimate, -np.inf, np.inf, 1.0)
    width = float(half_width(n, variance, alpha=alpha, tuning=tuning))
    p = float(p_value(estimate, n, variance, alpha=alpha, tuning=tuning))
    return Difference(estimate, estimate - width, estimate + width, p)


def half_width(n: Any, variance: Any, *, alpha: float = ALPHA, tuning: float = TUNING) -> Any:
    """Half of the interval's width for `n` units in both arms and this variance of the difference."""
    spread = n * _rho_squared(alpha, tuning) + 1
    return np.sqrt(variance * n * 2 * spread * np.log(np.sqrt(spread) / alpha) / (n**2 * _rho_squared(alpha, tuning)))


def p_value(estimate: Any, n: Any, variance: Any, *, alpha: float = ALPHA, tuning: float = TUNING) -> Any:
    """The smallest α at which 0 is outside the interval; it may be read at any time, and it is never too small."""
    rho_squared = _rho_squared(alpha, tuning)
    spread = n * rho_squared + 1
    # As a logarithm: the evidence of a large effect is a larger number than a float holds.
    evidence = rho_squared * estimate**2 * n / variance / (2 * spread) - np.log(spread) / 2
    return np.exp(np.minimum(-evidence, 0.0))


def _rho_squared(alpha: float, tuning: float) -> float:
    return float((-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / tuning)
