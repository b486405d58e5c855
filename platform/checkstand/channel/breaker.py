"""A circuit breaker per channel account. It only hides a channel from new attempts.

An open attempt is never failed by it: what the channel did not say stays unknown. In memory and per
process on purpose: each worker learns within a few calls, and nothing has to be repaired afterwards.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from checkstand.channel.port import Answer
from checkstand.channel.reasons import Reason

_BAD = (Reason.NO_ANSWER, Reason.CHANNEL_UNAVAILABLE)


@dataclass(slots=True)
class _Circuit:
    recent: deque[bool] = field(default_factory=lambda: deque(maxlen=10))
    open_until: datetime | None = None


class CircuitBreaker:
    """Opens when most of the last calls went unanswered; lets one attempt probe when the pause is over."""

    def __init__(self, *, failures: int = 5, pause: timedelta = timedelta(seconds=30)) -> None:
        self._failures, self._pause = failures, pause
        self._circuits: dict[str, _Circuit] = {}
        self._lock = threading.Lock()

    def record(self, channel_account_id: str, answer: Answer, now: datetime) -> None:
        """Count one call. Only silence and outages count; a refusal is an answer."""
        bad = answer.reason in _BAD
        with self._lock:
            circuit = self._circuits.setdefault(channel_account_id, _Circuit())
            circuit.recent.append(bad)
            if not bad:
                circuit.recent.clear()
                circuit.open_until = None
            elif sum(circuit.recent) >= self._failures:
                circuit.open_until = now + self._pause

    def is_open(self, channel_account_id: str, now: datetime) -> bool:
        """Whether to hide it now. After the pause the next caller probes; the others wait one more pause."""
        with self._lock:
            circuit = self._circuits.get(channel_account_id)
            if circuit is None or circuit.open_until is None:
                return False
            if now < circuit.open_until:
                return True
            circuit.open_until = now + self._pause
            return False
