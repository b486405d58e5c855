"""Keeps calls in memory for a moment and writes many at once, so that no request ever waits for its log line."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from sqlalchemy.exc import OperationalError

from checkstand.infra.db import Database
from checkstand.kernel import new_id
from checkstand.monitoring.request_log import write_requests
from checkstand.monitoring.request_row import Call, Owner, row_of

MOST_CALLS: Final = 5000  # waiting to be written; more are counted and dropped
MOST_BYTES: Final = 16 * 1024 * 1024  # of their bodies
BATCH: Final = 500
GATHER_S: Final = 0.25
RETRY_S: Final = 1.0

log = structlog.get_logger("request_log")


@dataclass
class RequestRecorder:
    """A bounded queue and the thread that empties it; any thread may `keep`."""

    db: Database
    owner_of: Callable[[str], Owner | None]  # of a key as it was sent
    most_calls: int = MOST_CALLS
    _waiting: deque[Call] = field(default_factory=deque)
    _bytes: int = 0
    _dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)  # of the three above
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _some: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write; harmless when running."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end."""
        self._stop.set()
        self._some.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if not self.flush():
            log.warning("request_log.lost", calls=len(self._waiting))

    def keep(self, call: Call) -> None:
        """Remember a finished call. Never waits, never raises."""
        with self._lock:
            if len(self._waiting) >= self.most_calls or self._bytes + call.weight > MOST_BYTES:
                self._drop(call)
                return
            self._waiting.append(call)
            self._bytes += call.weight
        self._some.set()

    def flush(self) -> bool:
        """Write everything that waits now; False when the database refuses, then it waits on."""
        with self._writing:
            while batch := self._take():
                if not self._write(batch):
                    return False
            return True

    def _run(self) -> None:
        while not self._stop.is_set():
            self._some.wait()
            self._stop.wait(GATHER_S)  # a few more may come
            self._some.clear()
            if not self.flush():
                self._stop.wait(RETRY_S)
                self._some.set()

    def _take(self) -> list[Call]:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            self._bytes -= sum(call.weight for call in batch)
            return batch

    def _put_back(self, batch: list[Call]) -> None:
        with self._lock:
            self._waiting.extendleft(reversed(batch))
            self._bytes += sum(call.weight for call in batch)

    def _drop(self, call: Call) -> None:
        if call.tenant_id:  # whose a call is that nobody has looked up stays unknown
            self._dropped[call.tenant_id, call.mode] += 1

    def _write(self, batch: list[Call]) -> bool:
        lost: Counter[tuple[str, str]] = Counter()
        try:
            rows = [row_of(call) for call in batch if self._owned(call)]
            with self._lock:
                lost, self._dropped = self._dropped, lost
            gaps = [
                {"tenant_id": tenant, "gap_id": new_id("gap"), "mode": mode, "created_at": batch[-1].created_at,
                 "dropped": count}
                for (tenant, mode), count in lost.items()
            ]  # fmt: skip
            if rows or gaps:
                with self.db.aside() as connection:
                    write_requests(connection, rows, gaps)
            return True
        except OperationalError as error:  # busy or away for a moment: the rows wait, new ones may be dropped
            log.warning("request_log.postponed", error=str(error.orig))
            self._put_back(batch)
        except Exception:  # a mistake of ours must neither repeat for ever nor go unseen
            log.exception("request_log.failed", calls=len(batch))
            lost.update((call.tenant_id, call.mode) for call in batch if call.tenant_id)
        with self._lock:
            self._dropped.update(lost)
        return False

    def _owned(self, call: Call) -> bool:
        owner: Any = None if call.tenant_id or not call.secret else self.owner_of(call.secret)
        call.secret = ""
        if owner is not None:
            call.belongs_to(owner)
        return bool(call.tenant_id)
