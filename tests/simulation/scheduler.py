"""One thread, many tasks, one seed: who goes on next is drawn, so every interleaving can be had again.

A task is a greenlet. It gives way where a real process would wait: before it reads, while the poster writes for
it, and while a message is under way. Two kinds of task live here: those of the platform die in a crash, those of
the world around it (shoppers, channels, the bank, the merchant) go on and only notice that nobody answers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from greenlet import getcurrent, greenlet

from checkstand.kernel import FrozenClock

MOST_STEPS: Final = 200_000  # a history that takes more than this runs in circles


class Crash(BaseException):
    """The process is gone. No handler of the platform may catch it: the dead do not tidy up."""


class Stuck(AssertionError):
    """Somebody waits for something that nobody will ever do."""


@dataclass(eq=False)
class Task:
    """One thread of the real world."""

    name: str
    greenlet: greenlet
    mortal: bool  # part of the platform's process
    ready: Callable[[], bool] | None = None  # what it waits for; None: nothing
    wakes_at: datetime | None = None


@dataclass
class Scheduler:
    """Draws who goes on; moves the clock when everybody waits."""

    rng: random.Random
    clock: FrozenClock
    tasks: list[Task] = field(default_factory=list)
    steps: int = 0
    most_steps: int = MOST_STEPS
    eagerness: float = 0.4  # of the poster: how often it writes before others may add to its batch
    # The platform's own work between tasks (the poster's batch): whether there is some, and doing it.
    has_work: Callable[[], bool] = lambda: False
    work: Callable[[], None] = lambda: None
    crashed: Callable[[], None] = lambda: None
    next_timer: Callable[[], datetime | None] = lambda: None
    _current: Task | None = None
    _hub: Any = field(default_factory=getcurrent)

    def spawn(self, name: str, run: Callable[[], Any], *, mortal: bool = False) -> Task:
        """Begin a task; it runs when it is drawn."""

        def body() -> None:
            try:
                run()
            except Crash:
                pass

        task = Task(name, greenlet(body, parent=self._hub), mortal)
        self.tasks.append(task)
        return task

    # ── what tasks call ─────────────────────────────────────────────────────────────────────────

    @property
    def inside(self) -> bool:
        """Whether a task is running, not the hub or the set-up around it."""
        return self._current is not None and getcurrent() is self._current.greenlet

    def give_way(self) -> None:
        """Let somebody else go first, perhaps."""
        if self.inside:
            self._hub.switch()

    def wait_until(self, ready: Callable[[], bool]) -> None:
        self._myself().ready = ready
        self._hub.switch()

    def sleep(self, seconds: float) -> None:
        self._myself().wakes_at = self.clock.now() + timedelta(seconds=seconds)
        self._hub.switch()

    def _myself(self) -> Task:
        if self._current is None or not self.inside:
            raise Stuck("only a task can wait")
        return self._current

    # ── the hub ─────────────────────────────────────────────────────────────────────────────────

    def run(self, until: Callable[[], bool], *, horizon: datetime | None = None) -> None:
        """Go on until this holds; the clock goes no further than the horizon."""
        while not until():
            self.steps += 1
            if self.steps > self.most_steps:
                raise Stuck(f"no end after {self.steps} steps: {[task.name for task in self.tasks]}")
            runnable = [task for task in self.tasks if self._may_run(task)]
            # The poster is one of those who may go next, a little more eager than the others: batches stay small.
            works = self.has_work()
            if works and (not runnable or self.rng.random() < self.eagerness):
                try:
                    self.work()
                except Crash:
                    self._bury()
                continue
            if not runnable:
                if not self._pass_time(horizon):
                    return
                continue
            self._resume(runnable[self.rng.randrange(len(runnable))])

    def _may_run(self, task: Task) -> bool:
        if task.wakes_at is not None and task.wakes_at > self.clock.now():
            return False
        return task.ready is None or task.ready()

    def _resume(self, task: Task) -> None:
        task.ready, task.wakes_at = None, None
        self._current = task
        try:
            task.greenlet.switch()
        finally:
            self._current = None
        if task.greenlet.dead:
            self.tasks.remove(task)

    def _pass_time(self, horizon: datetime | None) -> bool:
        """Everybody waits for the clock: move it to the next thing that happens."""
        now = self.clock.now()
        times = [task.wakes_at for task in self.tasks if task.wakes_at is not None and task.wakes_at > now]
        timer = self.next_timer()
        if timer is not None:
            times.append(max(timer, now))
        if not times or (horizon is not None and min(times) > horizon):
            return False
        target = min(times)
        if target <= now:  # a job that is due, and nobody took it
            target = now + timedelta(seconds=1)
        self.clock.advance(seconds=(target - now).total_seconds())
        return True

    def _bury(self) -> None:
        """Everything of the platform that is in memory is gone; then it is started again."""
        dead = [task for task in self.tasks if task.mortal]
        self.tasks = [task for task in self.tasks if not task.mortal]
        for task in dead:
            if task.greenlet:  # begun: unwind it, so that it lets go of its connections
                task.greenlet.throw(Crash)
        self.crashed()
