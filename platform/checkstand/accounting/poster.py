"""The poster: one thread that writes what everybody decides, many decisions in one commit.

Commits are the expensive part: the disk confirms each of them. Callers hand over a write set and wait;
the thread takes whatever has queued up meanwhile and writes it in one transaction. A lone caller waits
for nobody, a crowd shares one commit, and since there is one writer, hot accounts are never fought over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Final

import structlog

from checkstand.accounting.errors import LedgerUnavailable
from checkstand.accounting.model import WriteSet
from checkstand.accounting.writer import Outcome, Writer
from checkstand.infra.db import Database
from checkstand.kernel import Clock

# More in one commit hardly adds throughput, but everybody in it waits longer (money.md §7.1).
BATCH_SIZE: Final = 128

_Item = tuple[WriteSet, "Future[None]"]
_log = structlog.get_logger(__name__)


class Poster:
    """Writes write sets durably. `after_commit` is called with those just stored; money must not move there."""

    def __init__(
        self, db: Database, clock: Clock, after_commit: Callable[[list[WriteSet]], None] | None = None
    ) -> None:
        self._writer = Writer(db, clock)
        self._after_commit = after_commit
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._open = False
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write; harmless when running."""
        with self._gate:
            if self._open:
                return
            self._open = True
            self._thread = threading.Thread(target=self._run, name="poster", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what was submitted before this call, then end; later submissions are refused."""
        with self._gate:
            thread, was_open = self._thread, self._open
            if was_open:
                self._open = False
                self._queue.put(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def submit(self, write_set: WriteSet) -> Future[None]:
        """Queue a write set; the future is done once it is durable, or tells why it was refused."""
        future: Future[None] = Future()
        with self._gate:  # so that nothing is queued behind the end
            if not self._open:
                raise LedgerUnavailable("the poster is not running")
            self._queue.put((write_set, future))
        return future

    def commit(self, write_set: WriteSet) -> None:
        """Store everything of the write set, or nothing; returns when it is durable."""
        self.submit(write_set).result()

    def _run(self) -> None:
        more = True
        while more:
            batch, more = self._next_batch()
            if batch:
                self._write(batch)
        self._writer.close()

    def _next_batch(self) -> tuple[list[_Item], bool]:
        """Wait for one item, then take all that is there; False when the poster was stopped."""
        batch: list[_Item] = []
        item = self._queue.get()
        while True:
            if item is None:
                return batch, False
            if item[1].set_running_or_notify_cancel():
                batch.append(item)
            if len(batch) >= BATCH_SIZE:
                return batch, True
            try:
                item = self._queue.get_nowait()
            except Empty:
                return batch, True

    def _write(self, batch: list[_Item]) -> None:
        try:
            outcomes: list[Outcome] = self._writer.write([write_set for write_set, _ in batch])
        except Exception as error:  # a mistake of ours must not leave anybody waiting for ever
            _log.exception("poster.batch_failed", size=len(batch))
            outcomes = [error] * len(batch)
        # Told before the callers go on, so that what they read next is not what was remembered before.
        self._tell([write_set for (write_set, _), outcome in zip(batch, outcomes, strict=True) if outcome is None])
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if outcome is None:
                future.set_result(None)
            else:
                future.set_exception(outcome)

    def _tell(self, stored: list[WriteSet]) -> None:
        if self._after_commit is None or not stored:
            return
        try:
            self._after_commit(stored)
        except Exception:  # whoever wanted to be woken polls as well
            _log.exception("poster.after_commit_failed")
