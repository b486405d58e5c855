"""The load generator, a process of its own: a few keep-alive connections over plain sockets, so that it costs little.

python -m tests.bench.load '{"kind": "page", …}'        prints one JSON object
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit


class Connection:
    """HTTP/1.1 as far as our own server speaks it: `Content-Length` answers on one keep-alive connection."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def open(self) -> Connection:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=2**20)
        return self

    async def request(self, method: str, path: str, headers: str = "", body: bytes = b"") -> tuple[int, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n{headers}"
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return int(answer[9:12]), await self._reader.readexactly(int(length or b"0"))


Step = Callable[[Connection, int], Awaitable[None]]


async def run(base_url: str, step: Step, callers: int, seconds: float, warm_up_s: float = 1.0) -> dict[str, Any]:
    """Repeat a step on every connection; tells steps per second and how long one took."""
    parts = urlsplit(base_url)
    took: list[float] = []
    begin = time.perf_counter() + warm_up_s
    end = begin + seconds
    number = 0

    async def call() -> None:
        nonlocal number
        connection = await Connection(parts.hostname or "", parts.port or 80).open()
        while (began := time.perf_counter()) < end:
            number += 1
            await step(connection, number)
            if began >= begin:
                took.append(time.perf_counter() - began)

    await asyncio.gather(*(call() for _ in range(callers)))
    percent = quantiles(took, n=100)
    return {
        "per_s": round(len(took) / (time.perf_counter() - begin), 1),
        "p50_ms": round(percent[49] * 1000, 2),
        "p99_ms": round(percent[98] * 1000, 2),
        "callers": callers,
        "count": len(took),
    }


def page(task: dict[str, Any]) -> Step:
    """GET one address, as a browser with a cookie does."""
    headers = f"Accept-Encoding: {task.get('encoding', 'gzip')}\r\nCookie: cs_device={'d' * 24}\r\n"

    async def get(connection: Connection, _: int) -> None:
        status, _body = await connection.request("GET", task["path"], headers)
        assert status == 200, status

    return get


def buy(task: dict[str, Any]) -> Step:
    """From the session to the paid order: create, pay, and for a channel what the shopper does there."""
    authorization = f"Authorization: Bearer {task['api_key']}\r\nContent-Type: application/json\r\n"
    run_id, members = task["run_id"], task["members"]

    async def purchase(connection: Connection, number: int) -> None:
        body = {
            "scenario": task["scenario"],
            "order": {
                "order_no": f"{run_id}-{number}",
                "amount": {"minor": 1000 + number % 40, "currency": "CNY"},
                "title": "Two novels",
            },
            "terminal": "pc",
            "shopper": {"id": members[number % len(members)]},
            "locale": "en",
        }
        key = f"Idempotency-Key: {run_id}-{number}\r\n"
        status, answer = await connection.request(
            "POST", "/v1/checkout-sessions", authorization + key, json.dumps(body).encode()
        )
        assert status == 201, answer
        session = json.loads(answer)
        path = f"/v1/checkout-sessions/{session['id']}"
        wish = json.dumps({"method": task["method"]}).encode()
        status, answer = await connection.request("POST", f"{path}/payments", authorization, wish)
        assert status == 201, answer
        model = json.loads(answer)["page_model"]
        if model["page"] != "paid":
            await _approve(connection, model["simulator_url"])
        while model["page"] != "paid":
            status, answer = await connection.request("GET", f"{path}/page-model", authorization)
            model = json.loads(answer)

    return purchase


async def _approve(connection: Connection, link: str) -> None:
    status, body = await connection.request(
        "POST", urlsplit(link).path, "Content-Type: application/x-www-form-urlencoded\r\n", b"action=approve"
    )
    assert status in (302, 303), body


def main() -> None:
    task = json.loads(sys.argv[1])
    step = {"page": page, "buy": buy}[task["kind"]](task)
    sys.stdout.write(json.dumps(asyncio.run(run(task["base_url"], step, task["callers"], task["seconds"]))))


if __name__ == "__main__":
    main()
