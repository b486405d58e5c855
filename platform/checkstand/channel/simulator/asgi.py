"""Just enough ASGI for a simulator: the raw target and body as they arrived, and silence as an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 1_000_000
HANG_S = 60.0  # how long a dropped connection is held when the client does not give up


@dataclass(frozen=True, slots=True)
class Request:
    """`target` is path and query exactly as received; signatures cover it. `path` is below the mount."""

    method: str
    target: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    client: str

    @property
    def query_string(self) -> str:
        return self.target.partition("?")[2]

    @property
    def query(self) -> dict[str, str]:
        return _flat(self.query_string)

    @property
    def form(self) -> dict[str, str]:
        return _flat(self.body.decode("utf-8", "replace"))


def _flat(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class NoAnswer(Exception):
    """The connection is left hanging: the client sees a timeout and cannot know what happened."""


def html(text: str, status: int = 200) -> Response:
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action *; base-uri 'none'"
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "cache-control": "no-store",
    }
    return Response(status, text.encode(), headers)


def see_other(url: str) -> Response:
    return Response(303, headers={"location": url})


async def read_request(scope: Scope, receive: Receive, mount: str) -> Request:
    """Collect the body and cut the mount point off the path; `mount` is how the raw path begins."""
    raw = scope.get("raw_path") or scope["path"].encode()
    target = urlsplit(raw.decode("ascii", "replace")).path  # some servers put the query here too
    path = unquote(target.removeprefix(mount)) or "/"
    if query := scope.get("query_string", b""):
        target += "?" + query.decode("ascii", "replace")
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY or not message.get("more_body", False):
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    client = (scope.get("client") or ("", 0))[0]
    return Request(scope["method"], target, path, headers, bytes(body), client)


async def answer(send: Send, response: Response) -> None:
    headers = {"content-length": str(len(response.body)), **response.headers}
    if response.status == 204:
        headers.pop("content-length")
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    await send({"type": "http.response.body", "body": response.body})


async def hang(receive: Receive) -> None:
    """Keep the line open and silent until the client gives up."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            await asyncio.sleep(0)

    try:
        await asyncio.wait_for(gone(), HANG_S)
    except TimeoutError:
        return
