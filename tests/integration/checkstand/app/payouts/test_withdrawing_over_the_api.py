"""POST /v1/withdrawals and what can be read of them."""

from __future__ import annotations

from typing import Any

from tests.world import RIVAL, World

from checkstand.accounting import WriteSet
from checkstand.kernel import new_id
from checkstand.member import new_api_key


def ask(desk: Any, minor: int = 5_000, *, headers: dict[str, str] | None = None, **changes: Any) -> Any:
    amount = {"minor": minor, "currency": "CNY"}
    body = {"withdrawal_no": new_id("wd"), "member": desk.member_id, "card": desk.card_id, "amount": amount}
    return desk.world.api("POST", "/v1/withdrawals", body | changes, **(headers or {}))


def test_a_withdrawal_is_told_as_it_goes(desk: Any, world: World) -> None:
    made = ask(desk)

    assert made.status == 201
    assert made.json() | {"id": "", "withdrawal_no": "", "created_at": ""} == {
        "id": "", "withdrawal_no": "", "member_id": desk.member_id, "card_id": desk.card_id, "status": "processing",
        "amount": {"minor": 5_000, "currency": "CNY"}, "fee": {"minor": 0, "currency": "CNY"},
        "reason": None, "created_at": "", "finished_at": None,
    }  # fmt: skip
    world.later(minutes=3)
    read = world.api("GET", f"/v1/withdrawals/{made.json()['id']}").json()
    assert (read["status"], bool(read["finished_at"])) == ("succeeded", True)


def test_an_unknown_outcome_is_told_as_processing(desk: Any, world: World) -> None:
    world.network_down = {"payout", "query_payout"}
    made = ask(desk).json()
    world.later(days=3)

    read = world.api("GET", f"/v1/withdrawals/{made['id']}").json()
    assert (read["status"], read["reason"]) == ("processing", None)


def test_a_key_repeats_the_answer_whatever_happened_since(desk: Any, world: World) -> None:
    first = ask(desk, withdrawal_no="wd-1", headers={"idempotency_key": "k"})
    world.later(minutes=3)

    again = ask(desk, withdrawal_no="wd-1", headers={"idempotency_key": "k"})
    assert (again.body, again.headers["idempotency-replayed"]) == (first.body, "true")
    assert ask(desk, withdrawal_no="wd-1").json()["status"] == "succeeded", "without the key it tells the present"
    assert ask(desk, withdrawal_no="wd-2", headers={"idempotency_key": "k"}).status == 422
    assert desk.paid() == {first.json()["id"]: 5_000}


def test_refusals_have_a_code_and_a_status(desk: Any, world: World) -> None:
    def code(**changes: Any) -> tuple[int, str]:
        answer = ask(desk, **changes)
        return answer.status, answer.json()["code"]

    assert code(minor=100_001) == (409, "withdrawal.balance_too_low")
    assert code(card=desk.card(desk.member_id, verified=False)) == (409, "card.not_verified")
    assert code(card="crd_none") == (404, "card.not_found")
    assert code(member="mbr_none") == (404, "member.not_found")
    assert code(amount={"minor": 0, "currency": "CNY"}) == (400, "request.invalid")
    assert code(pin="1234") == (400, "request.invalid")
    world.freeze("mei")
    assert code() == (409, "member.frozen")


def test_a_key_without_the_scope_moves_nothing(desk: Any, world: World) -> None:
    secret, op = new_api_key("lantern", "test", world.clock.now(), ("payments:read", "sessions:write"))
    world.platform.poster.commit(WriteSet(ops=[op]))
    body = {"withdrawal_no": "wd-1", "member": desk.member_id, "card": desk.card_id}

    answer = world.api("POST", "/v1/withdrawals", body | {"amount": {"minor": 1, "currency": "CNY"}}, key=secret)
    assert (answer.status, answer.json()["code"]) == (403, "auth.scope_missing")
    assert world.api("POST", "/v1/transfers", {}, key=secret).json()["code"] == "auth.scope_missing"


def test_others_do_not_see_it(desk: Any, world: World) -> None:
    made = ask(desk, withdrawal_no="wd-1").json()
    rival = world.keys[RIVAL]

    assert world.api("GET", f"/v1/withdrawals/{made['id']}", key=rival).json()["code"] == "withdrawal.not_found"
    assert world.api("GET", "/v1/withdrawals", key=rival).json()["data"] == []
    assert [row["id"] for row in world.api("GET", "/v1/withdrawals?withdrawal_no=wd-1").json()["data"]] == [made["id"]]
    assert world.api("GET", f"/v1/withdrawals?member={desk.member_id}").json()["data"] == [made]
    assert world.api("GET", "/v1/withdrawals?cursor=pay_1").json()["code"] == "request.page_invalid"
    world.later(minutes=3)
