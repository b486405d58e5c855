"""A frozen member: nothing of its own moves, what it is owed still arrives; and no money moves after the freeze."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.integration.checkstand.app.members.conftest import Desk

from checkstand.accounting.names import member_balance
from checkstand.accounting.reading import account_statement
from checkstand.app.members.freeze_member import freeze_member
from checkstand.infra.state_event import history_of


def test_a_frozen_member_does_not_pay_from_its_balance(desk: Desk) -> None:
    mei = desk.world.member("mei", 20_000)
    session = desk.world.session()
    desk.freeze(mei)

    desk.world.pay(session, "bal")

    assert desk.world.view(session).payments == ()  # the method is not there any more
    assert desk.world.balance("mei") == 20_000


def test_a_page_that_was_open_before_is_refused_in_words(desk: Desk) -> None:
    mei = desk.world.member("mei", 20_000)
    session, platform = desk.world.session(), desk.world.platform
    commit = platform.poster.commit

    def freeze_first(write_set: object) -> None:
        platform.poster.commit = commit  # type: ignore[method-assign]
        desk.freeze(mei)
        commit(write_set)  # type: ignore[arg-type]

    platform.poster.commit = freeze_first  # type: ignore[method-assign,assignment]
    desk.world.pay(session, "bal")

    paid = desk.world.view(session).payments[0]
    assert (paid.status, paid.reason) == ("FAILED", "payer_blocked")
    assert desk.world.balance("mei") == 20_000


def test_a_frozen_member_does_not_recharge(desk: Desk) -> None:
    desk.freeze(desk.world.member("mei"))

    assert desk.refused("/checkout-sessions", desk.world.session_body("top-up", 5_000)) == "member.frozen"


def test_a_recharge_that_was_begun_before_still_arrives(desk: Desk) -> None:
    session = desk.world.session("top-up", 5_000)
    desk.world.pay(session, "wx")
    desk.freeze(desk.world.member("mei"))

    desk.world.shop(session)
    desk.world.settle()

    assert desk.world.balance("mei") == 5_000  # taken by the channel: it is the member's, frozen or not


def test_a_frozen_member_gets_its_refund(desk: Desk) -> None:
    mei = desk.world.member("mei", 20_000)
    session = desk.world.session()
    desk.world.pay(session, "bal")
    desk.freeze(mei)

    assert desk.world.refund(session, 12_900).status == 201
    desk.world.settle()

    assert desk.world.balance("mei") == 20_000


def test_unfrozen_it_pays_again(desk: Desk) -> None:
    mei = desk.world.member("mei", 20_000)
    desk.freeze(mei)
    desk.made(f"/members/{mei}/unfreeze")
    session = desk.world.session()

    desk.world.pay(session, "bal")

    assert desk.world.view(session).order_status == "PAID"


def test_freezing_twice_changes_nothing_and_tells_once(desk: Desk) -> None:
    mei = desk.world.member("mei")
    desk.freeze(mei)
    desk.freeze(mei)
    desk.world.settle()

    told = [each for each in desk.world.sender.told if each["type"] == "member.frozen"]
    assert [each["data"]["member"]["reason"] for each in told] == ["a court order"]
    with desk.world.platform.db.read() as connection:
        assert [line["event"] for line in history_of(connection, "lantern", [mei])] == ["freeze"]


def test_a_freeze_says_why(desk: Desk) -> None:
    mei = desk.world.member("mei")

    assert desk.refused(f"/members/{mei}/freeze", {"reason": "  "}) == "member.reason_missing"
    assert desk.refused(f"/members/{mei}/freeze", {}) == "request.invalid"
    desk.freeze(mei)
    assert desk.get(f"/members/{mei}").json()["reason"] == "a court order"


def test_no_money_moves_after_the_freeze(desk: Desk) -> None:
    """Twenty payments and a freeze at once: each is paid before it or refused, and the books agree with the orders."""
    mei = desk.world.member("mei", 20_000)
    sessions = [desk.world.session(minor=100) for _ in range(20)]
    start = Barrier(21)

    def pay(session: dict[str, str]) -> None:
        start.wait()
        desk.world.pay(session, "bal")

    def freeze() -> int:
        start.wait()
        freeze_member(desk.world.platform, "lantern", "test", mei, "a court order")
        return desk.world.balance("mei")

    with ThreadPoolExecutor(21) as pool:
        frozen_with = pool.submit(freeze)
        for each in [pool.submit(pay, session) for session in sessions]:
            each.result()

    states = [desk.world.view(session).order_status for session in sessions]
    assert frozen_with.result() == desk.world.balance("mei") == 20_000 - 100 * states.count("PAID")
    with desk.world.platform.db.read() as connection:
        booked = account_statement(connection, "lantern", member_balance(mei, "CNY"))
    assert len(booked) == 1 + states.count("PAID")  # the opening, and one for each order that says it is paid
    assert desk.row(mei).status == "frozen"
