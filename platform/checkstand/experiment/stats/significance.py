"""Tests beside the comparison of arms: is the split as configured, and how many of several findings count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SRM_ALPHA: Final = 0.001  # a split this unlikely is a mistake in the set-up, not chance
MULTIPLE_SHARE: Final = 0.01  # more than this in two arms: somebody's arm is not kept
LEAST_EXPECTED: Final = 5  # below, χ² is no good approximation


def srm_p(counts: Sequence[int], weights: Sequence[float]) -> float:
    """Sample ratio mismatch: how likely a split is at least this far from the weights (χ², Pearson)."""
    from scipy.special import chdtrc  # large, and only results need it

    pairs = [(count, weight) for count, weight in zip(counts, weights, strict=True) if weight > 0]
    total, weight_sum = sum(count for count, _ in pairs), sum(weight for _, weight in pairs)
    if len(pairs) < 2 or total == 0:
        return 1.0
    expected = [weight / weight_sum * total for _, weight in pairs]
    if min(expected) < LEAST_EXPECTED:
        return 1.0
    statistic = sum((count - each) ** 2 / each for (count, _), each in zip(pairs, expected, strict=True))
    return float(chdtrc(len(pairs) - 1, statistic))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for their number (Holm 1979), in the order they came: below α is significant."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted, highest = [1.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted
