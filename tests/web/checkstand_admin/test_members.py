"""Members in the console: enterprises, bank cards, settlement, and being frozen or closed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from tests.web.checkstand_admin.engines import on_both_engines
from tests.web.checkstand_admin.person import Person
from tests.world import LANTERN, RIVAL, World

from checkstand.member.cards import cards_of
from checkstand.member.settlement_profile import get_profile
from checkstand.monitoring.audit import audit_page

MEMBERS = f"/admin/u/{LANTERN}/test/members"
TERMS = {"legal_name": "Paper Moon Ltd", "registration_no": "91310000MA1FL0AB12", "may": ["refund", "withdraw"],
         "methods": ["wechat_pay"]}  # fmt: skip

SETTLEMENT = {"cycle": "T+1", "destination": "wallet", "card_id": "", "min_minor": "0", "reserve_ppm": "0",
              "reserve_days": "0", "auto_approve_minor": "0", "credit_limit_minor": "0", "version": "0"}  # fmt: skip


def told(world: World) -> list[tuple[str, Any]]:
    """The audit trail, newest first: what was done, and what it became."""
    with world.platform.db.read() as connection:
        return [(line.action, line.after) for line in audit_page(connection, LANTERN)]


def shop(finance: Person, external_id: str = "moon", **changes: Any) -> str:
    """A new enterprise member; its address."""
    answer = finance.post(f"{MEMBERS}/new", **{"external_id": external_id, **TERMS, **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].partition("?")[0])


def problem(answer: Any) -> str:
    """The sentence above the form."""
    found = re.search(r'data-testid="problem"><p><strong>(.*?)</strong>', answer.text)
    assert found, answer.text
    return unescape(found[1])


@on_both_engines
def test_an_enterprise_is_made_changed_and_found(world: World, people: Any) -> None:
    finance = people("finance")
    page = shop(finance)

    assert "Paper Moon Ltd" in finance.get(f"{MEMBERS}?kind=enterprise").text
    form = finance.get(f"{page}/enterprise").text
    assert 'value="wechat_pay" checked' in form
    assert 'value="alipay" checked' not in form
    assert 'name="may" value="transfer" checked' not in form

    saved = finance.post(f"{page}/enterprise", version="1", **{**TERMS, "contact_name": "Li", "may": ["transfer"]})
    assert saved.status_code == 303
    again = finance.post(f"{page}/enterprise", version="1", **TERMS)
    assert problem(again) == "Somebody has changed this member since you opened the page. Nothing was changed."
    assert 'name="may" value="transfer" checked' in finance.get(f"{page}/enterprise").text
    assert [action for action, _ in told(world)][:3] == ["member.change", "members.list", "member.create"]


def test_what_is_missing_is_said_and_what_was_typed_stays(people: Any) -> None:
    finance = people("finance")
    answer = finance.post(f"{MEMBERS}/new", **{**TERMS, "external_id": "moon", "registration_no": "?"})

    assert answer.status_code == 400
    assert problem(answer).startswith("Legal name and registration number are needed")
    assert 'value="Paper Moon Ltd"' in answer.text


def test_a_person_on_the_members_side_is_added_and_removed(world: World, people: Any) -> None:
    finance = people("finance")
    page = shop(finance)
    vera = {"name": "Vera", "email": "vera@moon.example", "role": "viewer"}

    finance.post(f"{page}/operators", **vera)
    listed = finance.get(f"{page}/enterprise").text
    assert "vera@moon.example" in listed
    assert (
        problem(finance.post(f"{page}/operators", **vera)) == "Somebody with this address acts for this member already."
    )
    operator_id = re.search(r"mop_[0-9a-z]{26}", listed)
    assert operator_id
    finance.post(f"{page}/operators/{operator_id[0]}/removal")
    assert "vera@moon.example" not in finance.get(f"{page}/enterprise").text
    assert [action for action, _ in told(world)][:2] == ["operator.remove", "operator.add"]


@on_both_engines
def test_a_card_is_added_verified_and_settled_to(world: World, people: Any) -> None:
    finance = people("finance")
    page = shop(finance)
    member_id = page.rpartition("/")[2]
    card = {"card_number": "6222 0212 3456 7890 123", "holder_name": "Paper Moon", "bank_code": "102100000021"}
    finance.post(f"{page}/cards", **card)
    listed = finance.get(f"{page}/cards").text
    assert "•••• 0123" in listed
    assert "345678" not in listed.replace(" ", "")

    with world.platform.db.read() as connection:
        card_id = cards_of(connection, LANTERN, member_id)[0].card_id
    settlement = {**SETTLEMENT, "cycle": "T+2", "destination": "bank", "card_id": card_id, "min_minor": "100",
                  "reserve_ppm": "100000", "credit_limit_minor": "7"}  # fmt: skip
    assert problem(finance.post(f"{page}/settlement", **settlement)) == "Choose a verified card."

    finance.post(f"{page}/cards/{card_id}/verification")
    world.later(minutes=5)
    with world.platform.db.read() as connection:
        sent = cards_of(connection, LANTERN, member_id)[0].verification_minor
    finance.post(f"{page}/cards/{card_id}/verification", amount_minor=str(sent % 50 + 1))
    assert "2 answers left" in finance.get(f"{page}/cards").text
    finance.post(f"{page}/cards/{card_id}/verification", amount_minor=str(sent))
    assert "verified" in finance.get(f"{page}/cards").text

    assert finance.post(f"{page}/settlement", **settlement).status_code == 303
    with world.platform.db.read() as connection:
        profile = get_profile(connection, LANTERN, "test", member_id)
    assert (profile.cycle_days, profile.destination, profile.card_id) == (2, "bank", card_id)
    assert (profile.min_minor, profile.reserve_ppm, profile.credit_limit_minor, profile.version) == (100, 100_000, 7, 1)
    assert problem(finance.post(f"{page}/settlement", **settlement)).startswith("Somebody has saved this settlement")
    assert problem(finance.post(f"{page}/cards/{card_id}/removal")).startswith("This card is still needed")
    trail = told(world)
    assert not [after for _, after in trail if "6222" in str(after)]
    assert {"card.add", "card.verify", "card.answer", "settlement_profile.change", "cards.read"} <= {
        a for a, _ in trail
    }


def test_the_units_own_sales_are_settled_too(world: World, people: Any) -> None:
    finance = people("finance")
    settlement = {**SETTLEMENT, "cycle": "t+0", "min_minor": ""}

    assert finance.post(f"{MEMBERS}/own/settlement", **settlement).status_code == 303

    with world.platform.db.read() as connection:
        assert get_profile(connection, LANTERN, "test", f"{LANTERN}/test").cycle == "T+0"
    assert 'value="T+0"' in finance.get(f"{MEMBERS}/own/cards").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cycle": "T+31"}, "Write the cycle as T+0 to T+30."),
        ({"destination": "mattress"}, "Choose the wallet, or the bank and a verified card."),
        ({"destination": "bank"}, "Choose the wallet, or the bank and a verified card."),
        ({"destination": "bank", "card_id": "crd_x"}, "This member has no such bank card."),
        ({"reserve_ppm": "1000001"}, "Write whole numbers, without a sign or a decimal point."),
        ({"min_minor": "-1"}, "Write whole numbers, without a sign or a decimal point."),
    ],
)
def test_a_settlement_that_cannot_be_is_refused(people: Any, changes: dict[str, str], sentence: str) -> None:
    settlement = {**SETTLEMENT, **changes}

    assert problem(people("finance").post(f"{MEMBERS}/own/settlement", **settlement)) == sentence


@on_both_engines
def test_a_member_is_frozen_with_a_reason_let_go_on_and_closed(world: World, people: Any) -> None:
    member_id = world.member("mei", 500)
    finance, page = people("finance"), f"{MEMBERS}/{member_id}"

    assert problem(finance.post(f"{page}/freeze", reason=" ")) == "Write the reason in one sentence."
    assert finance.post(f"{page}/freeze", reason="a court order").status_code == 303
    assert "a court order" in finance.get(page).text
    assert finance.post(f"{page}/unfreeze").status_code == 303
    refused = finance.post(f"{page}/closure", reason="moved away")
    assert problem(refused) == "This member still has money here, or owes some."
    assert f"2001:CNY:{member_id}" in refused.text

    empty = world.member("yu")
    finance.post(f"{MEMBERS}/{empty}/closure", reason="moved away")
    assert "closed" in finance.get(f"{MEMBERS}/{empty}").text
    assert problem(finance.post(f"{MEMBERS}/{empty}/freeze", reason="x")).startswith("This member was closed")
    done = [
        (action, after) for action, after in told(world) if action.startswith("member.") and action != "member.read"
    ]
    assert done == [
        ("member.close", {"reason": "moved away"}),
        ("member.unfreeze", None),
        ("member.freeze", {"reason": "a court order"}),
    ]


def test_nobody_else_sees_or_changes_a_members_cards(world: World, people: Any) -> None:
    finance, rival = people("finance"), people("rival")
    page = shop(finance)
    foreign = page.replace(f"/{LANTERN}/", f"/{RIVAL}/")

    for path in (f"{foreign}/cards", f"{foreign}/enterprise", f"{foreign}/status"):
        assert rival.get(path).status_code == 404, path
    for path in (f"{foreign}/freeze", f"{foreign}/closure", f"{foreign}/settlement", f"{foreign}/enterprise"):
        assert rival.post(path, reason="x", version="0", **TERMS).status_code == 404, path
    live = page.replace("/test/", "/live/")
    assert finance.get(f"{live}/cards").status_code == 404


def test_a_sealed_number_is_nowhere_on_the_page_not_even_after_a_mistake(people: Any) -> None:
    finance = people("finance")
    page = shop(finance)
    answer = finance.post(f"{page}/cards", card_number="6222021234567890123", holder_name="", bank_code="102100000021")

    assert problem(answer) == "Write the holder's name as the bank has it."
    assert "6222021234567890123" not in answer.text
