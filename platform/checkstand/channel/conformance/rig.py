"""A channel's adapter wired to its simulator in this process: no sockets, a browser of twenty lines."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlencode, urlsplit

from checkstand.channel.port import (
    Action,
    Adapter,
    Answer,
    AttemptRef,
    ChannelAccount,
    HttpAnswer,
    Notification,
    NotificationRefused,
    PayInstruction,
    RawNotification,
    RefundInstruction,
)
from checkstand.channel.registry import Channel
from checkstand.channel.simulator import SimulatorEnv, SimulatorFrame
from checkstand.channel.simulator.control import truth
from checkstand.channel.simulator.faults import Fault
from checkstand.kernel import Money, SystemClock, new_id

T = TypeVar("T")
HOST: Final = "http://simulator.test"
# A public https address as live mode has it; nothing is ever sent there, the rig is the receiver.
NOTIFY_URL: Final = "https://merchant.test/n"
RETURN_URL: Final = "https://merchant.test/return"


class Silence(Exception):
    """The simulator lets the client wait; nobody has to spend those ten seconds here."""


@dataclass(slots=True)
class Received:
    """One notification as the platform would meet it."""

    raw: RawNotification
    note: Notification | None
    refused: str | None


@dataclass(slots=True)
class Rig:
    """One test account, its simulator, and everything the simulator has sent."""

    channel: Channel
    variant: str
    folder: Path
    received: list[Received] = field(default_factory=list)
    deaf: bool = False  # the merchant's server is down
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        credentials = _test_merchant(self.channel, self.variant)
        self.clock = SystemClock()
        self.account = ChannelAccount(
            tenant_id="ten_lantern",
            channel_account_id=new_id("cha"),
            channel=self.channel.manifest.name,
            mode="test",
            base_url=f"{HOST}/sim/{self.channel.manifest.name}",
            credential_version=1,
            credentials=credentials,
        )
        self.simulator = self._new_simulator()

    clock: SystemClock = field(init=False)
    account: ChannelAccount = field(init=False)
    simulator: SimulatorFrame = field(init=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever, name="rig", daemon=True)
        self._thread.start()
        self.run(self.simulator.startup())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.simulator.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread:
            self._thread.join(timeout=10)

    def restart(self, torn: bytes = b"") -> None:
        """A new process with the same disk; `torn` is what the last one was writing when the power went."""
        self.run(self.simulator.shutdown())
        with self.simulator.log.path.open("ab") as file:
            file.write(torn)
        self.simulator = self._new_simulator()
        self.run(self.simulator.startup())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    # ── the merchant's server ───────────────────────────────────────────────────────────────────

    @property
    def adapter(self) -> Adapter:
        return self.channel.adapter

    def pay_instruction(self, minor: int = 12900, *, product: str | None = None, **changes: Any) -> PayInstruction:
        method = self.channel.manifest.methods[0]
        now = self.clock.now()
        values = {
            "account": self.account,
            "attempt_no": new_id("att"),
            "amount": Money(minor, min(self.channel.manifest.currencies)),
            "product": product or method.products["pc"],
            "title": "Two novels 小说",
            "notify_url": NOTIFY_URL,
            "return_url": RETURN_URL,
            "expires_at": now + timedelta(minutes=15),
            "now": now,
            "client_ip": "203.0.113.9",
            "payer_ref": "oMeiMeiMeiMeiMeiMeiMeiMei0001",
            **changes,
        }
        return PayInstruction(**values)

    def pay(self, instruction: PayInstruction) -> Answer:
        return self.adapter.pay(instruction, self)

    def ref(self, instruction: PayInstruction) -> AttemptRef:
        return AttemptRef(
            self.account, instruction.attempt_no, instruction.amount, instruction.product, self.clock.now()
        )

    def query(self, instruction: PayInstruction) -> Answer:
        return self.adapter.query(self.ref(instruction), self)

    def close(self, instruction: PayInstruction) -> Answer:
        return self.adapter.close(self.ref(instruction), self)

    def refund_instruction(self, paid: PayInstruction, minor: int, number: str | None = None) -> RefundInstruction:
        return RefundInstruction(
            account=self.account,
            refund_no=number or new_id("rfd"),
            attempt_no=paid.attempt_no,
            amount=Money(minor, paid.amount.currency),
            paid=paid.amount,
            reason="changed my mind",
            notify_url=NOTIFY_URL,
            now=self.clock.now(),
        )

    def send(self, verb: str, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"") -> HttpAnswer:
        """The port's HTTP: silence when the simulator keeps silent."""
        future = asyncio.run_coroutine_threadsafe(self._asgi(method, url, headers, content), self._loop)
        try:
            return future.result(timeout=30)
        except Silence:
            return HttpAnswer(None, {}, b"", 10_000, "timeout")

    # ── the shopper ─────────────────────────────────────────────────────────────────────────────

    def shop(self, action: Action | None, act: str = "approve") -> HttpAnswer:
        """Open the shopper page behind the action and press a button; gives the page or redirect after it."""
        link = self.link(action)
        page = self.browse("GET", link)
        while page.status == 303:
            link = page.headers["location"]
            page = self.browse("GET", link)
        if page.status != 200 or b'name="action"' not in page.body:
            return page
        return self.browse("POST", link, urlencode({"action": act}).encode())

    def browse(self, method: str, url: str, content: bytes = b"") -> HttpAnswer:
        headers = {"content-type": "application/x-www-form-urlencoded"} if content else {}
        return self.send("browse", method, url, headers=headers, content=content)

    def link(self, action: Action | None) -> str:
        link = self.channel.simulator_link(self.account, action) if action else None
        if link is None:
            raise AssertionError("the action leads to no shopper page")
        return link

    def server_product(self) -> str | None:
        """A product that our server orders with a request of its own, if the channel has one."""
        method = self.channel.manifest.methods[0]
        named = [*method.products.values(), *(p for variants in method.variants.values() for p in variants)]
        for product in dict.fromkeys(named):
            if self.adapter.pay(self.pay_instruction(product=product), self).exchanges:
                return product
        return None

    def open_product(self) -> str:
        return self.server_product() or self.channel.manifest.methods[0].products["pc"]

    def paid(self, minor: int = 12900, **changes: Any) -> PayInstruction:
        """An order that Mei has paid."""
        instruction = self.pay_instruction(minor, **changes)
        self.shop(self.pay(instruction).action)
        return instruction

    # ── the provider ────────────────────────────────────────────────────────────────────────────

    def fault(self, kind: str, verb: str = "", **more: Any) -> None:
        self.simulator.faults.add(Fault(kind=kind, verb=verb, **more))

    def truth_of(self, instruction: PayInstruction) -> dict[str, Any]:
        """What the provider really charged and gave back for this number."""
        lines: list[dict[str, Any]] = truth(self.simulator, instruction.attempt_no)["orders"]
        return lines[0] if lines else {"charged_minor": 0, "refunded_minor": 0, "state": "absent"}

    def log_count(self, event: str, instruction: PayInstruction) -> int:
        """How often the truth log tells this of the number."""
        wanted, number = f'"event":"{event}"'.encode(), f'"number":"{instruction.attempt_no}"'.encode()
        return sum(wanted in line and number in line for line in self.simulator.log.read())

    def advance(self, seconds: float) -> None:
        """Move the provider's clock and let it act."""
        self.simulator.clock.offset_s += seconds
        self._loop.call_soon_threadsafe(self.simulator.wake)

    def settle_refund(self, instruction: RefundInstruction) -> Answer:
        """Wait until a refund that takes time has come to its end."""
        self.advance(5)
        return wait_for(
            lambda: self.adapter.query_refund(instruction, self), lambda answer: answer.outcome.value != "accepted"
        )

    def wait_received(self, count: int) -> list[Received]:
        """Wait for at least so many notifications."""
        wait_for(lambda: len(self.received), lambda seen: seen >= count)
        return self.received

    def parse(self, raw: RawNotification, account: ChannelAccount | None = None) -> Received:
        """Read a notification as the platform does; an unknown key is fetched once."""
        account = account or self.account
        try:
            return Received(raw, self.adapter.parse_notification(raw, account), None)
        except NotificationRefused as refusal:
            if refusal.reason != "unknown_key" or not self.adapter.refresh_keys(account, self, self.clock.now()):
                return Received(raw, None, refusal.reason)
        try:
            return Received(raw, self.adapter.parse_notification(raw, account), None)
        except NotificationRefused as refusal:
            return Received(raw, None, refusal.reason)

    async def _deliver(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        if self.deaf:
            raise OSError("connection refused")
        lower = {name.lower(): value for name, value in headers.items()}
        raw = RawNotification("POST", urlsplit(url).path, lower, body, self.clock.now())
        # In a thread of its own, because reading may fetch keys from the simulator on this very loop.
        seen = await asyncio.get_running_loop().run_in_executor(None, self.parse, raw)
        self.received.append(seen)
        answer = self.adapter.acknowledge(accepted=seen.refused is None)
        return answer.status, answer.body

    def _new_simulator(self) -> SimulatorFrame:
        made = self.channel.simulator
        if made is None:
            raise AssertionError(f"channel {self.channel.manifest.name!r} has no simulator")
        env = SimulatorEnv(
            truth_dir=self.folder,
            clock=self.clock,
            accounts=self._accounts,
            public_base_url=HOST,
            deliver=self._deliver,
        )
        simulator: SimulatorFrame = made(env, self.channel.manifest)
        return simulator

    def _accounts(self, channel: str, merchant: str) -> list[Mapping[str, str]]:
        own = self.channel.manifest.payee_of(self.account.credentials)
        return [self.account.credentials] if merchant == own else []

    async def _asgi(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> HttpAnswer:
        parts = urlsplit(url)
        scope = {
            "type": "http",
            "method": method,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
        }
        sent: list[Any] = []
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if asked:
                raise Silence  # only a simulator that will not answer waits for the client to hang up
            asked = True
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.simulator(scope, receive, send)
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return HttpAnswer(sent[0]["status"], head, b"".join(part["body"] for part in sent[1:]))


def wait_for(look: Callable[[], T], good: Callable[[T], bool], patience_s: float = 8.0) -> T:
    """Look until it is good."""
    deadline = monotonic() + patience_s
    while not good(seen := look()):
        if monotonic() > deadline:
            raise AssertionError(f"waited {patience_s} s in vain; last seen: {seen!r}")
        sleep(0.01)
    return seen


def visible_text(page: HttpAnswer) -> str:
    return re.sub(r"<[^>]+>", " ", page.body.decode())


def at(moment: datetime, raw: RawNotification) -> RawNotification:
    """The same notification, arriving at another moment."""
    return RawNotification(raw.method, raw.path, raw.headers, raw.body, moment)


_merchants: dict[tuple[str, str], dict[str, str]] = {}


def _test_merchant(channel: Channel, variant: str) -> dict[str, str]:
    """One merchant per process: making RSA keys takes longer than most clauses."""
    key = channel.manifest.name, variant
    if key not in _merchants:
        _merchants[key] = channel.test_credentials(variant)
    return _merchants[key]
