"""Ids that carry their kind and sort by time: `pay_01jd…`.

The body is a UUIDv7 in Crockford base 32: 26 lower-case characters, so an id fits every channel's
32-character order number, and rows inserted together sit together in the index.
"""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime
from typing import Final

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"

_PAIRS: Final = [first + second for first in ALPHABET for second in ALPHABET]  # two characters a step

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def uuid7_int() -> int:
    """A UUIDv7 as a 128-bit integer; strictly increasing within one process."""
    global _last_ms, _counter  # noqa: PLW0603 - one monotonic counter per process is the point
    with _lock:
        now = time.time_ns() // 1_000_000
        if now > _last_ms:
            _last_ms, _counter = now, secrets.randbits(10)
        else:
            _counter += 1
            if _counter >= 1 << 12:
                _last_ms, _counter = _last_ms + 1, 0
        ms, counter = _last_ms, _counter
    return (ms << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | secrets.randbits(62)


def new_id(prefix: str) -> str:
    """A fresh id of this kind: `new_id("pay")` → `pay_01jd…` (prefix, underscore, 26 characters)."""
    return f"{prefix}_{_written(uuid7_int())}"


def first_id(prefix: str, at: datetime) -> str:
    """The smallest id that can have been made from this moment on: ids above it are not older."""
    return f"{prefix}_{_written(int(at.timestamp() * 1000) << 80)}"


def _written(value: int) -> str:
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)])


def new_token() -> str:
    """An unguessable URL token: 192 random bits."""
    return secrets.token_urlsafe(24)
