"""A business day of Lantern Books: every product, thousands of shoppers, nobody in the way of anybody.

Everything goes through the real use cases, many at a time, so that the poster writes them in batches as it would
under load. What each of them is about is drawn from the seed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from tests.simulation.stage import Stage
from tests.simulation.template import TENANT

from checkstand.app.create_refund import CreateRefund, create_refund
from checkstand.app.create_session import create_session
from checkstand.app.pay_command import TakePayment
from checkstand.app.payouts.request_withdrawal import RequestWithdrawal, request_withdrawal
from checkstand.app.session_rows import CreateSession
from checkstand.app.take_payment import take_payment
from checkstand.app.trade.capture import capture
from checkstand.app.trade.confirm_receipt import confirm_receipt
from checkstand.app.trade.ship import ship
from checkstand.app.trade.step import Ask
from checkstand.app.transfers.make_transfer import MakeTransfer, make_transfer
from checkstand.payment import attempt, payment
from checkstand.transaction import transaction

# Product → scenario, method, and how many of a thousand payments are of it.
PRODUCTS: Final[dict[str, tuple[str, str, int]]] = {
    "wechat": ("mall-order", "wx", 560),
    "alipay": ("mall-order", "ali", 240),
    "balance": ("mall-order", "bal", 60),
    "composite": ("two-parts", "wx", 40),
    "escrow": ("escrow-sale", "wx", 50),
    "preauth": ("deposit", "bal", 20),
    "recharge": ("top-up", "ali", 30),
}
REFUNDED: Final = 0.03
BUYERS: Final = 40


@dataclass
class Business:
    """The shop, its members and what was sold."""

    stage: Stage
    rng: random.Random
    members: dict[str, str] = field(default_factory=dict)  # name → member
    cards: dict[str, str] = field(default_factory=dict)
    sold: Counter[str] = field(default_factory=Counter)
    numbers: dict[str, list[str]] = field(default_factory=dict)  # product → attempts that were paid through a channel
    refunds: list[str] = field(default_factory=list)

    def open(self) -> None:
        for number in range(BUYERS):
            name = f"buyer-{number}"
            self.members[name] = self.stage.member(name, 20_000_000)
            self.cards[name] = self.stage.card(self.members[name])

    def pay(self, number: int, *, product: str = "") -> str:
        """One payment from the cart to the end; tells its channel attempt, if it has one."""
        names, weights = list(PRODUCTS), [each[2] for each in PRODUCTS.values()]
        product = product or self.rng.choices(names, weights)[0]
        attempt_id, payment_id, transaction_id, minor = self._paid(f"d{number}", product)
        self.sold[product] += 1
        if attempt_id:
            self.numbers.setdefault(product, []).append(attempt_id)
        platform, ask = self.stage.platform, Ask(TENANT, "test", transaction_id)
        if product == "escrow":
            ship(platform, ask)
            confirm_receipt(platform, ask)
        elif product == "preauth":
            capture(platform, ask, self.rng.randrange(minor // 2, minor) or minor, "CNY")
        elif self.rng.random() < REFUNDED:
            part = minor if self.rng.random() < 0.5 else minor // 2
            row = create_refund(platform, CreateRefund(TENANT, "test", payment_id, part, "CNY"))
            self.refunds.append(row.refund_id)
        return attempt_id

    def begin(self, order_no: str, product: str) -> tuple[str, str, str, int]:
        """A payment that waits for the shopper: attempt (empty for a balance), payment, transaction, amount."""
        scenario, method, _ = PRODUCTS[product]
        platform, shopper = self.stage.platform, f"buyer-{self.rng.randrange(BUYERS)}"
        minor = self.rng.randrange(500, 40_000)
        if product == "composite":  # somebody whose balance pays a third of it
            shopper = f"buyer-of-{order_no}"
            self.stage.member(shopper, minor // 3)
        session = create_session(platform, CreateSession(
            tenant_id=TENANT, mode="test", scenario=scenario, order_no=order_no, amount_minor=minor, currency="CNY",
            title="Two novels", terminal="pc", shopper={"id": shopper}, locale="en",
        ))  # fmt: skip
        use_balance = "all" if product == "composite" else ""
        taken = take_payment(platform, TakePayment(session.token, method, use_balance=use_balance))
        payment_id = str(taken.payment_id)
        with platform.db.read() as connection:
            deal = connection.execute(
                select(transaction.c.transaction_id)
                .join(payment, (payment.c.tenant_id == transaction.c.tenant_id)
                      & (payment.c.transaction_id == transaction.c.transaction_id))
                .where(payment.c.tenant_id == TENANT, payment.c.payment_id == payment_id)
            ).scalar_one()  # fmt: skip
            found = connection.execute(
                select(attempt.c.attempt_id).where(
                    attempt.c.tenant_id == TENANT,
                    attempt.c.payment_id == payment_id,
                    attempt.c.channel_account_id != "",
                )
            ).scalar()
        return str(found or ""), payment_id, str(deal), minor

    def _paid(self, order_no: str, product: str) -> tuple[str, str, str, int]:
        begun = self.begin(order_no, product)
        if begun[0]:
            self.approve(begun[0])
            self.stage.scheduler.wait_until(lambda: self._heard(begun[0]))
        return begun

    def approve(self, attempt_id: str) -> None:
        for channel in self.stage.channels.values():
            channel.shopper_pays(attempt_id)

    def _heard(self, attempt_id: str) -> bool:
        return ("channel_in", attempt_id) in self.stage.commits

    def move(self, number: int) -> None:
        """A transfer, or a withdrawal."""
        names = list(self.members)
        first, second = self.rng.sample(names, 2)
        platform, minor = self.stage.platform, self.rng.randrange(100, 20_000)
        if number % 2:
            command = RequestWithdrawal(
                TENANT, "test", self.members[first], self.cards[first], minor, "CNY", f"w{number}"
            )
            request_withdrawal(platform, command)
            return
        make_transfer(platform, MakeTransfer(
            tenant_id=TENANT, mode="test", transfer_no=f"t{number}", source_id=self.members[first],
            target_id=self.members[second], amount_minor=minor, currency="CNY",
        ))  # fmt: skip

    def at_once(self, works: list[Callable[[], Any]]) -> None:
        """Do all of these at the same time, and what falls due meanwhile."""
        scheduler = self.stage.scheduler
        tasks = [scheduler.spawn("shopper", work) for work in works]
        scheduler.run(lambda: all(task.greenlet.dead for task in tasks))
