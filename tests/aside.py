"""Coroutines in tests, run in a thread of their own: a browser test of the same process may own this thread's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result."""
    with ThreadPoolExecutor(1, thread_name_prefix="aside") as pool:
        return pool.submit(asyncio.run, work).result()
