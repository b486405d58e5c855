"""Enterprise members: made once, permitted what they are permitted, and acted for by people with roles."""

from __future__ import annotations

from sqlalchemy import select
from tests.integration.checkstand.app.members.conftest import Desk
from tests.world import LANTERN, RIVAL

from checkstand.accounting import WriteSet
from checkstand.infra.ops import Update
from checkstand.member.enterprise import enterprise
from checkstand.monitoring.audit import audit_event


def test_the_same_external_id_is_the_same_member(desk: Desk) -> None:
    first = desk.shop("moon")

    assert desk.shop("moon", legal_name="Another name") == first
    assert desk.get(f"/members/{first}").json()["enterprise"]["legal_name"] == "Paper Moon Ltd"


def test_an_enterprise_says_who_it_is(desk: Desk) -> None:
    member_id = desk.shop(contact={"name": "Li", "email": "Li@Moon.example", "phone": "021 5555"})

    told = desk.get(f"/members/{member_id}").json()

    assert told["kind"] == "enterprise"
    assert told["enterprise"]["contact"] == {"name": "Li", "email": "li@moon.example", "phone": "021 5555"}
    assert told["enterprise"]["may"] == {"recharge": True, "withdraw": True, "transfer": True, "refund": True}
    assert told["accounts"]["pending"] == {"minor": 0, "currency": "CNY"}


def test_a_person_is_no_enterprise(desk: Desk) -> None:
    desk.world.member("mei")
    known = {"legal_name": "Mei Ltd", "registration_no": "91310000MA1FL0AB12"}

    assert desk.refused("/members", {"external_id": "mei", "enterprise": known}) == "member.kind_differs"
    desk.shop("moon")
    assert desk.refused("/members", {"external_id": "moon", "kind": "personal"}) == "member.kind_differs"


def test_what_is_missing_or_unknown_is_said(desk: Desk) -> None:
    known = {"legal_name": "Moon", "registration_no": "91310000MA1FL0AB12"}

    assert desk.refused("/members", {"external_id": "a", "kind": "enterprise"}) == "member.enterprise_incomplete"
    body = {"external_id": "a", "enterprise": {**known, "registration_no": "?"}}
    assert desk.refused("/members", body) == "member.enterprise_incomplete"
    body = {"external_id": "a", "enterprise": {**known, "methods": ["wechatpay"]}}
    assert desk.refused("/members", body) == "member.method_unknown"
    body = {"external_id": "a", "enterprise": {**known, "settlement_owner": "mbr_nobody"}}
    assert desk.refused("/members", body) == "member.settlement_owner_wrong"


def test_members_are_listed_newest_first_a_page_at_a_time(desk: Desk) -> None:
    first, second, third = desk.shop("a"), desk.shop("b"), desk.world.member("mei")

    page = desk.get("/members?limit=2").json()
    assert [each["id"] for each in page["data"]] == [third, second]
    rest = desk.get(f"/members?limit=2&cursor={page['next_cursor']}").json()
    assert [each["id"] for each in rest["data"]] == [first]
    assert rest["next_cursor"] is None
    assert [each["id"] for each in desk.get("/members?kind=personal").json()["data"]] == [third]
    assert [each["id"] for each in desk.get("/members?external_id=b").json()["data"]] == [second]
    assert desk.get("/members?kind=robot").json()["code"] == "request.page_invalid"


def test_another_unit_sees_nothing_of_a_member(desk: Desk) -> None:
    member_id = desk.shop()
    rival = desk.world.keys[RIVAL]

    assert desk.get(f"/members/{member_id}", key=rival).status == 404
    assert desk.get(f"/members/{member_id}/cards", key=rival).status == 404
    assert desk.get(f"/members/{member_id}/operators", key=rival).status == 404
    assert desk.get(f"/accounts/2102:CNY:{member_id}/entries", key=rival).status == 404
    assert desk.world.api("POST", f"/v1/members/{member_id}/freeze", {"reason": "x"}, key=rival).status == 404


def test_what_an_enterprise_is_not_permitted_is_refused(desk: Desk) -> None:
    shop = desk.shop(may={"refund": False})
    session = desk.world.session(payee=shop)
    desk.world.pay(session)
    desk.world.shop(session)
    desk.world.settle()

    refused = desk.world.refund(session, 12_900)

    assert (refused.status, refused.json()["code"]) == (403, "member.not_permitted")
    key = {"tenant_id": LANTERN, "member_id": shop}
    desk.world.platform.poster.commit(WriteSet(ops=[Update(enterprise, key, {"may_refund": True})]))
    assert desk.world.refund(session, 12_900).status == 201


def test_an_enterprise_that_may_not_recharge_gets_no_recharge(desk: Desk) -> None:
    desk.shop("moon", may={"recharge": False})
    body = desk.world.session_body("top-up", 5_000, shopper={"id": "moon"})

    assert desk.refused("/checkout-sessions", body) == "member.not_permitted"


def test_operators_act_within_their_role_and_it_is_remembered(desk: Desk) -> None:
    shop = desk.shop()
    people = f"/members/{shop}/operators"
    viewer = desk.made(people, {"name": "Vera", "email": "vera@moon.example", "role": "viewer"})["id"]
    finance = desk.made(people, {"name": "Finn", "email": "finn@moon.example", "role": "finance"})["id"]
    card = {"card_number": "6222021234567890123", "holder_name": "Moon", "bank_code": "102100000021"}

    assert desk.refused(f"/members/{shop}/cards", card, member_operator=viewer) == "member.operator_not_permitted"
    assert desk.refused(f"/members/{shop}/cards", card, member_operator="mop_x") == "member.operator_not_found"
    new = {"name": "Otto", "email": "otto@moon.example", "role": "owner"}
    assert desk.refused(people, new, member_operator=finance) == "member.operator_not_permitted"
    desk.made(f"/members/{shop}/cards", card, member_operator=finance)

    with desk.world.platform.db.read() as connection:
        line = connection.execute(select(audit_event).where(audit_event.c.action == "card.add")).one()
    assert (line.actor_id, line.actor_email) == (finance, "finn@moon.example")
    assert line.after == {"member": shop, "role": "finance"}


def test_an_operator_who_was_removed_acts_no_more(desk: Desk) -> None:
    shop = desk.shop()
    people = f"/members/{shop}/operators"
    vera = {"name": "Vera", "email": "vera@moon.example", "role": "owner"}
    first = desk.made(people, vera)["id"]
    assert desk.refused(people, vera) == "member.operator_exists"

    assert desk.world.api("DELETE", f"/v1{people}/{first}").status == 204

    assert desk.get(people).json() == {"data": []}
    assert desk.get(people, member_operator=first).json()["code"] == "member.operator_not_found"
    assert desk.made(people, vera)["id"] != first  # somebody may come back, as a new entry


def test_a_person_has_no_operators(desk: Desk) -> None:
    mei = desk.world.member("mei")
    body = {"name": "Vera", "email": "vera@moon.example", "role": "owner"}

    assert desk.refused(f"/members/{mei}/operators", body) == "member.no_enterprise"
    assert desk.refused(f"/members/{desk.shop()}/operators", {**body, "role": "king"}) == "member.operator_incomplete"
