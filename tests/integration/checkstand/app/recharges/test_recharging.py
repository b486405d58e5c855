"""A member fills up the balance over the API; without custody only where a bank keeps the money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import WriteSet
from checkstand.app.create_session import CreateSession, FundModeForbids, create_session
from checkstand.channel.store import channel_account
from checkstand.infra.ops import Update
from checkstand.scenario.store import publish_ops, published_pointer


def recharge(world: World, minor: int = 5_000, **changes: Any) -> Any:
    body = {
        "recharge_no": "r-1",
        "member": world.member("mei"),
        "amount": {"minor": minor, "currency": "CNY"},
        "terminal": "pc",
    }
    return world.api("POST", "/v1/recharges", body | changes)


def test_a_recharge_is_a_checkout_that_ends_in_the_balance(world: World) -> None:
    made = recharge(world)

    assert (made.status, made.json()["status"]) == (201, "open")
    world.pay(made.json())
    world.shop(made.json())
    world.settle()
    read = world.api("GET", f"/v1/recharges/{made.json()['id']}").json()
    assert (read["status"], read["member_id"], world.balance("mei")) == ("succeeded", world.member("mei"), 5_000)
    assert read["paid_at"]


def test_the_same_number_is_the_same_recharge(world: World) -> None:
    first = recharge(world).json()

    assert recharge(world).json() == first
    assert recharge(world, 6_000).json()["code"] == "order.number_taken"
    assert [row["id"] for row in world.api("GET", "/v1/recharges?recharge_no=r-1").json()["data"]] == [first["id"]]


def test_what_cannot_be_recharged_is_named(world: World) -> None:
    assert recharge(world, member="mbr_none").json()["code"] == "member.not_found"
    assert recharge(world, scenario="mall-order").json()["code"] == "recharge.wrong_scenario"
    assert recharge(world, scenario="none").json()["code"] == "scenario.not_published"
    made = recharge(world).json()
    assert world.api("GET", f"/v1/recharges/{made['id']}", key=world.keys[RIVAL]).status == 404
    sold = world.session()
    assert world.api("GET", f"/v1/recharges/{sold['id']}").json()["code"] == "recharge.not_found"
    world.freeze("mei")
    assert recharge(world, recharge_no="r-2").json()["code"] == "member.frozen"


def live_recharge(world: World) -> Any:
    """The published recharge scenario, asked for in live mode."""
    with world.platform.db.read() as connection:
        content_hash = str(published_pointer(connection, LANTERN, "top-up", "test"))
    now = world.clock.now()
    ops = publish_ops(LANTERN, "top-up", "live", content_hash, by="tests", at=now, previous=None)
    world.platform.poster.commit(WriteSet(ops=ops))
    shopper = {"id": "mei"}
    command = CreateSession(LANTERN, "live", "top-up", "r-live", 5_000, "CNY", "Recharge", "pc", shopper=shopper)
    return create_session(world.platform, command)


def test_hosted_mode_refuses_balances_that_no_bank_keeps(world: World) -> None:
    with pytest.raises(FundModeForbids):
        live_recharge(world)


def test_custody_allows_them(world: World) -> None:
    world.platform.settings = replace(world.platform.settings, fund_mode="custody")

    assert live_recharge(world).status == "open"


def test_a_bank_that_pays_out_allows_them(world: World) -> None:
    bank = (channel_account.c.tenant_id == LANTERN) & (channel_account.c.channel == "bank")
    with world.platform.db.read() as connection:
        account_id = connection.execute(channel_account.select().where(bank)).one().channel_account_id
    key = {"tenant_id": LANTERN, "channel_account_id": account_id}
    world.platform.poster.commit(WriteSet(ops=[Update(channel_account, key, {"mode": "live"})]))

    assert live_recharge(world).status == "open"
