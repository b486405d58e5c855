"""Money that waits: shipped, confirmed in parts and at once, disputed and ruled, captured, given back, forgotten."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Row, select
from tests.simulation.outside import ConnectionLost
from tests.simulation.stage import Stage
from tests.simulation.template import TENANT

from checkstand.app.platform import Platform
from checkstand.app.trade.capture import capture
from checkstand.app.trade.confirm_receipt import confirm_receipt
from checkstand.app.trade.open_dispute import open_dispute
from checkstand.app.trade.rule_dispute import rule_dispute
from checkstand.app.trade.ship import ship
from checkstand.app.trade.step import Ask
from checkstand.app.trade.void import void
from checkstand.kernel import CheckstandError
from checkstand.order import business_order
from checkstand.transaction import transaction

STEPS: Final = ("ship", "confirm", "confirm", "part", "part", "dispute", "rule", "rule", "nothing")
RESERVED: Final = ("capture", "capture_part", "void", "both", "nothing")


def follow(stage: Stage, rng: random.Random, order_no: str) -> None:
    """What the merchant and the buyer do after the payment, some of it at the same moment."""
    row = stage.insist("read transaction", lambda platform: _transaction(platform, order_no))
    if row is None:
        return
    if row.flow == "preauth":
        end = rng.choice(RESERVED)
        for name in ("capture", "void") if end == "both" else (end,):
            _step(stage, name, _reserved(name, row, rng))
        return
    for _ in range(rng.randrange(1, 5)):
        name = rng.choice(STEPS)
        work = _held(name, row, rng)
        if rng.random() < 0.3:
            stage.scheduler.spawn("aside", lambda name=name, work=work: _quiet(stage, name, work))
        _step(stage, name, work)
        stage.scheduler.sleep(rng.choice((0.1, 60.0, 86_400.0)))


def settle_disputes(stage: Stage) -> int:
    """The people who rule on what is still in dispute; without them it would stay so for ever, and rightly."""
    query = select(transaction.c.transaction_id).where(transaction.c.status == "DISPUTED")
    with stage.db.read() as connection:
        open_ = list(connection.execute(query).scalars())
    for transaction_id in open_:
        rule_dispute(stage.platform, Ask(TENANT, "test", transaction_id, by="operator"), "seller")
    return len(open_)


def _transaction(platform: Platform, order_no: str) -> Row[Any] | None:
    query = (
        select(transaction)
        .join(business_order, business_order.c.order_id == transaction.c.order_id)
        .where(business_order.c.order_no == order_no)
    )
    with platform.db.read() as connection:
        return connection.execute(query).one_or_none()


def _held(name: str, row: Row[Any], rng: random.Random) -> Callable[[Platform], Any]:
    ask, minor = Ask(TENANT, "test", row.transaction_id), rng.randrange(1, row.amount_minor + 1)
    ruling = rng.choice(("seller", "buyer", "split"))
    steps: dict[str, Callable[[Platform], Any]] = {
        "ship": lambda platform: ship(platform, ask),
        "confirm": lambda platform: confirm_receipt(platform, ask),
        "part": lambda platform: confirm_receipt(platform, ask, minor, "CNY"),
        "dispute": lambda platform: open_dispute(platform, ask, "it never came"),
        "rule": lambda platform: rule_dispute(platform, ask, ruling, minor if ruling == "split" else None),
        "nothing": lambda platform: None,
    }
    return steps[name]


def _reserved(name: str, row: Row[Any], rng: random.Random) -> Callable[[Platform], Any]:
    ask, minor = Ask(TENANT, "test", row.transaction_id), rng.randrange(1, row.amount_minor + 1)
    steps: dict[str, Callable[[Platform], Any]] = {
        "capture": lambda platform: capture(platform, ask),
        "capture_part": lambda platform: capture(platform, ask, minor, "CNY"),
        "void": lambda platform: void(platform, ask),
        "nothing": lambda platform: None,
    }
    return steps[name]


def _step(stage: Stage, name: str, work: Callable[[Platform], Any]) -> None:
    try:
        stage.insist(f"step {name}", work)
    except CheckstandError as refused:
        stage.did[f"refused {refused.code}"] += 1


def _quiet(stage: Stage, name: str, work: Callable[[Platform], Any]) -> None:
    try:
        _step(stage, name, work)
    except ConnectionLost:
        pass
