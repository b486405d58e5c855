"""The truth log: what really happened at the simulated provider, on disk before anybody is told.

One JSON object per line, only ever appended. A thread of its own writes and fsyncs, many records at
a time, so the event loop that serves the simulator never waits for a disk. After a crash the state
is rebuilt from the file; a last line that was cut off was never acknowledged and is dropped.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from checkstand.kernel import InvariantBroken

_STOP: Final = None
Item = tuple[bytes, asyncio.Future[None] | None, asyncio.AbstractEventLoop | None]


class TruthLog:
    """Append-only JSON lines."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._queue: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def read(self, *, repair: bool = False) -> Iterator[bytes]:
        """Every complete line. `repair`, for the start only, cuts off a torn last one."""
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if repair and len(whole) < len(content):
            with self.path.open("r+b") as file:
                file.truncate(len(whole))
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                msgspec.json.decode(line)
            except msgspec.DecodeError as error:
                raise InvariantBroken(f"{self.path}:{number} is not JSON; the truth log was edited") from error
            yield line

    def start(self) -> None:
        self._thread = threading.Thread(target=self._write, name=f"truth-{self.path.stem}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is queued, then end the thread."""
        if self._thread is not None:
            self._queue.put(_STOP)
            self._thread.join(timeout=30)
            self._thread = None

    async def append(self, line: bytes) -> None:
        """Return once the line is durable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._queue.put((line, future, loop))
        await future

    def note(self, line: bytes) -> None:
        """Write the line soon; for what may be lost with the process, like a failed delivery."""
        self._queue.put((line, None, None))

    def _write(self) -> None:
        with self.path.open("ab") as file:
            while (item := self._queue.get()) is not _STOP:
                batch = [item]
                try:
                    while (more := self._queue.get_nowait()) is not _STOP:
                        batch.append(more)
                    self._queue.put(_STOP)
                except queue.Empty:
                    pass
                error: OSError | None = None
                try:
                    file.write(b"".join(line + b"\n" for line, _, _ in batch))
                    file.flush()
                    os.fsync(file.fileno())
                except OSError as failed:
                    error = failed  # the waiting requests fail: what is not durable is not acknowledged
                for _, future, loop in batch:
                    if future is not None and loop is not None and not loop.is_closed():
                        loop.call_soon_threadsafe(_settle, future, error)


def _settle(future: asyncio.Future[None], error: OSError | None) -> None:
    if future.done():  # the waiting request was cancelled meanwhile
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
