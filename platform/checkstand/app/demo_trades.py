"""Money of the demo that is on its way: sales in escrow, deposits that are reserved, a withdrawal at the bank.

Made now and by the use cases that make real ones, so their timers run as they would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Final

from checkstand.app.create_session import create_session
from checkstand.app.demo_history import open_shoppers
from checkstand.app.demo_seed import TENANT, verified_card
from checkstand.app.pay_command import TakePayment
from checkstand.app.payouts.request_withdrawal import RequestWithdrawal, request_withdrawal
from checkstand.app.platform import Platform
from checkstand.app.session_rows import CreateSession
from checkstand.app.take_payment import take_payment
from checkstand.app.trade.capture import capture
from checkstand.app.trade.confirm_receipt import confirm_receipt
from checkstand.app.trade.open_dispute import open_dispute
from checkstand.app.trade.ship import ship
from checkstand.app.trade.step import Ask
from checkstand.kernel import present
from checkstand.member import find_member
from checkstand.order import find_order

MODE: Final = "test"
WITHDRAWER: Final = "lin"
CARD: Final = "6222020200112233536"
WITHDRAWN_MINOR: Final = 20_000

Step = Callable[[Platform, Ask], object]


@dataclass(frozen=True, slots=True)
class Deal:
    """A sale that is paid from a balance, and what has happened since."""

    order_no: str
    scenario: str
    title: str
    shopper: str
    amount_minor: int
    steps: tuple[Step, ...] = ()


_SHIPPED: Final[Step] = partial(ship, carrier="SF Express", number="SF1400020261122")
_DISPUTED: Final[Step] = partial(open_dispute, reason="The shutter does not open")
_PART_CONFIRMED: Final[Step] = partial(confirm_receipt, amount_minor=30_000, currency="CNY")
_MINIBAR: Final[Step] = partial(capture, amount_minor=8_800, currency="CNY")

DEALS: Final = (
    Deal("ESCROW-1", "second-hand", "Record player", "lin", 128_000),
    Deal("ESCROW-2", "second-hand", "Writing desk, oak", "noor", 86_000, (_SHIPPED,)),
    Deal("ESCROW-3", "second-hand", "Film camera, 1984", "tomas", 99_000, (_SHIPPED, _DISPUTED)),
    Deal("ESCROW-4", "second-hand", "Encyclopaedia, twelve volumes", "noor", 60_000, (_SHIPPED, _PART_CONFIRMED)),
    Deal("ESCROW-5", "second-hand", "Teapot, Yixing clay", "tomas", 24_000, (_SHIPPED, confirm_receipt)),
    Deal("DEPOSIT-1", "hotel-deposit", "Room 1204, two nights", "noor", 50_000),
    Deal("DEPOSIT-2", "hotel-deposit", "Room 0817, one night", "tomas", 50_000, (_MINIBAR,)),
)


def seed_trades(platform: Platform, stopped: Event) -> int:
    """Make what is not there yet, until `stopped`; how many deals that were."""
    with platform.db.read() as connection:
        missing = [deal for deal in DEALS if find_order(connection, TENANT, MODE, deal.order_no) is None]
    missing = [deal for deal in missing if platform.plans.published(TENANT, deal.scenario, MODE) is not None]
    open_shoppers(platform)
    for made, deal in enumerate(missing):
        if stopped.is_set():
            return made
        _make(platform, deal)
    _withdraw(platform)
    return len(missing)


def _make(platform: Platform, deal: Deal) -> None:
    command = CreateSession(
        TENANT, MODE, deal.scenario, deal.order_no, deal.amount_minor, "CNY", deal.title, "pc",
        shopper={"id": deal.shopper, "tier": "regular"},
    )  # fmt: skip
    session = create_session(platform, command)
    take_payment(platform, TakePayment(session.token, "bal", {}, reviewed=True, client_ip="203.0.113.7"))
    for step in deal.steps:
        step(platform, Ask(TENANT, MODE, session.transaction_id))


def _withdraw(platform: Platform) -> None:
    """Lin takes money out, once: the number is the same at every start."""
    with platform.db.read() as connection:
        member = present(find_member(connection, TENANT, MODE, WITHDRAWER), "she is one of the shoppers")
    card_id = verified_card(platform, member.member_id, "Lin", CARD)
    request_withdrawal(
        platform, RequestWithdrawal(TENANT, MODE, member.member_id, card_id, WITHDRAWN_MINOR, "CNY", "WITHDRAWAL-1")
    )
