"""Transactions in the console: found, read, and moved on by who may."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.integration.checkstand.trade.market import books, paid, status
from tests.web.checkstand_admin.engines import on_both_engines
from tests.web.checkstand_admin.person import Person
from tests.world import LANTERN, RIVAL, World

from checkstand.monitoring.audit import audit_page

AREA = f"/admin/u/{LANTERN}/test/transactions"


def at(session: dict[str, Any], *verb: str) -> str:
    return "/".join((AREA, session["transaction_id"], *verb))


def do(person: Person, session: dict[str, Any], verb: str, **fields: str) -> Any:
    """Press a button of the page as it stands."""
    seen = re.search(r'name="version" value="(\d+)"', person.get(at(session)).text)
    return person.post(at(session, verb), version=seen.group(1) if seen else "", **fields)


def listed(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return re.findall(r'href="[^"]*/transactions/(txn_\w+)" data-testid="transaction"', answer.text)


def test_a_unit_without_escrow_is_told_how_to_get_it(world: World, people: Any) -> None:
    assert "flow: escrow" in people("owner").get(AREA).text


@on_both_engines
def test_the_list_has_what_waits_and_filters_narrow_it(world: World, people: Any) -> None:
    paid(world, scenario="mall-order", method="bal")
    sale = paid(world, method="bal")
    world.clock.advance(seconds=5)
    deposit = paid(world, scenario="deposit", method="bal")
    owner = people("owner")

    def ids(**query: str) -> list[str]:
        return listed(owner.get(AREA, params=query))

    assert ids() == [deposit["transaction_id"], sale["transaction_id"]]
    assert ids(flow="escrow") == [sale["transaction_id"]]
    assert ids(status="authorised") == [deposit["transaction_id"]]
    assert ids(status="disputed") == []
    assert ids(q=sale["order_no"]) == ids(q=f" {sale['transaction_id']} ") == [sale["transaction_id"]]
    assert ids(q="' OR 1=1 --") == []


@on_both_engines
def test_a_sale_is_shipped_and_confirmed_and_the_page_tells_where_the_money_is(world: World, people: Any) -> None:
    session = paid(world, method="bal")
    finance = people("finance")

    assert do(finance, session, "ship", carrier="SF", number="SF100").status_code == 303
    page = finance.get(at(session)).text
    assert "Shipped, to be confirmed" in page
    assert "SF SF100" in page
    assert do(finance, session, "confirm", amount="40.00").status_code == 303
    assert do(finance, session, "confirm").status_code == 303

    page = finance.get(at(session)).text
    assert re.search(r'data-testid="held">CN¥0.00', page)
    assert re.search(r'data-testid="released">CN¥100.00', page)
    assert "2101" in page  # the journals are told
    assert books(world, session) == {"held": 0, "merchant": 9_940}


def test_every_step_has_its_line_on_the_audit_trail(world: World, people: Any) -> None:
    session = paid(world, method="bal")
    owner = people("owner")
    do(owner, session, "dispute", reason="Torn cover")
    do(owner, session, "rule", ruling="split", amount="40.00")

    with world.platform.db.read() as connection:
        lines = audit_page(connection, LANTERN)
    told = {line.action: line.after for line in lines if line.action.startswith("transaction.")}
    assert told == {
        "transaction.dispute": {"reason": "Torn cover"},
        "transaction.rule": {"ruling": "split", "amount": "40.00"},
    }
    world.jobs()
    assert status(world, session) == "completed"
    assert world.balance("mei") == 46_000


# fmt: off
REFUSED = [
    # verb,     form,                                 sentence
    ("confirm", {"amount": "100.01"},                 "more than what is held"),
    ("confirm", {"amount": "ten"},                    "Write the amount like 12.90"),
    ("dispute", {"reason": "  "},                     "what is wrong"),
    ("rule",    {"ruling": "seller"},                 "is not disputed"),
    ("capture", {},                                   "reserved"),
]
# fmt: on


@pytest.mark.parametrize(("verb", "form", "sentence"), REFUSED, ids=[row[0] + str(i) for i, row in enumerate(REFUSED)])
def test_what_is_refused_is_said_and_changes_nothing(
    world: World, people: Any, verb: str, form: dict[str, str], sentence: str
) -> None:
    session = paid(world, method="bal")

    answer = do(people("owner"), session, verb, **form)

    assert answer.status_code in (400, 409)
    assert sentence in answer.text
    assert books(world, session) == {"held": 10_000, "merchant": 0}


def test_a_form_of_an_older_page_confirms_nothing_more(world: World, people: Any) -> None:
    session = paid(world, method="bal")
    owner = people("owner")
    seen = re.search(r'name="version" value="(\d+)"', owner.get(at(session)).text)
    assert seen is not None

    first = owner.post(at(session, "confirm"), version=seen.group(1), amount="30.00")
    again = owner.post(at(session, "confirm"), version=seen.group(1), amount="30.00")

    assert (first.status_code, again.status_code) == (303, 409)
    assert "Somebody else has moved this transaction" in again.text
    assert books(world, session)["held"] == 7_000


@on_both_engines
def test_a_deposit_is_captured_in_part(world: World, people: Any) -> None:
    session = paid(world, scenario="deposit", method="bal")
    owner = people("owner")

    assert do(owner, session, "capture", amount="25.00").status_code == 303

    assert world.balance("mei") == 47_500
    assert do(owner, session, "void").status_code == 409


def test_who_may_only_read_sees_no_buttons(world: World, people: Any) -> None:
    session = paid(world, method="bal")
    analyst = people("analyst")

    page = analyst.get(at(session))

    assert page.status_code == 200
    assert 'data-testid="ship"' not in page.text
    assert analyst.post(at(session, "ship")).status_code == 403


def test_another_units_transaction_does_not_exist(world: World, people: Any) -> None:
    session = paid(world, method="bal")
    rival = people("rival")
    path = at(session).replace(LANTERN, RIVAL)

    assert rival.get(path).status_code == 404
    assert rival.post(f"{path}/confirm").status_code == 404
    assert status(world, session) == "paid"


def test_the_payments_story_leads_to_the_transaction(world: World, people: Any) -> None:
    session = paid(world, method="bal")
    payment_id = world.view(session).payments[0].payment_id

    page = people("finance").get(f"/admin/u/{LANTERN}/test/payments/{payment_id}")

    assert f"/transactions/{session['transaction_id']}" in page.text
