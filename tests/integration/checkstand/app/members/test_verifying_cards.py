"""Bank cards: sealed, recognised, verified by a few fen and three answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from tests.integration.checkstand.app.members.conftest import Desk

from checkstand.accounting import AccountRef
from checkstand.accounting.reading import balance
from checkstand.app.members.bank_cards import account_number
from checkstand.infra.secrets import SecretUnreadable
from checkstand.member.cards import payable_card
from checkstand.member.errors import CardNotVerified, CardUnknown
from checkstand.monitoring.request_log import api_request
from checkstand.settlement.payout_store import get_payout

NUMBER = "6222021234567890123"


def path(card: dict[str, str]) -> str:
    return f"/members/{card['member_id']}/cards/{card['id']}/verification"


def begun(desk: Desk, number: str = NUMBER) -> dict[str, str]:
    """A card that the small amount has reached."""
    card = desk.card(desk.world.member("mei"), number)
    desk.made(path(card))
    desk.world.later(minutes=5)
    return card


def sent(desk: Desk, card: dict[str, str]) -> int:
    return int(desk.card_row(card["id"]).verification_minor)


def wrong(desk: Desk, card: dict[str, str]) -> int:
    return sent(desk, card) % 99 + 1


def test_nothing_but_four_digits_is_shown_or_stored_in_clear(desk: Desk) -> None:
    mei = desk.world.member("mei")
    card = desk.card(mei)
    row = desk.card_row(card["id"])

    assert (card["last4"], card["status"]) == ("0123", "pending")
    assert NUMBER not in str(card)
    assert NUMBER not in str(row)
    assert account_number(desk.world.platform, row) == NUMBER
    assert desk.get(f"/members/{mei}/cards").json() == {"data": [card]}


def test_a_number_sealed_for_one_card_does_not_open_as_another(desk: Desk) -> None:
    mei = desk.world.member("mei")
    one, two = (desk.card_row(desk.card(mei, number)["id"]) for number in (NUMBER, "6222021234567890999"))

    moved = SimpleNamespace(tenant_id="lantern", card_id=one.card_id, account_sealed=two.account_sealed)

    with pytest.raises(SecretUnreadable):
        account_number(desk.world.platform, moved)  # type: ignore[arg-type]


def test_the_same_card_twice_is_one_card(desk: Desk) -> None:
    mei, shop = desk.world.member("mei"), desk.shop()

    assert desk.card(mei)["id"] == desk.card(mei, "6222-0212-3456-7890-123")["id"]
    assert desk.card(shop)["id"] != desk.card(mei)["id"]  # each member has their own


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"card_number": "6222 abcd"}, "card.number_wrong"),
        ({"card_number": "1234567"}, "card.number_wrong"),
        ({"bank_code": "?"}, "card.bank_code_wrong"),
        ({"holder_name": "   "}, "card.holder_missing"),
    ],
)
def test_what_is_no_card_is_refused(desk: Desk, changes: dict[str, str], code: str) -> None:
    body = {"card_number": NUMBER, "holder_name": "Mei", "bank_code": "102100000021", **changes}

    assert desk.refused(f"/members/{desk.world.member('mei')}/cards", body) == code


def test_the_right_amount_verifies(desk: Desk) -> None:
    card = begun(desk)
    told = desk.made(path(card), {"amount_minor": sent(desk, card)})

    assert told["status"] == "verified"
    with desk.world.platform.db.read() as connection:
        assert payable_card(connection, "lantern", card["member_id"], card["id"]).last4 == "0123"
    desk.world.settle()
    assert "card.verified" in desk.world.sender.types()
    assert desk.refused(path(card)) == "card.already_verifying"
    assert desk.refused(path(card), {"amount_minor": 1}) == "card.nothing_to_verify"


def test_the_amount_is_a_cost_of_ours_and_leaves_the_bank(desk: Desk) -> None:
    card = begun(desk)
    with desk.world.platform.db.read() as connection:
        payout = get_payout(connection, "lantern", desk.card_row(card["id"]).verification_payout_id)
        assert payout is not None
        bank = payout.bank_account_id
        accounts = (("5001", bank), ("1002", bank), ("2301", payout.payout_id))
        booked = [balance(connection, "lantern", AccountRef(code, owner, "CNY")) for code, owner in accounts]

    assert payout.status == "SUCCEEDED"
    assert booked == [sent(desk, card), -sent(desk, card), 0]


def test_three_wrong_answers_and_it_has_failed(desk: Desk) -> None:
    card = begun(desk)
    told = [desk.made(path(card), {"amount_minor": wrong(desk, card)}) for _ in range(3)]

    assert [(each["status"], each.get("tries_left")) for each in told] == [
        ("verifying", 2), ("verifying", 1), ("failed", None),
    ]  # fmt: skip
    assert desk.refused(path(card), {"amount_minor": sent(desk, card)}) == "card.nothing_to_verify"
    assert desk.refused(path(card)) == "card.failed_lately"
    with desk.world.platform.db.read() as connection, pytest.raises(CardNotVerified):
        payable_card(connection, "lantern", card["member_id"], card["id"])


def test_removing_a_failed_card_gives_no_new_tries(desk: Desk) -> None:
    card = begun(desk)
    for _ in range(3):
        desk.made(path(card), {"amount_minor": wrong(desk, card)})
    desk.world.api("DELETE", f"/v1{path(card).removesuffix('/verification')}")

    body = {"card_number": NUMBER, "holder_name": "Mei", "bank_code": "102100000021"}
    assert desk.refused(f"/members/{card['member_id']}/cards", body) == "card.failed_lately"
    desk.world.settle()
    desk.world.clock.advance(seconds=timedelta(hours=25).total_seconds())
    desk.world.settle()
    assert desk.card(card["member_id"])["status"] == "pending"


def test_thirty_answers_at_once_are_three(desk: Desk) -> None:
    card = begun(desk)
    guesses = [minor for minor in range(1, 40) if minor != sent(desk, card)][:30]

    with ThreadPoolExecutor(15) as pool:
        told = list(pool.map(lambda minor: desk.post(path(card), {"amount_minor": minor}), guesses))

    assert sorted(answer.status for answer in told).count(200) == 3
    assert desk.card_row(card["id"]).status == "FAILED"
    assert desk.card_row(card["id"]).tries == 3


def test_a_repeated_answer_with_the_same_key_counts_once(desk: Desk) -> None:
    card = begun(desk)
    body = {"amount_minor": wrong(desk, card)}

    first, again = (desk.post(path(card), body, idempotency_key="answer-1") for _ in range(2))

    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert desk.card_row(card["id"]).tries == 1


def test_an_answer_before_the_money_is_there_counts_nothing(desk: Desk) -> None:
    card = desk.card(desk.world.member("mei"))
    desk.made(path(card))

    assert desk.refused(path(card), {"amount_minor": 1}) == "card.verification_under_way"
    assert desk.card_row(card["id"]).tries == 0


def test_what_the_bank_refuses_fails_the_card_and_costs_nothing(desk: Desk) -> None:
    card = desk.card(desk.world.member("mei"))
    desk.world.fault("bank", verb="payout", kind="rejected")
    desk.made(path(card))
    desk.world.later(minutes=5)
    row = desk.card_row(card["id"])

    assert row.status == "FAILED"
    assert desk.booked("2301", row.verification_payout_id) == 0


def test_a_frozen_member_verifies_nothing(desk: Desk) -> None:
    mei = desk.world.member("mei")
    card = desk.card(mei)
    desk.freeze(mei)

    assert desk.refused(path(card)) == "member.frozen"


def test_a_removed_card_is_gone(desk: Desk) -> None:
    card = desk.card(desk.world.member("mei"))
    gone = path(card).removesuffix("/verification")

    assert desk.world.api("DELETE", f"/v1{gone}").status == 204

    assert desk.world.api("DELETE", f"/v1{gone}").json()["code"] == "card.not_found"
    assert desk.refused(path(card)) == "card.not_found"
    with desk.world.platform.db.read() as connection, pytest.raises(CardUnknown):
        payable_card(connection, "lantern", card["member_id"], card["id"])


def test_a_card_with_money_on_its_way_stays(desk: Desk) -> None:
    card = desk.card(desk.world.member("mei"))
    desk.made(path(card))

    answer = desk.world.api("DELETE", f"/v1{path(card).removesuffix('/verification')}")

    assert answer.json()["code"] == "card.in_use"


def test_another_members_card_is_not_found(desk: Desk) -> None:
    card = desk.card(desk.world.member("mei"))

    assert desk.refused(f"/members/{desk.shop()}/cards/{card['id']}/verification") == "card.not_found"


def test_the_request_log_keeps_no_number(desk: Desk) -> None:
    body = {"card_number": "12345678", "holder_name": "Mei", "bank_code": "?"}
    desk.refused(f"/members/{desk.world.member('mei')}/cards", body)
    desk.world.platform.request_log.stop()

    with desk.world.platform.db.read() as connection:
        kept = connection.execute(select(api_request.c.body).where(api_request.c.status == 400)).scalars().all()
    assert kept
    assert "12345678" not in str(kept)
    assert "Mei" not in str(kept)


def test_money_that_comes_back_fails_a_card_that_was_verified(desk: Desk) -> None:
    desk.world.fault("bank", verb="payout", kind="late_return")
    card = begun(desk)
    desk.made(path(card), {"amount_minor": sent(desk, card)})
    assert desk.card_row(card["id"]).status == "VERIFIED"

    desk.world.later(hours=30)

    assert desk.card_row(card["id"]).status == "FAILED"
    desk.world.settle()
    told = [message["data"]["card"]["status"] for message in desk.world.sender.told if message["type"] == "card.failed"]
    assert told == ["failed"]
