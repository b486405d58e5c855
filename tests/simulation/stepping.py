"""The poster without its thread: the real writer, one drawn batch at a time, and crashes on both sides of a commit."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from tests.simulation.scheduler import Crash, Scheduler

from checkstand.accounting import Poster, WriteSet
from checkstand.accounting.poster import BATCH_SIZE
from checkstand.accounting.statements import Statements
from checkstand.infra.db import Database
from checkstand.kernel import Clock

Moment = Literal["before", "after"]
MOMENTS: Final[tuple[Moment, ...]] = ("before", "after")


@dataclass
class Nemesis:
    """Kills the platform at commits that the seed has chosen."""

    rng: random.Random
    chance: float = 0.0
    most: int = 0
    crashes: int = 0

    def strikes(self) -> bool:
        if self.crashes >= self.most or self.rng.random() >= self.chance:
            return False
        self.crashes += 1
        return True


@cache
def _statements(db: Database) -> Statements:
    """SQL that was compiled once is the same for every process; it is no memory of what happened."""
    return Statements(db.engine.dialect)


class Awaited(Future[None]):
    """A future whose waiter gives way instead of blocking the only thread."""

    def __init__(self, poster: SteppedPoster) -> None:
        super().__init__()
        self._poster = poster

    def done(self) -> bool:
        return self._state in ("FINISHED", "CANCELLED_AND_NOTIFIED")  # one thread: nothing to lock

    def result(self, timeout: float | None = None) -> None:
        if not self.done():
            self._poster.wait_for(self)
        return super().result(0)


class SteppedPoster(Poster):
    """Queues as the real one does; the hub decides when a batch is written and how much of the queue is in it."""

    def __init__(
        self, db: Database, clock: Clock, after_commit: Callable[[list[WriteSet]], None] | None = None
    ) -> None:
        super().__init__(db, clock, after_commit)
        self._writer._statements = _statements(db)
        self.waiting: list[tuple[WriteSet, Future[None]]] = []
        self.scheduler: Scheduler | None = None
        self.nemesis = Nemesis(random.Random(0))
        self.dead, self.whole_batches = False, False
        self.committed: Callable[[list[WriteSet]], None] = lambda stored: None

    def start(self) -> None:
        """There is no thread to start."""

    def stop(self) -> None:
        self._writer.close()

    def submit(self, write_set: WriteSet) -> Future[None]:
        if self.dead:
            raise Crash
        future = Awaited(self)
        self.waiting.append((write_set, future))
        return future

    def wait_for(self, future: Future[None]) -> None:
        if self.scheduler is not None and self.scheduler.inside:
            self.scheduler.wait_until(future.done)
        else:  # set-up and checks, outside of any task
            while not future.done():
                self.write_some()

    def write_some(self) -> None:
        """One transaction, over as much of the queue as the seed says."""
        most = min(len(self.waiting), BATCH_SIZE)
        count = self.nemesis.rng.randint(1, most) if self.whole_batches is False else most
        batch, self.waiting = self.waiting[:count], self.waiting[count:]
        for _, future in batch:
            future.set_running_or_notify_cancel()
        if self.nemesis.strikes():
            if MOMENTS[self.nemesis.crashes % 2] == "after":
                outcomes = self._writer.write([write_set for write_set, _ in batch])
                # Nobody is told; only the judge knows at which step it became true.
                self.committed([each[0] for each, outcome in zip(batch, outcomes, strict=True) if outcome is None])
            raise Crash
        self._write(batch)  # type: ignore[arg-type]

    def _tell(self, stored: list[WriteSet]) -> None:
        self.committed(stored)
        super()._tell(stored)

    def die(self) -> Any:
        """What was queued is lost; whoever still holds this poster is dead too."""
        self.dead = True
        self.waiting.clear()
        self._writer.close()
