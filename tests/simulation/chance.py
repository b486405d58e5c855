"""Ids, tokens and jitter from the seed: a history that is run again makes the same rows, byte for byte."""

from __future__ import annotations

import random
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from checkstand.accounting import writer
from checkstand.app import outbox
from checkstand.app.payouts import watch_returns
from checkstand.kernel import FrozenClock, ids


class Chance:
    """Stands where the platform asks the machine for time and randomness of its own."""

    def __init__(self, seed: int, clock: FrozenClock) -> None:
        self.begin(seed)
        self.clock = clock
        self._kept: tuple[Any, ...] = ids.secrets, ids.time, writer.time, watch_returns.PAUSE

    def begin(self, seed: int) -> None:
        """From here on everything follows from this seed."""
        self._rng = random.Random(f"ids-{seed}")
        outbox._rng.seed(seed)
        ids._last_ms = ids._counter = 0

    def install(self) -> None:
        """From here on new ids come from the seed and the frozen clock."""
        ids.secrets = SimpleNamespace(randbits=self._bits, token_urlsafe=self._token)  # type: ignore[assignment]
        ids.time = SimpleNamespace(time_ns=self._time_ns)  # type: ignore[assignment]
        writer.time = SimpleNamespace(sleep=lambda _: None)  # type: ignore[assignment]  # there is nobody to wait for
        watch_returns.PAUSE = timedelta(hours=4)  # type: ignore[misc]  # hourly looks over weeks would be most of a history

    def remove(self) -> None:
        ids.secrets, ids.time, writer.time, watch_returns.PAUSE = self._kept  # type: ignore[misc]
        ids._last_ms = ids._counter = 0

    def _bits(self, count: int) -> int:
        return self._rng.getrandbits(count)

    def _token(self, size: int = 24) -> str:
        return f"{self._rng.getrandbits(8 * size):0{2 * size}x}"

    def _time_ns(self) -> int:
        return int(self.clock.now().timestamp() * 1000) * 1_000_000
