"""Shoppers and the merchant behind them: pay, pay twice, change one's mind, close, refund in parts and at once.

Each actor is a task. It repeats what was not answered, with the same key, and writes down every success it saw:
from then on that must be there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from tests.simulation.clients import Record, intent
from tests.simulation.escrow import follow
from tests.simulation.outside import ConnectionLost
from tests.simulation.stage import Stage
from tests.simulation.template import TENANT

from checkstand.app.close_order import close_session
from checkstand.app.create_refund import CreateRefund, RefundRow, create_refund, refund_answer
from checkstand.app.create_session import create_session, session_answer
from checkstand.app.open_cashier import open_cashier
from checkstand.app.pay_command import TakePayment
from checkstand.app.platform import Platform
from checkstand.app.session_rows import CreateSession
from checkstand.app.take_payment import take_payment
from checkstand.channel.port import QrAction
from checkstand.infra.idempotency import IdempotencyKey
from checkstand.kernel import CheckstandError
from checkstand.order import find_order

# Scenario → the methods that it offers, in the mix in which shoppers choose them.
METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "mall-order": ("wx", "wx", "ali", "ali", "bal"),
    "late-accept": ("wx", "ali"),
    "escrow-sale": ("wx", "wx", "bal"),
    "deposit": ("bal",),
    "top-up": ("wx", "ali"),
    "two-parts": ("wx", "ali", "bal"),
}
SCENARIOS: Final = (
    *("mall-order",) * 5, "late-accept", "escrow-sale", "escrow-sale", "deposit", "top-up", *("two-parts",) * 3,
)  # fmt: skip
# What happens with an order besides paying it, as often as it stands here.
TWISTS: Final = (
    "plain", "plain", "double", "double", "switch", "switch_and_pay_both", "close", "close_while_paying",
    "pay_after_close", "abandon", "refund", "refund", "refunds_at_once", "too_much", "halves",
)  # fmt: skip


@dataclass
class Purchase:
    """One order of one shopper."""

    stage: Stage
    record: Record
    rng: random.Random
    number: str
    shopper: str
    token: str = ""
    session_id: str = ""
    links: list[str] = field(default_factory=list)  # every channel page that was ever shown

    def run(self) -> None:
        try:
            self._run()
        except ConnectionLost:
            pass  # what has begun must end without this shopper

    def _run(self) -> None:
        self.minor = self.rng.randrange(100, 20_000)
        self.twist = self.rng.choice(TWISTS)
        self.scenario = self.rng.choice(SCENARIOS)
        self.method = self.rng.choice(METHODS[self.scenario])
        self.stage.did[f"scenario {self.scenario}"] += 1
        self.stage.did[f"twist {self.twist}"] += 1
        self._check_out()
        presses = 2 if self.twist == "double" else 1
        for _ in range(presses - 1):
            self._aside(lambda: self._press(self.method))
        self._press(self.method)
        if self.twist == "close_while_paying":
            self._aside(self._close)
        if self.twist in ("switch", "switch_and_pay_both"):
            self._look()
            self._press(self.rng.choice(METHODS[self.scenario]))
        if self.twist in ("close", "pay_after_close"):
            self._look()
            self._close()
        if self.twist != "abandon":
            self._wait()
        if self.scenario in ("escrow-sale", "deposit"):
            follow(self.stage, self.rng, self.number)
        if self.twist in ("refund", "refunds_at_once", "too_much", "halves"):
            self._refund()

    def _check_out(self) -> None:
        command = CreateSession(
            tenant_id=TENANT, mode="test", scenario=self.scenario, order_no=self.number, amount_minor=self.minor,
            currency="CNY", title="Two novels", terminal="pc", shopper={"id": self.shopper}, locale="en",
        )  # fmt: skip

        def work(platform: Platform, key: IdempotencyKey) -> bytes:
            row = create_session(platform, command, idempotency=key)
            return msgspec.json.encode(session_answer(platform, row, self.number))

        copies = self.rng.choice((1, 1, 2))
        for _ in range(copies - 1):
            self._aside(lambda: self._intent("/v1/checkout-sessions", f"s-{self.number}", work))
        said = msgspec.json.decode(self._intent("/v1/checkout-sessions", f"s-{self.number}", work))
        self.session_id, self.token = said["id"], said["url"].rpartition("/")[2]
        self.record.orders.append(self.number)

    def _intent(
        self, endpoint: str, key: str, work: Callable[[Platform, IdempotencyKey], bytes], body: Any = None
    ) -> bytes:
        return intent(self.stage, self.record, endpoint, key, body or {"number": self.number}, work)

    def _press(self, method: str) -> None:
        both = self.scenario == "two-parts" and method != "bal" and self.rng.random() < 0.8
        command = TakePayment(token=self.token, method_id=method, use_balance="all" if both else "")
        try:
            self.stage.insist("pay", lambda platform: take_payment(platform, command))
        except CheckstandError as refused:
            self.stage.did[f"refused {refused.code}"] += 1

    def _look(self) -> Any:
        """The cashier's page; its links stay open in another tab."""
        view = self.stage.insist("look", lambda platform: open_cashier(platform, self.token, viewed=False))
        for payment in view.payments:
            if isinstance(payment.action, QrAction) and payment.attempt_id not in self.links:
                self.links.append(payment.attempt_id)
        return view

    def _wait(self) -> None:
        """Look until it is over; pay on the channel's page meanwhile, as this shopper does."""
        for look in range(8):
            view = self._look()
            if view.order_status in ("PAID", "PART_REFUNDED", "REFUNDED"):
                self.record.shown_paid.add(self.number)
                return
            late = self.twist == "pay_after_close"
            if self.links and (view.order_status in ("CREATED", "PAYING") or late or self.rng.random() < 0.1):
                both = self.twist == "switch_and_pay_both"
                for link in self.links if both else self.links[-1:]:
                    self._approve(link)
            if view.order_status == "CLOSED" and not late:
                return
            self.stage.scheduler.sleep(self.rng.choice((0.1, 2.0, 20.0, 300.0)) * (look + 1))

    def _approve(self, attempt_id: str) -> None:
        self.stage.scheduler.give_way()
        for channel in self.stage.channels.values():
            if channel.shopper_pays(attempt_id):
                self.stage.did["paid at a channel"] += 1

    def _close(self) -> None:
        def close(platform: Platform) -> None:
            with platform.db.read() as connection:
                order = find_order(connection, TENANT, "test", self.number)
            assert order is not None
            close_session(platform, order)

        try:
            self.stage.insist("close", close)
        except CheckstandError as refused:
            self.stage.did[f"refused {refused.code}"] += 1

    def _refund(self) -> None:
        view = self._look()
        paid = next((payment for payment in view.payments if payment.status == "SUCCEEDED"), None)
        if paid is None:
            return
        half = self.minor // 2
        parts = {
            "refund": [self.minor],
            "halves": [half, self.minor - half],
            "refunds_at_once": [half, half, half],
            "too_much": [self.minor + 1, self.minor],
        }[self.twist]
        at_once = self.twist != "halves"
        for number, part in enumerate(parts):
            give = lambda number=number, part=part: self._give_back(paid.payment_id, f"r{number}-{self.number}", part)  # noqa: E731
            if at_once and number < len(parts) - 1:
                self._aside(give)
            else:
                give()

    def _give_back(self, payment_id: str, refund_no: str, minor: int) -> None:
        command = CreateRefund(TENANT, "test", payment_id, minor, "CNY", refund_no)

        def work(platform: Platform, key: IdempotencyKey) -> bytes:
            row: RefundRow = create_refund(platform, command, idempotency=key)
            return msgspec.json.encode(refund_answer(row))

        try:
            self._intent(f"/v1/payments/{payment_id}/refunds", refund_no, work, {"minor": minor})
        except CheckstandError as refused:
            self.stage.did[f"refused {refused.code}"] += 1

    def _aside(self, work: Callable[[], Any]) -> None:
        """At the same time, by another tab or another server of the merchant."""

        def alone() -> None:
            try:
                work()
            except ConnectionLost:
                pass

        self.stage.scheduler.spawn("aside", alone)
