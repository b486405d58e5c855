"""An interval as a picture: numbers for an inline SVG, which needs no style and no script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkstand.experiment.metrics import METRICS
from checkstand.experiment.stats import Comparison

WIDTH: Final = 240
EDGE: Final = 8  # room for the caps at both sides


@dataclass(frozen=True, slots=True)
class Picture:
    """Positions from left to right; no difference is in the middle."""

    low: float
    high: float
    estimate: float
    margin: float | None  # how far a guardrail may go
    bad_from: float  # the side on which the arm is worse
    bad_to: float
    width: int = WIDTH

    @property
    def middle(self) -> float:
        return self.width / 2


def interval(each: Comparison) -> Picture:
    """The picture of one comparison with a known interval. Each has a scale of its own: the words have the numbers."""
    difference = each.difference
    reach = max(abs(difference.low), abs(difference.high), each.margin, 1e-12)

    def at(value: float) -> float:
        return round(WIDTH / 2 + value / reach * (WIDTH / 2 - EDGE), 1)

    less_is_better = METRICS[each.metric].better < 0
    return Picture(
        low=at(difference.low),
        high=at(difference.high),
        estimate=at(difference.estimate),
        margin=at(each.margin if less_is_better else -each.margin) if each.margin else None,
        bad_from=WIDTH / 2 if less_is_better else 0,
        bad_to=WIDTH if less_is_better else WIDTH / 2,
    )
