"""A simulator is told what was sold before it began to run."""

import json
from datetime import timedelta

import pytest
from tests.world import BASE, LANTERN, World

from checkstand.channel.simulator.bills import bill_day, movements
from checkstand.channel.store import active_accounts


def tell(world: World, channel: str, merchant: str, *orders: dict) -> tuple[int, dict]:
    answer = world.call(
        "POST",
        f"{BASE}/sim/_control/{channel}/past",
        json.dumps({"merchant": merchant, "orders": orders}).encode(),
        {"authorization": "Bearer test"},
    )
    return answer.status, answer.json()


def sold(world: World, number: str) -> dict:
    paid_at = world.clock.now() - timedelta(days=9)
    refund = {"number": "rfd_1", "channel_no": "503", "amount_minor": 300, "done_at": paid_at.isoformat()}
    return {
        "number": number, "channel_no": "420", "amount_minor": 900, "currency": "CNY", "title": "Lantern",
        "product": "native", "paid_at": paid_at.isoformat(), "refunds": [refund],
    }  # fmt: skip


@pytest.mark.parametrize("channel", ["wechat_pay", "alipay"])
def test_it_is_remembered_once_and_stands_in_the_bill_of_its_day(world: World, channel: str) -> None:
    with world.platform.db.read() as connection:
        merchant = next(r.merchant_ref for r in active_accounts(connection, LANTERN, "test") if r.channel == channel)
    order = sold(world, "att_old")

    assert tell(world, channel, merchant, order) == (201, {"remembered": 1})
    assert tell(world, channel, merchant, order) == (201, {"remembered": 0})

    (charged,) = world.truth(channel)["orders"]
    assert (charged["charged_minor"], charged["refunded_minor"]) == (900, 300)
    frame = world.simulators.simulators[channel]
    lines = movements(frame, merchant, bill_day(world.clock.now() - timedelta(days=9)))
    assert [(line.gross_minor, line.refund is not None) for line in lines] == [(900, False), (300, True)]


def test_a_merchant_nobody_opened_is_refused(world: World) -> None:
    status, said = tell(world, "wechat_pay", "1999999999", sold(world, "att_old"))

    assert status == 400
    assert said["remedy"]
