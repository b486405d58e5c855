"""What the platform hands the simulators, and how they look up test accounts without blocking."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Final

import httpx

from checkstand.kernel import CheckstandError, Clock

Credentials = Mapping[str, str]
# (channel, merchant number) → every usable credential version of that test account, newest first
AccountLookup = Callable[[str, str], Sequence[Credentials]]
# (url, headers, body) → status and body of the merchant's answer; raises httpx.HTTPError
Deliver = Callable[[str, Mapping[str, str], bytes], Awaitable[tuple[int, bytes]]]

ANSWER_WITHIN_S: Final = 5.0
CACHED_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class SimulatorEnv:
    """`base_path` is the mount point; `public_base_url` has no trailing slash and no mount point."""

    truth_dir: Path
    clock: Clock
    accounts: AccountLookup
    public_base_url: str
    base_path: str = "/sim"
    control_token: str | None = None  # None: no control API
    deliver: Deliver | None = None  # None: real HTTP


class SimClock:
    """The provider's clock: the machine's plus an offset that a tester moves.

    Orders expire and notifications are repeated by this clock. Signatures carry the machine's own
    time all the same, because the receivers of a moved simulator have not moved.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_s = 0.0

    def now(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self.offset_s)

    def wall(self) -> datetime:
        return self._clock.now()


class Accounts:
    """The test accounts of one channel. Look-ups run in a thread of their own: they may read a
    database, and the threads of the platform may all be waiting for this very simulator."""

    def __init__(self, channel: str, lookup: AccountLookup) -> None:
        self._channel = channel
        self._lookup = lookup
        self._known: dict[str, tuple[float, tuple[Credentials, ...]]] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"sim-accounts-{channel}")

    async def of(self, merchant: str, *, fresh: bool = False) -> tuple[Credentials, ...]:
        """Every credential version of this merchant, newest first; empty for a stranger."""
        known = self._known.get(merchant)
        if known and not fresh and monotonic() - known[0] < CACHED_S:
            return known[1]
        loop = asyncio.get_running_loop()
        try:
            found = tuple(await loop.run_in_executor(self._pool, self._lookup, self._channel, merchant))
        except CheckstandError:
            if known is None:
                raise
            return known[1]  # a provider knows its merchants whether our database is there or not
        if found:
            self._known[merchant] = (monotonic(), found)
        return found

    def close(self) -> None:
        self._pool.shutdown(wait=False)


class HttpDeliver:
    """Posts notifications the way the providers do: no redirects, no cookies, a short patience."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(follow_redirects=False, timeout=ANSWER_WITHIN_S, trust_env=False)

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        response = await self._client.post(url, headers=dict(headers), content=body)
        return response.status_code, response.content

    async def close(self) -> None:
        await self._client.aclose()
