"""A business unit reads, approves and pays again its batches with its keys."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.integration.checkstand.app.settlement.conftest import Till
from tests.world import LANTERN, World

from checkstand.accounting import WriteSet
from checkstand.member import new_api_key

TUESDAY = date(2026, 11, 17)
BATCHES = "/v1/settlement-batches"


@pytest.fixture
def batch(till: Till) -> dict[str, Any]:
    """A batch of two items that waits for two people."""
    till.profile(auto_approve_minor=0)
    sale = till.sell(10_000)
    till.refund(sale, 1_000)
    till.to(TUESDAY)
    till.run()
    return dict(till.world.api("GET", BATCHES).json()["data"][0])


def another_key(world: World, *scopes: str) -> str:
    secret, op = new_api_key(LANTERN, "test", world.clock.now(), scopes or ("settlements:read", "settlements:write"))
    world.platform.poster.commit(WriteSet(ops=[op]))
    return secret


def test_a_batch_is_read_with_its_items(world: World, batch: dict[str, Any]) -> None:
    assert (batch["status"], batch["items"]) == ("waiting_for_approval", 2)
    assert batch["amount"] == {"minor": 8_946, "currency": "CNY"}
    assert world.api("GET", f"{BATCHES}/{batch['id']}").json()["payouts"] == []

    first = world.api("GET", f"{BATCHES}/{batch['id']}/items?limit=1").json()
    rest = world.api("GET", f"{BATCHES}/{batch['id']}/items?cursor={first['next_cursor']}").json()

    items = first["data"] + rest["data"]
    assert [(item["kind"], item["amount"]["minor"]) for item in items] == [("sale", 9_940), ("refund", -994)]
    assert rest["next_cursor"] is None
    assert world.api("GET", f"{BATCHES}?status=paid").json()["data"] == []


def test_two_keys_approve(world: World, batch: dict[str, Any]) -> None:
    path = f"{BATCHES}/{batch['id']}/approvals"
    asked = world.api("POST", path, idempotency_key="once")
    assert (asked.status, asked.json()["decision"]) == (201, "asked")
    again = world.api("POST", path, idempotency_key="once")
    assert (again.status, again.json()) == (201, asked.json())
    same = world.api("POST", path)
    assert (same.status, same.json()["code"]) == (403, "approval.same_person")

    approved = world.api("POST", path, key=another_key(world))

    assert (approved.json()["decision"], approved.json()["settlement_batch"]["status"]) == ("approved", "paid")
    late = world.api("POST", path)
    assert (late.status, late.json()["code"]) == (409, "settlement.not_waiting")


def test_only_what_failed_is_paid_again(world: World, batch: dict[str, Any]) -> None:
    answer = world.api("POST", f"{BATCHES}/{batch['id']}/payouts")

    assert (answer.status, answer.json()["code"]) == (409, "settlement.nothing_failed")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/items"), ("POST", "/approvals"), ("POST", "/payouts")],
)
def test_another_unit_sees_nothing(world: World, batch: dict[str, Any], method: str, path: str) -> None:
    answer = world.api(method, f"{BATCHES}/{batch['id']}{path}", key=world.keys["rival"])

    assert (answer.status, answer.json()["code"]) == (404, "settlement.batch_unknown")


def test_a_key_needs_the_scope(world: World, batch: dict[str, Any]) -> None:
    reader = another_key(world, "settlements:read")

    assert world.api("GET", f"{BATCHES}/{batch['id']}", key=reader).status == 200
    assert world.api("POST", f"{BATCHES}/{batch['id']}/approvals", key=reader).status == 403
    assert world.api("GET", BATCHES, key=another_key(world, "payments:read")).status == 403
