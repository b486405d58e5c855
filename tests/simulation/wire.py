"""A message to somebody outside and the answer: it arrives now, later or never, and the answer may be lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from tests.simulation.scheduler import Scheduler

T = TypeVar("T")
CALL_TAKES_AT_MOST_S: Final = 10.0
Fate = Literal["fine", "never_arrives", "answer_lost"]


@dataclass
class Odds:
    """How bad the world is; zero while it heals."""

    fault: float = 0.0
    refuse: float = 0.0


@dataclass
class Wire:
    """What was sent arrives even when the sender has died meanwhile."""

    scheduler: Scheduler
    rng: random.Random
    odds: Odds

    def call(self, perform: Callable[[], T], lost: Callable[[], T]) -> T:
        """The answer, or `lost()` when none came."""
        if not self.scheduler.inside:
            return perform()
        fate, box = self._fate(), list[T]()
        if fate != "never_arrives":
            delay_s = 0.0 if fate == "fine" else self.rng.choice((0.0, 0.0, 1.0, 30.0))

            def arrive() -> None:
                if delay_s:
                    self.scheduler.sleep(delay_s)
                box.append(perform())

            self.scheduler.spawn("request", arrive)
        if fate == "fine":
            self.scheduler.wait_until(lambda: bool(box))
            return box[0]
        self.scheduler.sleep(self.rng.choice((0.5, CALL_TAKES_AT_MOST_S)))
        return lost()

    def _fate(self) -> Fate:
        if self.rng.random() >= self.odds.fault:
            return "fine"
        return self.rng.choice(("never_arrives", "answer_lost", "answer_lost"))
