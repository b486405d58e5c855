"""The way out: one POST to a judged address, within one deadline for everything.

The exchange runs on an event loop of its own, because only there can a deadline end a receiver that
answers one byte every fourteen seconds; a job thread would hang with it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

import httpx

from checkstand.infra.webhooks.address import Address, AddressPolicy, Target, judge, parse_target
from checkstand.infra.webhooks.errors import WebhookHostUnknown
from checkstand.kernel import CheckstandError

TIMEOUT_S: Final = 15.0
EXCERPT_BYTES: Final = 2048

T = TypeVar("T")
Resolver = Callable[[str, int], Awaitable[list[Address]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status_code` is None when nothing did; `sent` is False when it never left this machine."""

    status_code: int | None
    excerpt: str | None
    error: str | None
    duration_ms: int
    sent: bool = True


async def resolve(host: str, port: int) -> list[Address]:
    """Every address of the host, in the order in which the system would try them."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise WebhookHostUnknown(f"the host {host!r} cannot be found", host=host) from None
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


class Sender:
    """Sends webhooks for every job thread of this process; start on first use, `close()` at the end."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S, resolver: Resolver = resolve) -> None:
        self._timeout_s = timeout_s
        self._resolver = resolver
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def send(self, url: str, body: bytes, headers: Mapping[str, str], policy: AddressPolicy) -> Answer:
        """Post once. Whatever happens is an `Answer`; nothing is raised for what the other side does."""
        began = time.monotonic()

        def answer(status: int | None, excerpt: str | None, error: str | None, *, sent: bool = True) -> Answer:
            return Answer(status, excerpt, error, int((time.monotonic() - began) * 1000), sent)

        try:
            status, excerpt = self._run(self._post(url, body, headers, policy))
        except CheckstandError as refused:
            return answer(None, None, f"{refused.code}: {refused.detail}", sent=False)
        except TimeoutError:
            return answer(None, None, f"no complete answer within {self._timeout_s:g} s")
        except httpx.HTTPError as broken:
            return answer(None, None, f"{type(broken).__name__}: {broken}"[:500])
        return answer(status, excerpt, None)

    def check(self, url: str, policy: AddressPolicy) -> None:
        """Refuse an address that webhooks could never reach; for the moment in which an endpoint is created."""
        try:
            self._run(self._address(parse_target(url, policy), policy))
        except TimeoutError:
            raise WebhookHostUnknown("the host's name server does not answer") from None

    def close(self) -> None:
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str], policy: AddressPolicy) -> tuple[int, str]:
        target = parse_target(url, policy)
        address = await self._address(target, policy)
        # No connection is kept: one opened for a host must never carry the message of another on the same address.
        # No proxy from the environment either: it would resolve the name again, out of our sight.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with (
            httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=self._timeout_s, limits=limits) as client,
            client.stream(
                "POST",
                target.url_at(address),
                content=body,
                headers={**headers, "host": target.authority},
                follow_redirects=False,
                extensions={"sni_hostname": target.host},
            ) as response,
        ):
            excerpt = b""
            async for chunk in response.aiter_raw():
                excerpt += chunk[: EXCERPT_BYTES - len(excerpt)]
                if len(excerpt) >= EXCERPT_BYTES:
                    break
            return response.status_code, excerpt.decode("utf-8", "replace").replace("\x00", "")

    async def _address(self, target: Target, policy: AddressPolicy) -> Address:
        return judge(await self._resolver(target.host, target.port), policy, target.host)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end or to the deadline, from any thread."""

        async def within_deadline() -> T:
            async with asyncio.timeout(self._timeout_s):
                return await work

        return asyncio.run_coroutine_threadsafe(within_deadline(), self._started()).result()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="webhook-sender", daemon=True)
                self._thread.start()
            return self._loop

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()
