"""Runs due jobs in threads: claims, calls the handler, finishes in one guarded commit."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import structlog

from checkstand.accounting import CommitUnknown, EdgeRefused, WriteSet
from checkstand.app.platform import Platform
from checkstand.infra.jobs import Job, claim_op, due, job_op, leased_here
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError
from checkstand.monitoring.audit import PLATFORM

log = structlog.get_logger("jobs")

POLL_MIN_S: Final = 0.2
POLL_MAX_S: Final = 2.0
# Back-off of a handler that fails by mistake (ours), not by plan.
ERROR_DELAYS_S: Final = (1, 5, 15, 60, 300, 900)


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done; these writes go into the same commit."""

    writes: WriteSet = field(default_factory=WriteSet)


@dataclass(frozen=True, slots=True)
class Again:
    """The job goes on at `due_at`; these writes go into the same commit, and so does what it is to know then."""

    due_at: datetime
    writes: WriteSet = field(default_factory=WriteSet)
    error: str | None = None
    payload: Mapping[str, Any] | None = None


Handler = Callable[["Platform", Job], Finished | Again]


class JobRunner:
    """A poller and a few worker threads. Stopping waits for the running handlers."""

    def __init__(
        self, platform: Platform, handlers: Mapping[str, Handler], *, workers: int = 4, daily: Sequence[str] = ()
    ) -> None:
        self.platform = platform
        self.handlers = handlers
        self.daily = daily  # kinds that this process begins once a day; doing one twice does nothing twice
        self._day: date | None = None
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"job-{i}", daemon=True) for i in range(workers)]
        self._poller = threading.Thread(target=self._poll, name="job-poller", daemon=True)

    def start(self) -> None:
        for thread in (*self._threads, self._poller):
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()
        self._poller.join(timeout=10)
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout=15)

    def committed(self, ops: Sequence[Op]) -> None:
        """Called after a commit of this process: start at once what it has leased to itself."""
        if not self._stop.is_set():
            for job in leased_here(ops):
                self._queue.put(job)

    def run_due(self, now: datetime | None = None) -> int:
        """Run everything that is due in this thread and tell how many ran; for tests and simulations."""
        ran = 0
        while jobs := [*self._leased(), *self._claim(now or self.platform.clock.now())]:
            for job in jobs:
                self.run(job)
                ran += 1
        return ran

    def _leased(self) -> list[Job]:
        """What this process has leased to itself and not begun."""
        jobs = []
        while not self._queue.empty():
            job = self._queue.get()
            if job is not None:
                jobs.append(job)
        return jobs

    def run(self, job: Job) -> None:
        """Run one claimed job. Whatever happens, it is finished, postponed, or its lease runs out."""
        try:
            result = self.handlers[job.kind](self.platform, job)
            now = self.platform.clock.now()
            if isinstance(result, Finished):
                end = job.done_op(now)
            else:
                end = job.again_op(result.due_at, result.error, result.payload)
            self.platform.poster.commit(WriteSet(ops=[end]) + result.writes)
        except EdgeRefused as refused:
            # Somebody moved the object between our read and our write: read again and decide anew.
            self._postpone(job, 0, refused.detail)
        except CommitUnknown:
            log.warning("job.commit_unknown", job=job.job_id, kind=job.kind)  # the lease runs out, then it runs again
        except CheckstandError as refused:
            self._fail(job, f"{refused.code}: {refused.detail}")
        except Exception as error:  # a mistake in one job: told, tried again later, the others go on
            log.exception("job.failed", job=job.job_id, kind=job.kind)
            self._fail(job, repr(error))

    def _fail(self, job: Job, error: str) -> None:
        self._postpone(job, ERROR_DELAYS_S[min(job.attempts, len(ERROR_DELAYS_S)) - 1], error)

    def _postpone(self, job: Job, delay_s: float, error: str) -> None:
        try:
            due_at = self.platform.clock.now() + timedelta(seconds=delay_s)
            self.platform.poster.commit(WriteSet(ops=[job.again_op(due_at, error[:2000])]))
            self._wake.set()
        except CheckstandError:
            pass  # another worker holds the lease now; the job is in its hands

    def _claim(self, now: datetime) -> list[Job]:
        with self.platform.db.read() as connection:
            rows = due(connection, now)
        claimed = []
        futures = []
        for row in rows:
            job, op = claim_op(row, now)
            futures.append((job, self.platform.poster.submit(WriteSet(ops=[op]))))
        for job, future in futures:
            try:
                future.result()
                claimed.append(job)
            except CheckstandError:
                continue  # another worker was faster
        return claimed

    def _poll(self) -> None:
        wait_s = POLL_MIN_S
        while not self._stop.is_set():
            jobs: list[Job] = []
            try:
                jobs = self._claim(self.platform.clock.now())
                self.begin_day()
            except Exception:  # a worker that stopped asking would leave every timer unset
                log.exception("jobs.poll_failed")
            for job in jobs:
                self._queue.put(job)
            wait_s = POLL_MIN_S if jobs else min(wait_s * 1.5, POLL_MAX_S)
            if self._wake.wait(wait_s):
                wait_s = POLL_MIN_S
            self._wake.clear()

    def begin_day(self) -> None:
        """Write the daily jobs, when it is another day than last time."""
        now = self.platform.clock.now()
        if self._day == now.date():
            return
        day = now.date().isoformat()
        jobs = [job_op(PLATFORM, kind, day, {}, due_at=now, now=now) for kind in self.daily]
        self.platform.poster.commit(WriteSet(ops=list(jobs)))
        self._day = now.date()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            self.run(job)
