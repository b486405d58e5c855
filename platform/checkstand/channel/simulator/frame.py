"""The frame of every simulator: one merchant API, one shopper page, one memory, one courier.

A channel's own simulator says how its provider speaks; when things happen, what survives a crash
and which faults there are is the same for all of them and lives here.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final

from checkstand.channel.manifest import Manifest
from checkstand.channel.simulator import asgi
from checkstand.channel.simulator.asgi import NoAnswer, Request, Response
from checkstand.channel.simulator.bills import Shelf
from checkstand.channel.simulator.courier import Courier, Outgoing
from checkstand.channel.simulator.env import Accounts, Credentials, HttpDeliver, SimClock, SimulatorEnv
from checkstand.channel.simulator.faults import NOTIFY_KINDS, REFUND_KINDS, REQUEST_KINDS, Fault, FaultQueue
from checkstand.channel.simulator.model import BankLine, Delivery, SimOrder, SimRefund
from checkstand.channel.simulator.outcomes import rule_for
from checkstand.channel.simulator.state import SimState
from checkstand.channel.simulator.truth import TruthLog
from checkstand.kernel import CheckstandError, Kind

ANY_REQUEST: Final = frozenset(REQUEST_KINDS)
ANY_NOTIFY: Final = frozenset({*NOTIFY_KINDS, "wrong_amount", "bad_signature"})
LOSES_ANSWER: Final = ("timeout_after_charging", "drop_after")
SPOILS_ANSWER: Final = ("unsigned", "bad_signature", "garbled")
LATE_S: Final = 90.0


class NoAccounts(CheckstandError):
    code = "simulator.no_accounts"
    message = "This simulator keeps no bank accounts."
    remedy = "Name the simulator of a bank."


@dataclass(slots=True)
class Call:
    """One authenticated API request of a merchant."""

    verb: str  # pay | query | close | refund | query_refund | certificates
    number: str
    merchant: str
    credentials: Credentials
    params: Mapping[str, Any]
    amount_minor: int | None = None
    extra_minor: int = 0  # what a `wrong_amount` fault adds to reported amounts
    detail: str = ""  # what else the channel's simulator has to know


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider says, before it is signed."""

    status: int
    body: Mapping[str, Any] | None


class SimulatorFrame(ABC):
    """A plain ASGI application, mounted at `{base_path}/{channel}`. Nothing in it blocks the loop."""

    gaps_s: ClassVar[tuple[int, ...]]
    abnormal_refunds: ClassVar[bool] = False  # whether the provider tells of refunds that the payer's bank refused
    bill_lives: ClassVar[timedelta] = timedelta(minutes=5)  # how long the address of a bill is good for

    def __init__(self, env: SimulatorEnv, manifest: Manifest) -> None:
        self.env = env
        self.manifest = manifest
        self.name = manifest.name
        self.mount = f"{env.base_path}/{self.name}"
        self.url = f"{env.public_base_url}{self.mount}"
        self.clock = SimClock(env.clock)
        self.log = TruthLog(env.truth_dir / f"{self.name}.jsonl")
        self.state = SimState(self.log, self.clock)
        self.faults = FaultQueue()
        self.accounts = Accounts(self.name, env.accounts)
        self.shelf = Shelf(self.bill_lives)
        self._http: HttpDeliver | None = None
        self._courier: Courier | None = None

    # ── what a channel's simulator adds ─────────────────────────────────────────────────────────

    @abstractmethod
    async def authenticate(self, request: Request) -> Call | Response:
        """Check the signature over the bytes received; a refusal is a finished response."""

    @abstractmethod
    async def perform(self, call: Call) -> Reply:
        """Do what the merchant asks, durably."""

    @abstractmethod
    async def seal(self, call: Call, reply: Reply, spoil: str) -> Response:
        """Sign the reply; `spoil` is one of SPOILS_ANSWER, or empty."""

    @abstractmethod
    def unlisted(self) -> Reply:
        """A refusal with a code that stands in no documentation."""

    @abstractmethod
    def notification(
        self, notify_id: str, order: SimOrder, refund: SimRefund | None, credentials: Credentials, extra_minor: int
    ) -> str:
        """The content of a notification; stays the same over all sendings."""

    @abstractmethod
    async def compose(self, delivery: Delivery) -> Outgoing:
        """Sign a notification for one sending."""

    @abstractmethod
    def acknowledged(self, status: int, body: bytes) -> bool: ...

    @abstractmethod
    def new_number(self, kind: str) -> str:
        """A number as this provider writes them: order | refund | notification."""

    @abstractmethod
    def way_back(self, order: SimOrder, credentials: Credentials) -> str | None:
        """Where the browser goes after paying; None when the shopper holds another device."""

    async def enter_line(self, line: BankLine) -> str:
        """Book a line that the account's owner did not order; banks only."""
        raise NoAccounts(f"{self.name} keeps no bank accounts")

    def extra_of_past(self, credentials: Credentials) -> dict[str, Any]:
        """What this provider keeps besides of an order that it is told of afterwards (`past.py`)."""
        return {}

    def enter(self, order: SimOrder) -> bool:
        """Called when the shopper opens the page; True when that itself changed the order."""
        return False

    # ── life ────────────────────────────────────────────────────────────────────────────────────

    async def startup(self) -> None:
        """Rebuild the memory from the truth log and start the courier."""
        self.state.restore()
        self.log.start()
        if self.env.deliver is None:
            self._http = HttpDeliver()
        self._courier = Courier(
            self.state,
            self.clock,
            self.env.deliver or self._http or HttpDeliver(),
            gaps_s=self.gaps_s,
            compose=self.compose,
            acknowledged=self.acknowledged,
            finish_refund=self.finish_refund,
        )
        self._courier.start()

    async def shutdown(self) -> None:
        if self._courier:
            await self._courier.stop()
        if self._http:
            await self._http.close()
        self.log.stop()
        self.accounts.close()

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        request = await asgi.read_request(scope, receive, self.mount)
        try:
            await asgi.answer(send, await self.handle(request))
        except NoAnswer:
            await asgi.hang(receive)
        except CheckstandError as problem:
            if problem.kind != Kind.UNAVAILABLE:
                raise
            await asgi.answer(send, Response(503, str(problem).encode(), {"retry-after": "1"}))

    async def handle(self, request: Request) -> Response:
        from checkstand.channel.simulator import shopper

        if request.path.startswith("/shopper/"):
            return await shopper.handle(self, request, request.path.removeprefix("/shopper/"))
        return await self.api(request)

    async def api(self, request: Request) -> Response:
        """One call of a merchant's server, with whatever fault is due for it."""
        call = await self.authenticate(request)
        if isinstance(call, Response):
            return call
        fault = self.faults.take(call.verb, call.number, ANY_REQUEST, call.merchant) or self._chosen_by_amount(call)
        kind = fault.kind if fault else ""
        if kind == "drop_before":
            raise NoAnswer
        if kind == "http_500":
            return Response(500, b"", {"content-type": "text/plain"})
        if fault and kind == "slow":
            await asyncio.sleep(fault.seconds)
        call.extra_minor = 1 if kind == "wrong_amount" else 0
        reply = self.unlisted() if kind == "unknown_code" else await self.perform(call)
        if kind == "timeout_after_charging" and call.verb == "pay":
            await self._charge_unseen(call)
        if kind in LOSES_ANSWER:
            raise NoAnswer
        return await self.seal(call, reply, kind if kind in SPOILS_ANSWER else "")

    def _chosen_by_amount(self, call: Call) -> Fault | None:
        """The rule of the amount's last digits, for the first request with this number only."""
        order = self.state.orders.get((call.merchant, call.number))
        if call.verb == "pay" and order is None and call.amount_minor is not None:
            kind = rule_for(call.amount_minor).pay
            return Fault(kind=kind) if kind else None
        if call.verb == "refund" and call.detail:
            paid = self.state.orders.get((call.merchant, call.detail))
            known = paid and self.state.refund(call.merchant, paid.number, call.number)
            kind = rule_for(paid.amount_minor).refund if paid and not known else ""
            return Fault(kind=kind) if kind in REQUEST_KINDS else None
        return None

    # ── money ───────────────────────────────────────────────────────────────────────────────────

    async def _charge_unseen(self, call: Call) -> None:
        order = self.state.orders.get((call.merchant, call.number))
        if order and order.state in ("open", "draft"):
            await self.charge(order)

    async def charge(self, order: SimOrder) -> None:
        """The shopper has paid: the truth first, then the notification."""
        versions = await self.accounts.of(order.merchant)
        if order.state not in ("open", "draft"):
            return  # closed or paid while the account was looked up
        order.state, order.paid_at = "paid", self.clock.now()
        order.channel_no = order.channel_no or self.new_number("order")
        order.payer, order.refused = order.payer or "payer-of-the-simulator", ""
        deliveries = self.announce(order, None, order.notify_url, versions[0] if versions else None)
        await self.state.commit("payment.charged", order=order, deliveries=deliveries)
        self.wake()

    async def finish_refund(self, refund: SimRefund) -> None:
        """A refund that was accepted comes to its end."""
        order = self.state.orders[refund.merchant, refund.order]
        versions = await self.accounts.of(order.merchant)
        now, failed = self.clock.now(), rule_for(order.amount_minor).refund == "fails"
        refused = self._refused_by_bank(refund)
        if refused is not None:
            refund.state, refund.due_at = "abnormal", now + timedelta(seconds=refused.seconds or 3600)
        else:
            refund.state, refund.done_at, refund.due_at = ("failed" if failed else "success"), now, None
        url = refund.notify_url or order.notify_url
        deliveries = self.announce(order, refund, url, versions[0] if versions else None)
        await self.state.commit(f"refund.{refund.state}", order=order, refund=refund, deliveries=deliveries)
        self.wake()

    def _refused_by_bank(self, refund: SimRefund) -> Fault | None:
        if not self.abnormal_refunds or refund.state == "abnormal":
            return None
        return self.faults.take("refund", refund.number, frozenset(REFUND_KINDS), refund.merchant)

    def announce(
        self, order: SimOrder, refund: SimRefund | None, url: str, credentials: Credentials | None
    ) -> list[Delivery]:
        """The notifications of what just happened, spoilt as faults and the amount's rule demand."""
        fault = self.faults.take("notify", refund.number if refund else order.number, ANY_NOTIFY, order.merchant)
        kind = fault.kind if fault else ("" if refund else rule_for(order.amount_minor).notify)
        if not url or credentials is None or kind == "no_notification":
            return []
        wait_s = (fault.seconds if fault and fault.seconds else LATE_S) if kind == "late_notification" else 0.0
        genuine = Delivery(
            id=self.new_number("notification"),
            merchant=order.merchant,
            order=order.number,
            kind="refund" if refund else "closed" if order.state == "closed" else "payment",
            url=url,
            body="",
            due_at=self.clock.now() + timedelta(seconds=wait_s),
            tamper=kind if kind in ("bad_signature", "probe") else "",
            again=1 if kind == "duplicate_notification" else 0,
            held_for="refund" if kind == "out_of_order" and refund is None else "",
        )
        extra = 1 if kind == "wrong_amount" else 0
        genuine.body = self.notification(genuine.id, order, refund, credentials, extra)
        if kind != "forged":
            return [genuine]
        forged = Delivery(
            id=self.new_number("notification"),
            merchant=order.merchant,
            order=order.number,
            kind=genuine.kind,
            url=url,
            body="",
            due_at=genuine.due_at,
            tamper="forged",
        )
        forged.body = self.notification(forged.id, order, refund, credentials, 0)
        genuine.due_at += timedelta(seconds=1)
        return [forged, genuine]

    def expire(self, order: SimOrder) -> bool:
        """Close an unpaid order whose time is over; True when that changed it."""
        if order.state != "open" or self.clock.now() <= order.expires_at:
            return False
        order.state, order.closed_at = "closed", self.clock.now()
        return True

    def wake(self) -> None:
        if self._courier:
            self._courier.wake()
