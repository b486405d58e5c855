"""An enterprise member as the payee of a checkout: its accounts are credited, its methods are shown."""

from __future__ import annotations

from pathlib import Path

from tests.integration.checkstand.app.members.conftest import Desk
from tests.world import LANTERN, ROOT

from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.explain_scenario import explain_session


def hidden(desk: Desk, session: dict[str, str]) -> dict[str, list[str]]:
    """Method → why it is not usable."""
    told = explain_session(desk.world.platform, LANTERN, session["id"])
    return {each.method_id: [check.code for check in each.against] for each in told.visit.methods}


def test_the_payee_is_credited(desk: Desk) -> None:
    shop = desk.shop()
    session = desk.world.session(payee=shop)

    desk.world.pay(session)
    desk.world.shop(session)
    desk.world.settle()

    assert session["payee"] == shop
    assert desk.booked("2102", shop) == 12_900 - 77
    assert desk.booked("2102", f"{LANTERN}/test") == 0


def test_a_branch_is_settled_by_its_headquarters(desk: Desk) -> None:
    head = desk.shop("head")
    branch = desk.shop("branch", settlement_owner=head)
    session = desk.world.session(payee=branch)

    desk.world.pay(session)
    desk.world.shop(session)
    desk.world.settle()

    assert (desk.booked("2102", branch), desk.booked("2102", head)) == (0, 12_900 - 77)
    body = {
        "external_id": "c",
        "enterprise": {"legal_name": "C", "registration_no": "91310000", "settlement_owner": branch},
    }
    assert desk.refused("/members", body) == "member.settlement_owner_wrong"  # chains have one link


def test_methods_that_the_payee_does_not_take_are_hidden_with_the_reason(desk: Desk) -> None:
    desk.world.member("mei", 20_000)
    session = desk.world.session(payee=desk.shop(methods=["wechat_pay"]))

    assert hidden(desk, session) == {"wx": [], "ali": ["payee"], "bal": ["payee"]}
    desk.world.pay(session, "bal")
    assert desk.world.view(session).payments == ()
    desk.world.pay(session, "wx")
    assert desk.world.view(session).payments[0].method_id == "wx"


def test_a_payee_that_takes_none_of_the_methods_is_no_payee(desk: Desk, tmp_path: Path) -> None:
    lines = (ROOT / "tests/data/scenarios/mall-order.yaml").read_text().splitlines()
    kept = [line for line in lines if "{id: ali," not in line]
    (tmp_path / "mall-order.yaml").write_text("\n".join(kept))
    apply_scenarios(desk.world.platform, LANTERN, [tmp_path / "mall-order.yaml"], mode="test", by="tests")
    body = desk.world.session_body(payee=desk.shop(methods=["alipay"]))

    assert desk.refused("/checkout-sessions", body) == "session.payee_takes_none"


def test_only_enterprises_of_this_unit_and_mode_are_payees(desk: Desk) -> None:
    for payee in (desk.world.member("mei"), "mbr_nobody"):
        assert desk.refused("/checkout-sessions", desk.world.session_body(payee=payee)) == "session.payee_unknown"
    recharge = desk.world.session_body("top-up", 5_000, payee=desk.shop())
    assert desk.refused("/checkout-sessions", recharge) == "session.recharge_has_no_payee"


def test_the_same_order_number_with_another_payee_is_another_order(desk: Desk) -> None:
    body = desk.world.session_body(payee=desk.shop("a"))
    desk.made("/checkout-sessions", body)

    assert desk.refused("/checkout-sessions", {**body, "payee": desk.shop("b")}) == "order.number_taken"
    assert desk.made("/checkout-sessions", body)["payee"] == body["payee"]


def test_a_frozen_payee_gets_no_new_checkout_and_keeps_the_open_one(desk: Desk) -> None:
    shop = desk.shop()
    session = desk.world.session(payee=shop)
    desk.freeze(shop)

    assert desk.refused("/checkout-sessions", desk.world.session_body(payee=shop)) == "member.frozen"
    desk.world.pay(session)
    desk.world.shop(session)
    desk.world.settle()
    assert desk.booked("2102", shop) > 0  # what was begun before the freeze is still owed to it
    assert desk.world.refund(session, 12_900).status == 201  # and refunds run
    desk.world.settle()
    assert desk.booked("2102", shop) == 0


def test_a_branch_of_a_frozen_headquarters_sells_nothing(desk: Desk) -> None:
    head = desk.shop("head")
    branch = desk.shop("branch", settlement_owner=head)
    desk.freeze(head)

    assert desk.refused("/checkout-sessions", desk.world.session_body(payee=branch)) == "member.frozen"


def test_a_freeze_between_the_look_and_the_commit_wins(desk: Desk) -> None:
    shop, platform = desk.shop(), desk.world.platform
    looked = platform.poster.commit

    def commit(write_set: object) -> None:
        platform.poster.commit = looked  # type: ignore[method-assign]
        desk.freeze(shop)
        looked(write_set)  # type: ignore[arg-type]

    platform.poster.commit = commit  # type: ignore[method-assign,assignment]
    body = desk.world.session_body(payee=shop)

    assert desk.refused("/checkout-sessions", body) == "member.frozen"
