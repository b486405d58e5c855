"""When to try again: the schedule that Standard Webhooks recommends, about 75 hours in all."""

from __future__ import annotations

import random
from typing import Final

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE

# The pause after the first, second, … failed attempt; the first attempt itself is made at once.
DELAYS_S: Final = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
MAX_ATTEMPTS: Final = len(DELAYS_S) + 1
JITTER: Final = 0.10  # so that the messages of one outage do not all come back in the same second


def next_delay_s(attempt: int, rng: random.Random) -> float | None:
    """Seconds until the attempt after this failed one (the first is 1); None when that was the last."""
    if attempt >= MAX_ATTEMPTS:
        return None
    return DELAYS_S[max(attempt, 1) - 1] * rng.uniform(1 - JITTER, 1 + JITTER)
