"""Whatever the bank does, or does not say: nothing is paid twice, and only its own word ends a payout."""

from __future__ import annotations

from typing import Any

import pytest
from tests.world import LANTERN, World

from checkstand.app.console_access import Actor
from checkstand.app.payouts.bank_entries import apply_entry
from checkstand.app.payouts.clear_conflict import clear_conflict
from checkstand.app.payouts.decide_unknown import OthersDisagree, say_outcome, take_back
from checkstand.app.payouts.own_payout import PayoutMoved
from checkstand.app.payouts.request_withdrawal import CardStopped
from checkstand.app.payouts.send_payouts import send_file
from checkstand.app.two_people import SamePerson
from checkstand.channel.payouts import StatementEntry
from checkstand.kernel import Classified, Money

FAY, OLIVE = Actor("opr_fay", "fay@example.com", ""), Actor("opr_olive", "olive@example.com", "")


def line(payout_no: str, kind: Any, minor: int, world: World) -> StatementEntry:
    """A line of the bank's account about this payout."""
    direction: Any = "credit" if kind == "return" else "debit"
    return StatementEntry("E1", kind, direction, Money(minor, "CNY"), world.clock.now().date(), payout_no)


def test_an_answer_that_is_lost_leaves_the_payout_unknown_until_the_bank_is_asked(desk: Any, world: World) -> None:
    payout_id = desk.withdraw(5_055)
    world.later(seconds=6)

    assert desk.status(payout_id) == "UNKNOWN"
    world.later(minutes=3)
    assert desk.edges(payout_id)[3:] == ["send", "lose", "succeed"]
    assert desk.paid() == {payout_id: 5_055}


@pytest.mark.parametrize("kind", ["drop_before", "http_500", "garbled", "unsigned", "bad_signature", "unknown_code"])
def test_a_broken_upload_is_never_a_second_payment(desk: Any, world: World, kind: str) -> None:
    assert world.fault("bank", kind=kind, verb="payout").status < 300
    payout_id = desk.withdraw(5_000)
    world.later(seconds=6)

    assert desk.status(payout_id) == "UNKNOWN"
    world.later(minutes=10)
    assert desk.status(payout_id) == "SUCCEEDED"
    assert desk.paid() == {payout_id: 5_000}


def test_a_bank_that_is_silent_for_a_week_ends_nothing(desk: Any, world: World) -> None:
    world.network_down = {"payout", "query_payout", "returns"}
    payout_id = desk.withdraw(5_000)
    world.later(days=7)

    assert (desk.status(payout_id), desk.left(), desk.paid()) == ("UNKNOWN", 95_000, {})
    assert "withdrawal.failed" not in world.sender.types()


def test_a_return_of_days_that_nobody_answered_for_is_found_afterwards(desk: Any, world: World) -> None:
    payout_id = desk.withdraw(5_056)
    world.later(minutes=3)
    assert desk.status(payout_id) == "SUCCEEDED"
    world.network_down = {"returns", "statement"}
    world.later(days=4)
    assert desk.status(payout_id) == "SUCCEEDED"

    world.network_down = {"statement"}
    world.later(hours=2)

    assert (desk.status(payout_id), desk.left()) == ("RETURNED", 100_000)


def test_not_found_is_answered_with_the_same_file_and_never_with_another(desk: Any, world: World) -> None:
    world.network_down = {"payout"}
    payout_id = desk.withdraw(5_000)
    world.later(minutes=20)

    assert (desk.status(payout_id), desk.row(payout_id).reason) == ("UNKNOWN", "no_answer")
    file_no = desk.row(payout_id).file_no
    world.network_down = set()
    world.later(hours=5)
    assert (desk.status(payout_id), desk.row(payout_id).file_no) == ("SUCCEEDED", file_no)
    assert desk.paid() == {payout_id: 5_000}


def test_the_same_file_twice_is_paid_once(desk: Any, world: World) -> None:
    payout_id = desk.withdraw(5_000)
    world.later(seconds=6)
    for _ in range(3):
        send_file(world.platform, LANTERN, desk.row(payout_id).file_no, "again")
    world.later(minutes=3)

    assert (desk.status(payout_id), desk.paid()) == ("SUCCEEDED", {payout_id: 5_000})


def test_a_removed_card_does_not_change_the_file(desk: Any, world: World) -> None:
    world.network_down = {"payout"}
    payout_id = desk.withdraw(5_000)
    world.later(seconds=6)
    desk.card(desk.member_id)  # the member goes on with another card
    world.network_down = set()
    world.later(minutes=20)

    assert desk.paid() == {payout_id: 5_000}


def test_the_statement_ends_an_unknown_payout(desk: Any, world: World) -> None:
    world.network_down = {"query_payout"}
    payout_id = desk.withdraw(5_055)  # the upload's answer is lost, and nobody can be asked
    world.later(minutes=3)
    assert desk.status(payout_id) == "UNKNOWN"

    debit = line(payout_id, "payout", 5_055, world)
    assert apply_entry(world.platform, desk.row(payout_id), debit, "statement") is None
    assert desk.status(payout_id) == "SUCCEEDED"
    assert apply_entry(world.platform, desk.row(payout_id), debit, "statement") is Classified.DUPLICATE


def test_a_line_of_another_amount_moves_nothing(desk: Any, world: World) -> None:
    payout_id = desk.withdraw(5_000)
    world.later(seconds=6)

    wrong = apply_entry(world.platform, desk.row(payout_id), line(payout_id, "payout", 4_000, world), "statement")
    assert (wrong, desk.status(payout_id)) == (Classified.CONFLICT, "IN_TRANSIT")
    assert desk.edges(payout_id)[-1] == "wrong_amount"
    world.later(minutes=3)


def test_a_refused_payout_that_was_debited_stops_the_card_until_a_person_clears_it(desk: Any, world: World) -> None:
    failed = desk.withdraw(5_051)
    world.later(minutes=3)
    assert desk.status(failed) == "FAILED"
    waiting = desk.withdraw(2_000)

    said = apply_entry(world.platform, desk.row(failed), line(failed, "payout", 5_051, world), "statement")
    assert (said, desk.status(failed)) == (Classified.CONFLICT, "CONFLICT")
    with pytest.raises(CardStopped):
        desk.withdraw(1_000)
    world.later(minutes=5)
    assert desk.status(waiting) == "APPROVED", "what was approved before waits"
    desk.withdraw(1_000, card_id=desk.card(desk.member_id))  # another card is not stopped

    clear_conflict(world.platform, FAY, LANTERN, "test", failed, "the bank corrected its statement")
    world.later(minutes=5)
    assert desk.status(waiting) == "SUCCEEDED"
    with pytest.raises(PayoutMoved):
        clear_conflict(world.platform, FAY, LANTERN, "test", failed, "again")


def test_two_people_end_what_the_bank_does_not_say(desk: Any, world: World) -> None:
    world.network_down = {"query_payout"}
    paid = desk.withdraw(5_055)
    world.later(minutes=3)
    world.network_down = {"payout", "query_payout"}
    lost = desk.withdraw(3_000)
    world.later(minutes=3)

    def say(who: Actor, payout_id: str, is_paid: bool) -> bool:
        return say_outcome(world.platform, who, LANTERN, "test", payout_id, paid=is_paid, reason="by telephone")

    assert not say(FAY, paid, True)
    with pytest.raises(SamePerson):
        say(FAY, paid, True)
    with pytest.raises(OthersDisagree):
        say(OLIVE, paid, False)
    assert desk.status(paid) == "UNKNOWN"
    assert say(OLIVE, paid, True)
    assert not say(OLIVE, lost, True)
    take_back(world.platform, FAY, LANTERN, "test", lost, "that was the other one")
    assert not say(OLIVE, lost, False)
    assert say(FAY, lost, False)
    assert (desk.status(paid), desk.status(lost), desk.left()) == ("SUCCEEDED", "FAILED", 94_945)
    with pytest.raises(PayoutMoved):
        say(FAY, lost, True)
