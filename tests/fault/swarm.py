"""Many shoppers at once, and the merchant's server behind them, who repeat whatever got no answer.

Everything that is answered with success is written down, because afterwards it has to be there.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

METHODS: Final = ("wx", "wx", "ali", "ali", "bal")
# What a shopper does besides paying, as often as it stands here.
TWISTS: Final = ("plain",) * 7 + ("double",) * 3 + ("switch",) * 2 + ("refund",) * 3 + ("halves", "abandon")
# Amounts whose last two digits make the simulators misbehave (channel/simulator/outcomes.py).
ODD: Final = (51, 52, 53, 54, 56, 57, 58)
SLOW: Final = (55, 59)  # a call that hangs for its whole deadline: once a run each is enough
MEMBERS: Final = tuple(f"member-{number}" for number in range(20))
GIVES_UP_AFTER_S: Final = 120.0  # three processes on a busy machine are away for most of a minute
LOOKS: Final = 12


@dataclass(frozen=True)
class Acknowledged:
    """A success that a client has seen for this key: from now on it must be there."""

    path: str
    key: str
    request: dict[str, Any]
    status: int
    body: bytes


@dataclass
class Seen:
    """What all clients together were told."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    paid: set[str] = field(default_factory=set)  # order numbers whose page said "paid"
    mistakes: list[str] = field(default_factory=list)  # answers that no client should ever get


class GaveUp(Exception):
    """The shop was down for too long."""


class Client:
    """One HTTP client that repeats a request until somebody answers."""

    def __init__(self, base_url: str, api_key: str, http: httpx.AsyncClient, seen: Seen) -> None:
        self.base_url, self.seen = base_url, seen
        self._http, self._authorization = http, {"authorization": f"Bearer {api_key}"}

    async def call(self, method: str, url: str, **more: Any) -> httpx.Response:
        until = time.monotonic() + GIVES_UP_AFTER_S
        while time.monotonic() < until:
            try:
                answer = await self._http.request(method, url, **more)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code == 503:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code >= 500:
                self.seen.mistakes.append(f"{method} {url}: {answer.status_code} {answer.text[:300]}")
            return answer
        raise GaveUp(url)

    async def api(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        headers = {**self._authorization, **({"idempotency-key": key} if key else {})}
        answer = await self.call(method, f"{self.base_url}{path}", json=body, headers=headers)
        if key and answer.is_success:
            self.seen.acknowledged.append(Acknowledged(path, key, body, answer.status_code, answer.content))
        return answer


@dataclass
class Purchase:
    """One order of one shopper, from the cart to the end that this shopper waits for."""

    client: Client
    order_no: str
    minor: int
    method: str
    twist: str
    shopper: str
    by_api: bool
    session: dict[str, Any] = field(default_factory=dict)

    async def run(self) -> None:
        try:
            if await self._check_out():
                await self._pay(self.method)
                if self.twist == "switch":
                    await self._switch()
                if await self._wait() and self.twist in ("refund", "halves"):
                    await self._refund()
        except GaveUp:
            pass  # what has begun must come to its end without this shopper

    async def _check_out(self) -> bool:
        body = {
            "scenario": "mall-order",
            "order": {
                "order_no": self.order_no,
                "amount": {"minor": self.minor, "currency": "CNY"},
                "title": "Two novels",
            },
            "terminal": "pc",
            "shopper": {"id": self.shopper},
            "locale": "en",
        }
        tries = 2 if self.twist == "double" else 1
        answers = await asyncio.gather(
            *(self.client.api("POST", "/v1/checkout-sessions", body, key=f"s-{self.order_no}") for _ in range(tries))
        )
        if any(answer.status_code != 201 for answer in answers):
            self.client.seen.mistakes.append(f"{self.order_no}: {[answer.text for answer in answers]}")
            return False
        self.session = answers[0].json()
        return True

    async def _pay(self, method: str) -> None:
        presses = 2 if self.twist == "double" else 1
        await asyncio.gather(*(self._press(method) for _ in range(presses)))

    async def _press(self, method: str) -> None:
        if self.by_api:
            await self.client.api("POST", f"/v1/checkout-sessions/{self.session['id']}/payments", {"method": method})
        else:
            await self.client.call("POST", f"{self.session['url']}/payments", data={"method": method})

    async def _switch(self) -> None:
        """Another method after all; the page of the first one stays open in another tab, and is approved there."""
        link = (await self._model()).get("simulator_url")
        await self._pay("bal" if self.method != "bal" else "wx")
        if link:
            await self._act(link)

    async def _wait(self) -> bool:
        """Look at the page until it is over, and do on the channel's page what this shopper does."""
        acted = ""
        for look in range(LOOKS):
            model = await self._model()
            if model.get("page") == "paid":
                self.client.seen.paid.add(self.order_no)
                return True
            if model.get("page") in ("expired", "failed", "choose"):
                return False
            link = model.get("simulator_url")
            if link and link != acted and self.twist != "abandon":
                await self._act(link)
                acted = link
            await asyncio.sleep(0.1 + 0.05 * look)
        return False

    async def _model(self) -> dict[str, Any]:
        answer = await self.client.api("GET", f"/v1/checkout-sessions/{self.session['id']}/page-model")
        return dict(answer.json())

    async def _act(self, link: str) -> None:
        page = await self.client.call("GET", link, follow_redirects=True)
        await self.client.call("POST", str(page.url), data={"action": "approve"})

    async def _refund(self) -> None:
        found = (await self.client.api("GET", f"/v1/payments?order_no={self.order_no}")).json()["data"]
        paid = next((payment["id"] for payment in found if payment["status"] == "succeeded"), None)
        if paid is None:
            return
        parts = [self.minor] if self.twist == "refund" else [self.minor // 2, self.minor - self.minor // 2]
        await asyncio.gather(*(self._give_back(paid, number, part) for number, part in enumerate(parts)))

    async def _give_back(self, payment_id: str, number: int, minor: int) -> None:
        refund_no = f"r{number}-{self.order_no}"
        body = {"amount": {"minor": minor, "currency": "CNY"}, "refund_no": refund_no}
        await self.client.api("POST", f"/v1/payments/{payment_id}/refunds", body, key=refund_no)


async def shop(base_url: str, api_key: str, seen: Seen, *, round_: int, purchases: int, rng: random.Random) -> None:
    """This many purchases at once; returns when every shopper has left."""
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(timeout=30, trust_env=False, limits=limits) as http:
        client = Client(base_url, api_key, http, seen)
        todo = [_purchase(client, round_, number, rng) for number in range(purchases)]
        await asyncio.gather(*(purchase.run() for purchase in todo))


def _purchase(client: Client, round_: int, number: int, rng: random.Random) -> Purchase:
    if round_ == 0 and number < len(SLOW):
        digits = SLOW[number]
    else:
        digits = rng.choice(ODD) if rng.random() < 0.25 else rng.randrange(50)
    return Purchase(
        client=client,
        order_no=f"{round_}-{number}",
        minor=rng.randrange(10, 200) * 100 + digits,
        method=rng.choice(METHODS),
        twist=rng.choice(TWISTS),
        shopper=rng.choice(MEMBERS),
        by_api=rng.random() < 0.5,
    )
