"""A channel with its own truth: what shoppers really paid and really got back, whatever we were told of it.

It keeps the manifest of the real channel (grace periods, query schedule, error table) and replaces the wire: a
request arrives at a drawn moment or never, is executed once per number, and its answer may be lost. Messages to us
come 0 to n times, late, in any order, now and then with a wrong amount first.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from tests.simulation.scheduler import Scheduler
from tests.simulation.wire import Odds, Wire

from checkstand.channel.port import (
    Acknowledgement,
    Answer,
    AttemptRef,
    ChannelAccount,
    ChannelHttp,
    Notification,
    Outcome,
    PayInstruction,
    QrAction,
    RawNotification,
    RefundInstruction,
)
from checkstand.kernel import Money

DELAYS_S: Final = (0.0, 0.0, 0.0, 0.5, 2.0, 20.0, 90.0, 1200.0, 3 * 3600.0)
COPIES: Final = (0, 1, 1, 1, 1, 2, 3)
RETRY_S: Final = (15.0, 30.0, 180.0, 1200.0, 3600.0, 6 * 3600.0)


@dataclass
class PaidBack:
    """One refund at the channel."""

    number: str
    order: str
    amount_minor: int
    state: Literal["working", "done", "failed"]
    done_at: datetime | None = None
    times_executed: int = 0


@dataclass
class Order:
    """One of our numbers at the channel."""

    number: str
    account: str
    amount_minor: int
    expires_at: datetime
    notify_url: str
    state: Literal["open", "paid", "closed"] = "open"
    paid_at: datetime | None = None
    times_charged: int = 0
    refunds: dict[str, PaidBack] = field(default_factory=dict)

    @property
    def charged_minor(self) -> int:
        return self.amount_minor * self.times_charged

    @property
    def refunded_minor(self) -> int:
        return sum(refund.amount_minor for refund in self.refunds.values() if refund.state == "done")


class Channel:
    """Implements the port; `opens_on_visit`: an order exists only once the shopper came (Alipay's pages)."""

    def __init__(
        self,
        name: str,
        scheduler: Scheduler,
        rng: random.Random,
        deliver: Callable[[str, str, RawNotification], bool],
        *,
        opens_on_visit: bool,
    ) -> None:
        self.name, self._scheduler, self._rng, self._deliver = name, scheduler, rng, deliver
        self._opens_on_visit = opens_on_visit
        self.odds = Odds()
        self._wire = Wire(scheduler, rng, self.odds)
        self.orders: dict[str, Order] = {}
        self.links: dict[str, Order] = {}  # handed out, not yet visited
        self.wrong: list[str] = []  # what no correct platform would ever ask
        self.refused: dict[str, int] = {}
        self.sent = 0
        self.copies, self.delays_s = COPIES, DELAYS_S
        self.lies = 0.05  # how often a wrong amount is told first
        self.silent: set[str] = set()  # numbers of which it says nothing any more, whoever asks

    # ── the shopper ─────────────────────────────────────────────────────────────────────────────

    def shopper_pays(self, number: str) -> bool:
        """Somebody opens the channel's page and pays; False when the channel takes no more money."""
        order = self.orders.get(number)
        if order is None and number in self.links:
            order = self.orders[number] = self.links[number]
        if order is None or order.state != "open" or self._scheduler.clock.now() > order.expires_at:
            return False
        self._charge(order)
        return True

    def _charge(self, order: Order) -> None:
        order.state, order.paid_at = "paid", self._scheduler.clock.now()
        order.times_charged += 1
        self._announce(order, "payment", order.number, order.amount_minor)

    # ── the port ────────────────────────────────────────────────────────────────────────────────

    def pay(self, instruction: PayInstruction, http: ChannelHttp) -> Answer:
        return self._call(lambda: self._pay(instruction))

    def query(self, ref: AttemptRef, http: ChannelHttp) -> Answer:
        return self._call(lambda: self._query(ref))

    def close(self, ref: AttemptRef, http: ChannelHttp) -> Answer:
        return self._call(lambda: self._close(ref))

    def refund(self, instruction: RefundInstruction, http: ChannelHttp) -> Answer:
        return self._call(lambda: self._refund(instruction))

    def query_refund(self, instruction: RefundInstruction, http: ChannelHttp) -> Answer:
        return self._call(lambda: self._query_refund(instruction))

    def parse_notification(self, raw: RawNotification, account: ChannelAccount) -> Notification:
        said = json.loads(raw.body)
        return Notification(
            notify_id=said["id"],
            kind=said["kind"],
            number=said["number"],
            outcome=Outcome(said["outcome"]),
            amount=Money(said["minor"], "CNY"),
            channel_no=f"42{said['number']}",
            occurred_at=datetime.fromisoformat(said["at"]),
        )

    def acknowledge(self, *, accepted: bool, detail: str = "") -> Acknowledgement:
        return Acknowledgement(200 if accepted else 500, b"")

    def refresh_keys(self, account: ChannelAccount, http: ChannelHttp, now: datetime) -> bool:
        return False

    # ── the wire ────────────────────────────────────────────────────────────────────────────────

    def _call(self, perform: Callable[[], Answer]) -> Answer:
        return self._wire.call(perform, lambda: Answer(Outcome.UNKNOWN, code="timeout"))

    # ── what it does ────────────────────────────────────────────────────────────────────────────

    def _pay(self, said: PayInstruction) -> Answer:
        known = self.orders.get(said.attempt_no) or self.links.get(said.attempt_no)
        if known is None:
            if self._scheduler.clock.now() > said.expires_at or self._rng.random() < self.odds.refuse:
                self.refused[said.attempt_no] = said.amount.minor
                return Answer(Outcome.FAILED, code="REFUSED", reason="risk_refused")
            known = Order(
                said.attempt_no,
                said.account.channel_account_id,
                said.amount.minor,
                said.expires_at,
                said.notify_url,
            )
            (self.links if self._opens_on_visit else self.orders)[said.attempt_no] = known
            if self._rng.random() < self.odds.fault / 4:  # a wallet without questions: charged while we still wait
                self.orders[said.attempt_no] = known
                self._charge(known)
        if known.amount_minor != said.amount.minor:
            self.wrong.append(f"{said.attempt_no} was sent with another amount")
        if known.state == "closed":
            return Answer(Outcome.FAILED, code="ORDER_CLOSED", reason="already_closed")
        if known.state == "paid":
            return Answer(Outcome.UNKNOWN, code="ORDER_PAID", reason="already_paid")
        return Answer(Outcome.ACCEPTED, action=QrAction(f"pay/{said.attempt_no}"), channel_no=None)

    def _query(self, ref: AttemptRef) -> Answer:
        if ref.attempt_no in self.silent:
            return Answer(Outcome.UNKNOWN, code="SYSTEM_ERROR")
        order = self.orders.get(ref.attempt_no)
        if order is None:
            return Answer(Outcome.NOT_FOUND, code="ORDER_NOT_EXIST")
        self._expire(order)
        if order.state == "paid":
            return Answer(
                Outcome.SUCCEEDED,
                channel_no=f"42{order.number}",
                amount=Money(order.amount_minor, "CNY"),
                paid_at=order.paid_at,
            )
        return Answer(Outcome.ACCEPTED if order.state == "open" else Outcome.CLOSED, code=order.state)

    def _close(self, ref: AttemptRef) -> Answer:
        if ref.attempt_no in self.silent:
            return Answer(Outcome.UNKNOWN, code="SYSTEM_ERROR")
        order = self.orders.get(ref.attempt_no)
        if order is None:
            return Answer(Outcome.NOT_FOUND, code="ORDER_NOT_EXIST")
        if order.state == "paid":
            return Answer(Outcome.UNKNOWN, code="ORDER_PAID", reason="already_paid")
        order.state = "closed"
        return Answer(Outcome.CLOSED)

    def _expire(self, order: Order) -> None:
        if order.state == "open" and self._scheduler.clock.now() > order.expires_at:
            order.state = "closed"

    def _refund(self, said: RefundInstruction) -> Answer:
        order = self.orders.get(said.attempt_no)
        if order is None or not order.times_charged:
            self.wrong.append(f"{said.refund_no} gives back {said.attempt_no}, which was never paid")
            return Answer(Outcome.FAILED, code="ORDER_NOT_EXIST")
        known = order.refunds.get(said.refund_no)
        if known is None:
            if self._rng.random() < self.odds.refuse:
                return Answer(Outcome.FAILED, code="NOT_ENOUGH", retryable=True)
            left = order.charged_minor - sum(each.amount_minor for each in order.refunds.values())
            if said.amount.minor > left:
                # A real channel would refuse. Here it is executed, so that the books show the damage.
                self.wrong.append(f"{said.refund_no} gives back {said.amount.minor} where {left} are left")
            known = PaidBack(said.refund_no, said.attempt_no, said.amount.minor, "working")
            order.refunds[said.refund_no] = known
            if self._rng.random() < 0.5:
                self._give_back(order, known)
            else:
                delay_s = self._rng.choice(self.delays_s)

                def later() -> None:
                    self._scheduler.sleep(delay_s)
                    self._give_back(order, known)

                self._scheduler.spawn("refund", later)
        elif known.amount_minor != said.amount.minor:
            self.wrong.append(f"{said.refund_no} was sent with another amount")
        return self._refund_answer(known)

    def _give_back(self, order: Order, refund: PaidBack) -> None:
        refund.state, refund.done_at = "done", self._scheduler.clock.now()
        refund.times_executed += 1
        self._announce(order, "refund", refund.number, refund.amount_minor)

    def _query_refund(self, said: RefundInstruction) -> Answer:
        order = self.orders.get(said.attempt_no)
        known = order.refunds.get(said.refund_no) if order else None
        return self._refund_answer(known) if known else Answer(Outcome.NOT_FOUND, code="NOT_EXIST")

    def _refund_answer(self, refund: PaidBack) -> Answer:
        if refund.state == "working":
            return Answer(Outcome.ACCEPTED)
        return Answer(
            Outcome.SUCCEEDED,
            amount=Money(refund.amount_minor, "CNY"),
            channel_no=f"50{refund.number}",
            paid_at=refund.done_at,
        )

    # ── messages to us ──────────────────────────────────────────────────────────────────────────

    def _announce(self, order: Order, kind: str, number: str, minor: int) -> None:
        if order.number in self.silent:
            return
        copies = self._rng.choice(self.copies)
        at = self._scheduler.clock.now()
        said = {"kind": kind, "number": number, "outcome": "succeeded", "minor": minor, "at": at.isoformat()}
        if self._rng.random() < self.lies:
            self._message(order, {**said, "minor": minor + 1, "id": f"wrong-{kind}-{number}"})
        for _ in range(copies):  # the same message: one id
            self._message(order, {**said, "id": f"{kind}-{number}"})

    def _message(self, order: Order, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()

        def bring() -> None:
            self._scheduler.sleep(self._rng.choice(self.delays_s))
            for pause_s in (*RETRY_S, None):
                raw = RawNotification("POST", order.notify_url, {}, body, self._scheduler.clock.now())
                if self._deliver(self.name, order.account, raw) or pause_s is None:
                    return
                self._scheduler.sleep(pause_s)

        self.sent += 1
        self._scheduler.spawn("message", bring)
