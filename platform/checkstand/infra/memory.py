"""What every request reads and hardly anybody changes: keys, names, accounts, the published version.

Kept for less than a second. A commit of this process forgets at once what it changed; another process's commit
is seen within the second, which is how soon a published version must reach every worker. The time runs from before
the reading, and a fifth of the second is left for the commit, the next reading and whatever waits for its turn.
Nothing that decides about money is kept: balances, states and limits are read anew each time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, TypeVar

from sqlalchemy import Table

from checkstand.infra.ops import Op, Update

V = TypeVar("V")

KEEP_S: Final = 0.8
MOST: Final = 4096  # entries; over that everything is read anew


class Memory:
    """Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._tables: set[Table] = set()
        self._lock = threading.Lock()
        self._generation = 0

    def recall(self, key: Hashable, tables: Iterable[Table], read: Callable[[], V]) -> V:
        """The value of `read`, at most a second old. `tables`: the ones it comes from."""
        found = self._kept.get(key)
        if found is not None and found[0] > self._clock():
            value: V = found[1]
            return value
        with self._lock:
            self._tables.update(tables)
            generation = self._generation
        until = self._clock() + KEEP_S
        value = read()
        with self._lock:
            if generation == self._generation:  # else somebody wrote while we read
                if len(self._kept) >= MOST:
                    self._kept = {}
                self._kept[key] = (until, value)
        return value

    def written(self, ops: Iterable[Op]) -> None:
        """Forget everything when one of these changes what was read; a counter that goes up does not."""
        if any(op.table in self._tables and not (isinstance(op, Update) and not op.values) for op in ops):
            self.forget()

    def forget(self) -> None:
        with self._lock:
            self._generation += 1
            self._kept = {}
