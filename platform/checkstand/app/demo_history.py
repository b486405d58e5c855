"""The demo's past: some hundreds of orders of the last weeks, made by the use cases that make real ones.

A clock that is set back and a channel that answers from a script are all that differs: rows, journals,
history and outbox are written by the same code, so the books balance and every page of the console has
something to show. What is over needs no timers, so the jobs of these orders are left out; the simulators
have never heard of them and must not be asked.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from checkstand.app.close_order import expire_order
from checkstand.app.create_refund import CreateRefund, create_refund
from checkstand.app.create_session import create_session
from checkstand.app.demo_past import Past, Scripted
from checkstand.app.demo_seed import TENANT, open_member
from checkstand.app.evidence import Evidence
from checkstand.app.job_runner import Finished
from checkstand.app.open_cashier import note_view, open_cashier
from checkstand.app.pay_command import TakePayment
from checkstand.app.platform import Platform
from checkstand.app.resolve_attempt import apply_evidence
from checkstand.app.resolve_refund import send_refund
from checkstand.app.session_rows import CreateSession
from checkstand.app.take_payment import take_payment
from checkstand.channel.port import Outcome
from checkstand.experiment import assign
from checkstand.kernel import Money
from checkstand.order import find_order
from checkstand.payment import attempts_of_payments, payments_of_order

DAYS: Final = 28
ORDERS: Final = 320
WRITERS: Final = 4  # they share commits; more would only wait for each other
SHOPPERS: Final = {"lin": "Lin", "noor": "Noor", "tomas": "Tomas"}  # Mei's and Otto's balances are the visitor's
OPENING_MINOR: Final = 2_000_000

# Scenario, title, category, terminal, lowest and highest price, fields of the form.
GOODS: Final[tuple[tuple[str, str, str, str, int, int, dict[str, str]], ...]] = (
    ("mall-order", "Paper lantern, red", "home", "pc", 3_900, 9_900, {}),
    ("mall-order", "Walnut reading stand", "books", "pc", 12_800, 39_900, {}),
    ("mall-order", "Atlas of mountains and seas", "books", "h5", 6_800, 12_800, {}),
    ("grocery-h5", "Vegetables of the week", "grocery", "h5", 2_900, 8_800, {"delivery_slot": "evening"}),
    ("virtual-goods", "Game points", "digital", "pc", 600, 6_400, {}),
)
# How an order ends, and how many of a hundred do.
FATES: Final = {"paid": 66, "refunded": 5, "part_refunded": 6, "failed": 9, "closed": 11, "abandoned": 3}
MONEY_CAME: Final = ("paid", "refunded", "part_refunded")
REFUSALS: Final = ("insufficient_funds", "risk_refused", "declined")
REFUND_REASONS: Final = ("Arrived damaged", "Wrong size", "Ordered twice")
# Visits to the experiment of the second shop in GOODS, each by somebody else: how they end depends on what they saw.
TRIALS: Final = 360
TRIAL_GOODS: Final = GOODS[3]
TRIAL_FATES: Final = {
    "control": {"paid": 60, "failed": 8, "abandoned": 32},
    "wx_instant": {"paid": 83, "failed": 7, "abandoned": 10},
}
TRIAL_BEGAN: Final = timedelta(days=12)
UNKNOWN_ORDERS: Final = 2  # the channel was silent about them
STILL_TOLD: Final = timedelta(days=1)  # how old a message may be that the storefront still gets


@dataclass(frozen=True, slots=True)
class Tale:
    """One order to be told."""

    order_no: str
    begins_at: datetime
    goods: tuple[str, str, str, str, int, int, dict[str, str]]
    amount_minor: int
    method: str
    shopper: str
    fate: str
    chance: random.Random


def seed_history(platform: Platform, stopped: Event) -> int:
    """Tell what has not been told yet, until `stopped`; how many orders were missing."""
    now = platform.clock.now()
    told = [*_tales(now), *_trials(platform, now)]
    tales = [tale for tale in told if platform.plans.published(TENANT, tale.goods[0], "test") is not None]
    with platform.db.read() as connection:
        tales = [tale for tale in tales if find_order(connection, TENANT, "test", tale.order_no) is None]

    def tell(tale: Tale) -> None:
        if not stopped.is_set():
            _tell(platform, tale, now)

    if tales:
        open_shoppers(platform)
        with ThreadPoolExecutor(WRITERS, thread_name_prefix="history") as pool:
            list(pool.map(tell, tales))
    return len(tales)


def open_shoppers(platform: Platform) -> None:
    """The members of the past, with money in their balances the first time."""
    for external_id, name in SHOPPERS.items():
        open_member(platform, external_id, name, OPENING_MINOR)


def _tales(now: datetime) -> Iterator[Tale]:
    """Always the same ones for the same day, oldest first, busier in the evening than at night."""
    chance = random.Random(20)
    fates = list(FATES)
    for number in range(ORDERS):
        age = timedelta(days=DAYS) * (1 - number / ORDERS) + timedelta(hours=1, minutes=chance.uniform(0, 50))
        goods = chance.choice(GOODS)
        method = chance.choices(("wx", "ali", "bal"), (50, 38, 12))[0]
        fate = chance.choices(fates, list(FATES.values()))[0]
        if number >= ORDERS - UNKNOWN_ORDERS:
            goods, method, fate = GOODS[0], "wx", "unknown"
        elif method == "bal":
            goods, fate = GOODS[0], fate if "refunded" in fate else "paid"
        yield Tale(
            order_no=f"DEMO-{number + 1:05}",
            begins_at=now - age,
            goods=goods,
            amount_minor=chance.randrange(goods[4], goods[5], 10),
            method=method,
            shopper=chance.choice(list(SHOPPERS)),
            fate=fate,
            chance=random.Random(number),
        )


def _trials(platform: Platform, now: datetime) -> Iterator[Tale]:
    """Guests who met the experiment, oldest first."""
    plan = platform.plans.published(TENANT, TRIAL_GOODS[0], "test")
    chance = random.Random(21)
    for number in range(TRIALS if plan is not None else 0):
        shopper = f"guest-{number + 1:04}"
        seen = assign(plan, {"shopper.id": shopper}, {"shopper": shopper}) if plan is not None else {}
        fates = next((TRIAL_FATES[arm] for arm in seen.values() if arm in TRIAL_FATES), FATES)
        age = TRIAL_BEGAN * (1 - number / TRIALS) + timedelta(hours=1, minutes=chance.uniform(0, 30))
        yield Tale(
            order_no=f"TRIAL-{number + 1:05}",
            begins_at=now - age,
            goods=TRIAL_GOODS,
            amount_minor=chance.randrange(TRIAL_GOODS[4], TRIAL_GOODS[5], 10),
            method=chance.choices(("wx", "ali"), (60, 40))[0],
            shopper=shopper,
            fate=chance.choices(list(fates), list(fates.values()))[0],
            chance=random.Random(10_000 + number),
        )


def _tell(platform: Platform, tale: Tale, now: datetime) -> None:
    """From the session to the end of the order."""
    first = {"failed": Outcome.FAILED, "unknown": Outcome.UNKNOWN}.get(tale.fate, Outcome.ACCEPTED)
    reason = tale.chance.choice(REFUSALS) if tale.fate == "failed" else None
    script = Scripted(first, reason, f"4200{tale.chance.randrange(10**20):020}")
    tells = now - tale.begins_at < STILL_TOLD
    past = Past(platform, tale.begins_at, tale.chance, script, now=now, tells=tells)
    scenario, title, category, terminal, _, _, fields = tale.goods
    shopper = {"id": tale.shopper, "tier": "regular"}
    command = CreateSession(
        TENANT, "test", scenario, tale.order_no, tale.amount_minor, "CNY", title, terminal, category, shopper=shopper
    )
    session = create_session(past.platform, command)
    view = open_cashier(past.platform, session.token, viewed=False)
    note_view(past.platform, view, render_ms=tale.chance.randint(4, 12))
    past.advance(8, 90)
    if tale.fate != "abandoned":
        client_ip = f"203.0.113.{tale.chance.randrange(1, 255)}"  # RFC 5737: nobody's
        take_payment(past.platform, TakePayment(session.token, tale.method, fields, reviewed=True, client_ip=client_ip))
    if tale.fate in MONEY_CAME:
        payment_id = _money_comes(past, tale, session.order_id, script)
        if tale.fate != "paid":
            _refund(past, tale, payment_id)
    elif tale.fate != "unknown":
        past.wait_until(session.expires_at)
        expire_order(past.platform, past.job(TENANT, "order.expire", order_id=session.order_id))


def _money_comes(past: Past, tale: Tale, order_id: str, script: Scripted) -> str:
    """The shopper pays at the channel, which says so; a balance has paid already. Tells the payment."""
    with past.platform.db.read() as connection:
        payment = payments_of_order(connection, TENANT, order_id)[0]
        attempt = attempts_of_payments(connection, TENANT, [payment.payment_id])[-1]
    if tale.method != "bal":
        at = past.advance(10, 150)
        amount = Money(payment.amount_minor, payment.currency)
        paid = Evidence(Outcome.SUCCEEDED, "query", amount=amount, channel_no=script.channel_no, occurred_at=at)
        apply_evidence(past.platform, TENANT, attempt.attempt_id, paid)
    return str(payment.payment_id)


def _refund(past: Past, tale: Tale, payment_id: str) -> None:
    past.advance(1_800, 3_000)
    minor = tale.amount_minor if tale.fate == "refunded" else tale.amount_minor // 3
    reason = tale.chance.choice(REFUND_REASONS)
    command = CreateRefund(TENANT, "test", payment_id, minor, "CNY", f"{tale.order_no}-R1", reason)
    row = create_refund(past.platform, command)
    past.advance(5, 20)
    job = past.job(TENANT, "refund.send", refund_id=row.refund_id)
    last = send_refund(past.platform, job)
    if isinstance(last, Finished) and (last.writes.ops or last.writes.journals):
        past.platform.poster.commit(last.writes)
