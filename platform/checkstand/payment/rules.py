"""How a refund is shared out over the legs of a composite payment (docs/decisions/0013). Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from checkstand.kernel import must


class LegLeft(NamedTuple):
    """What one leg can still give back."""

    leg: int
    internal: bool
    left_minor: int


def split_refund(amount_minor: int, legs: Sequence[LegLeft]) -> dict[int, int]:
    """Leg → its part of this refund. The channel's money goes back first, then the balance's.

    Whole minor units are taken leg by leg, so nothing is rounded, no leg gives back more than it has left, and
    the parts are the amount whatever slices a payment is refunded in.
    """
    parts: dict[int, int] = {}
    rest = amount_minor
    for leg in sorted(legs, key=lambda each: (each.internal, -each.leg)):
        part = min(rest, leg.left_minor)
        if part > 0:
            parts[leg.leg] = part
            rest -= part
    must(rest == 0, "a refund is at most what its legs have left", missing=rest)
    return parts
