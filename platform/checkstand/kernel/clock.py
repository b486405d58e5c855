"""Time is handed in, never read: production gets `SystemClock`, tests and simulations a `FrozenClock`."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from checkstand.kernel.errors import CheckstandError


class Clock(Protocol):
    """Tells the instant; always UTC, always aware."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FrozenClock:
    """A clock that moves only when told to."""

    def __init__(self, at: datetime) -> None:
        self._now = at

    def now(self) -> datetime:
        return self._now

    def advance(self, **delta: float) -> datetime:
        """Move forward, `advance(minutes=5)`, and tell the new instant."""
        self._now += timedelta(**delta)
        return self._now


class DurationError(CheckstandError):
    code = "duration.invalid"
    message = "This is not an ISO 8601 duration."
    remedy = "Write days, hours, minutes and seconds like P7D, PT15M or PT1H30M."


_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def duration_s(text: str) -> int:
    """Seconds of an ISO 8601 duration; years and months are refused because their length varies."""
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith("T") or text == "P":
        raise DurationError(f"{text!r} is not a duration like P7D or PT15M")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + seconds


def monotonic_s() -> float:
    """For measuring how long something took; never for instants."""
    return time.monotonic()
