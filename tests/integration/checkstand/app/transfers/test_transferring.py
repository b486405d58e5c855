"""Money between members over the API: at once, or held and confirmed; idempotent by its number."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import WriteSet
from checkstand.infra.ops import Update
from checkstand.infra.state_event import history_of
from checkstand.kernel import new_id
from checkstand.member import member


@pytest.fixture
def members(world: World) -> tuple[str, str]:
    """Mei has 100 yuan, Otto nothing."""
    return world.member("mei", 10_000), world.member("otto")


@pytest.fixture
def send(world: World, members: tuple[str, str]) -> Callable[..., Any]:
    def post(minor: int = 3_000, **changes: Any) -> Any:
        body = {
            "transfer_no": new_id("no"),
            "from": members[0],
            "to": members[1],
            "amount": {"minor": minor, "currency": "CNY"},
        }
        return world.api("POST", "/v1/transfers", body | changes)

    return post


def edges(world: World, transfer_id: str) -> list[str]:
    with world.platform.db.read() as connection:
        return [row["event"] for row in history_of(connection, LANTERN, [transfer_id])]


def test_a_transfer_moves_at_once_and_is_told(world: World, send: Any) -> None:
    answer = send(3_000, title="half of the dinner")

    assert (answer.status, answer.json()["status"]) == (201, "succeeded")
    assert (world.balance("mei"), world.balance("otto")) == (7_000, 3_000)
    world.jobs()
    assert world.sender.types() == ["transfer.succeeded"]
    assert world.api("GET", f"/v1/transfers/{answer.json()['id']}").json() == answer.json()


def test_the_same_number_moves_once(world: World, send: Any) -> None:
    first = send(3_000, transfer_no="t-1")

    assert send(3_000, transfer_no="t-1").json() == first.json()
    assert send(3_001, transfer_no="t-1").json()["code"] == "transfer.number_taken"
    assert send(3_000, transfer_no="t-1", hold=True).json()["code"] == "transfer.number_taken"
    assert world.balance("otto") == 3_000


def test_the_same_number_at_the_same_moment_moves_once(world: World, send: Any) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: send(3_000, transfer_no="t-1"), range(6)))

    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert (world.balance("mei"), world.balance("otto")) == (7_000, 3_000)


def test_an_idempotency_key_tells_the_stored_answer(world: World, members: tuple[str, str]) -> None:
    amount = {"minor": 3_000, "currency": "CNY"}
    body = {"transfer_no": "t-1", "from": members[0], "to": members[1], "amount": amount}
    first = world.api("POST", "/v1/transfers", body, idempotency_key="k")

    again = world.api("POST", "/v1/transfers", body, idempotency_key="k")
    assert (again.body, again.headers["idempotency-replayed"]) == (first.body, "true")
    other = world.api("POST", "/v1/transfers", body | {"transfer_no": "t-2"}, idempotency_key="k")
    assert other.status == 422


def test_a_balance_is_never_overdrawn_however_many_come_at_once(world: World, send: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = [answer.json().get("code", "moved") for answer in pool.map(lambda _: send(4_000), range(8))]

    assert sorted(codes) == ["moved"] * 2 + ["transfer.balance_too_low"] * 6
    assert (world.balance("mei"), world.balance("otto")) == (2_000, 8_000)


def test_two_phases_hold_then_move(world: World, send: Any) -> None:
    held = send(3_000, hold=True).json()

    assert (held["status"], world.balance("mei"), world.balance("otto")) == ("held", 7_000, 0)
    confirmed = world.api("POST", f"/v1/transfers/{held['id']}/confirmations")
    assert (confirmed.status, confirmed.json()["status"], world.balance("otto")) == (200, "succeeded", 3_000)
    again = world.api("POST", f"/v1/transfers/{held['id']}/confirmations")
    assert again.json() == confirmed.json(), "confirming twice is confirming once"
    assert world.api("POST", f"/v1/transfers/{held['id']}/voids").json()["code"] == "transfer.ended"
    world.later(days=2)
    assert edges(world, held["id"]) == ["create", "hold", "confirm"]


def test_a_held_transfer_can_be_given_up(world: World, send: Any) -> None:
    held = send(3_000, hold=True).json()
    voided = world.api("POST", f"/v1/transfers/{held['id']}/voids").json()

    assert (voided["status"], voided["reason"], world.balance("mei")) == ("voided", "voided", 10_000)
    assert world.api("POST", f"/v1/transfers/{held['id']}/voids").json() == voided
    assert world.api("POST", f"/v1/transfers/{held['id']}/confirmations").json()["code"] == "transfer.ended"
    world.jobs()
    assert world.sender.types() == ["transfer.voided"]


def test_what_nobody_confirms_in_time_goes_back(world: World, send: Any) -> None:
    held = send(3_000, hold=True, hold_s=600).json()
    world.later(minutes=9)
    assert world.balance("mei") == 7_000
    world.later(minutes=3)

    told = world.api("GET", f"/v1/transfers/{held['id']}").json()
    assert (told["status"], told["reason"], world.balance("mei")) == ("voided", "expired", 10_000)
    assert world.sender.told[-1]["data"]["transfer"]["reason"] == "expired"


@pytest.mark.parametrize("who", ["mei", "otto"])
def test_nothing_moves_from_or_to_a_frozen_member(world: World, send: Any, who: str) -> None:
    held = send(1_000, hold=True).json()
    world.freeze(who)

    assert send(1_000).json()["code"] == "member.frozen"
    assert world.api("POST", f"/v1/transfers/{held['id']}/confirmations").json()["code"] == "member.frozen"
    assert world.api("POST", f"/v1/transfers/{held['id']}/voids").json()["status"] == "voided"
    assert (world.balance("mei"), world.balance("otto")) == (10_000, 0)


def test_members_of_others_do_not_exist(world: World, send: Any, members: tuple[str, str]) -> None:
    stranger = world.api("POST", "/v1/members", {"external_id": "x"}, key=world.keys[RIVAL]).json()["id"]

    assert send(to=stranger).json()["code"] == "member.not_found"
    assert send(**{"from": stranger}).json()["code"] == "member.not_found"
    assert send(to=members[0]).json()["code"] == "transfer.same_member"
    moved = send().json()["id"]
    foreign = world.api("GET", f"/v1/transfers/{moved}", key=world.keys[RIVAL])
    assert (foreign.status, foreign.json()["code"]) == (404, "transfer.not_found")
    assert world.api("POST", f"/v1/transfers/{moved}/voids", key=world.keys[RIVAL]).status == 404


def test_an_enterprise_pays_from_what_is_settled_to_it(world: World, send: Any, members: tuple[str, str]) -> None:
    key = {"tenant_id": LANTERN, "member_id": members[1]}
    world.platform.poster.commit(WriteSet(ops=[Update(member, key, {"kind": "enterprise"})]))
    send(3_000)

    assert send(3_001, **{"from": members[1], "to": members[0]}).json()["code"] == "transfer.balance_too_low"
    assert send(3_000, **{"from": members[1], "to": members[0]}).status == 201
    assert world.balance("mei") == 10_000


def test_the_list_is_paged_and_narrowed(world: World, send: Any, members: tuple[str, str]) -> None:
    made = [send(100, transfer_no=f"t-{i}").json()["id"] for i in range(5)]

    first = world.api("GET", "/v1/transfers?limit=2").json()
    rest = world.api("GET", f"/v1/transfers?limit=100&cursor={first['next_cursor']}").json()
    assert [row["id"] for row in first["data"] + rest["data"]] == made[::-1]
    assert rest["next_cursor"] is None
    assert [row["id"] for row in world.api("GET", "/v1/transfers?transfer_no=t-3").json()["data"]] == [made[3]]
    assert world.api("GET", "/v1/transfers?member=mbr_none").json()["data"] == []
    assert world.api("GET", "/v1/transfers?limit=0").json()["code"] == "request.page_invalid"
