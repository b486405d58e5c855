"""A member is closed with nothing left and nothing under way, and never opened again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from tests.integration.checkstand.app.members.conftest import Desk
from tests.world import ROOT

from checkstand.accounting import EdgeRefused
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.evidence import Evidence
from checkstand.app.members.close_member import MemberHasMoney, MemberIsBusy, close_member
from checkstand.app.resolve_attempt import apply_evidence
from checkstand.channel.port import Outcome
from checkstand.kernel import CheckstandError, Money


def close(desk: Desk, member_id: str) -> dict[str, Any]:
    return desk.made(f"/members/{member_id}/closure", {"reason": "moved away"})


def refused(desk: Desk, member_id: str) -> str:
    return desk.refused(f"/members/{member_id}/closure", {"reason": "moved away"})


def test_an_empty_member_is_closed(desk: Desk) -> None:
    mei = desk.world.member("mei")
    desk.card(mei)

    assert close(desk, mei)["status"] == "closed"

    assert desk.get(f"/members/{mei}/cards").json() == {"data": []}
    desk.world.settle()
    assert "member.closed" in desk.world.sender.types()
    assert close(desk, mei)["status"] == "closed"  # again is the same


def test_what_is_left_is_named(desk: Desk) -> None:
    mei = desk.world.member("mei", 1)

    answer = desk.post(f"/members/{mei}/closure", {"reason": "moved away"})

    assert answer.json()["code"] == "member.has_money"
    assert f"1 minor units of CNY on account 2001:CNY:{mei}" in answer.json()["detail"]
    assert desk.row(mei).status == "active"


def test_an_open_checkout_keeps_it_open(desk: Desk) -> None:
    shop = desk.shop()
    session = desk.world.session(payee=shop)

    assert refused(desk, shop) == "member.is_busy"

    desk.made(f"/checkout-sessions/{session['id']}/expiry")
    desk.world.settle()
    assert close(desk, shop)["status"] == "closed"


def test_a_refund_under_way_keeps_the_shopper_open(desk: Desk) -> None:
    mei = desk.world.member("mei", 12_900)
    session = desk.world.session()
    desk.world.pay(session, "bal")
    desk.world.refund(session, 12_900)  # reserved, and the job has not run

    assert refused(desk, mei) == "member.is_busy"

    desk.world.settle()
    assert refused(desk, mei) == "member.has_money"


def test_a_closed_member_gets_no_refund_and_somebody_is_told_so(desk: Desk) -> None:
    mei = desk.world.member("mei", 12_900)
    session = desk.world.session()
    desk.world.pay(session, "bal")
    close(desk, mei)

    answer = desk.world.refund(session, 12_900)

    assert (answer.status, answer.json()["code"]) == (409, "member.closed")


def test_nothing_begins_with_a_closed_member(desk: Desk) -> None:
    mei, shop = desk.world.member("mei"), desk.shop()
    close(desk, mei)
    close(desk, shop)

    card = {"card_number": "6222021234567890123", "holder_name": "M", "bank_code": "102100000021"}
    assert desk.refused(f"/members/{mei}/cards", card) == "member.closed"
    assert desk.refused("/checkout-sessions", desk.world.session_body("top-up", 5_000)) == "member.closed"
    assert desk.refused("/checkout-sessions", desk.world.session_body(payee=shop)) == "member.closed"
    for act, body in (("freeze", {"reason": "x"}), ("unfreeze", None)):
        assert desk.refused(f"/members/{mei}/{act}", body) == "member.closed"
    operator = {"name": "Vera", "email": "vera@moon.example", "role": "owner"}
    assert desk.refused(f"/members/{shop}/operators", operator) == "member.closed"


def test_a_headquarters_stays_while_it_is_settled_for_a_branch(desk: Desk) -> None:
    head = desk.shop("head")
    branch = desk.shop("branch", settlement_owner=head)

    assert refused(desk, head) == "member.is_busy"

    close(desk, branch)
    assert close(desk, head)["status"] == "closed"


def test_a_frozen_member_can_be_closed(desk: Desk) -> None:
    mei = desk.world.member("mei")
    desk.freeze(mei)

    assert close(desk, mei)["status"] == "closed"


def test_closing_and_selling_at_once_never_leave_a_sale_of_a_closed_member(desk: Desk) -> None:
    """Ten rounds of a checkout against a closure: one of them wins, and the other is told so."""
    for _ in range(10):
        shop = desk.shop()
        body = desk.world.session_body(payee=shop)
        start = Barrier(2)

        def sell(body: dict[str, Any] = body, start: Barrier = start) -> int:
            start.wait()
            return desk.post("/checkout-sessions", body).status

        def end(shop: str = shop, start: Barrier = start) -> str:
            start.wait()
            try:
                close_member(desk.world.platform, "lantern", "test", shop, "moved away")
            except (MemberIsBusy, MemberHasMoney, EdgeRefused) as busy:
                return busy.code
            except CheckstandError as other:
                raise AssertionError(other.code) from other
            return "closed"

        with ThreadPoolExecutor(2) as pool:
            sold, ended = pool.submit(sell), pool.submit(end)
        assert (sold.result(), ended.result()) in ((201, "member.is_busy"), (409, "closed"))


def test_a_member_with_a_share_of_a_published_scenario_stays(desk: Desk, tmp_path: Path) -> None:
    partner = desk.shop("partner")
    text = (ROOT / "tests/data/scenarios/mall-order.yaml").read_text().replace("id: mall-order", "id: shared-sale")
    share = "bearer: merchant}, splits: [{id: p, member: partner, rate_ppm: 80000}]}"
    (tmp_path / "shared-sale.yaml").write_text(text.replace("bearer: merchant}}", share))
    apply_scenarios(desk.world.platform, "lantern", [tmp_path / "shared-sale.yaml"], mode="test", by="tests")

    answer = desk.post(f"/members/{partner}/closure", {"reason": "moved away"})

    assert answer.json()["code"] == "member.is_busy"
    assert "shared-sale" in answer.json()["detail"]


def test_a_member_with_a_share_of_an_open_sale_stays(desk: Desk, tmp_path: Path) -> None:
    partner = desk.shop("partner")
    text = (ROOT / "tests/data/scenarios/mall-order.yaml").read_text()
    share = "bearer: merchant}, splits: [{id: p, member: partner, rate_ppm: 80000}]}"
    (tmp_path / "mall-order.yaml").write_text(text.replace("bearer: merchant}}", share))
    apply_scenarios(desk.world.platform, "lantern", [tmp_path / "mall-order.yaml"], mode="test", by="tests")
    session = desk.world.session()
    (tmp_path / "mall-order.yaml").write_text(text)
    apply_scenarios(desk.world.platform, "lantern", [tmp_path / "mall-order.yaml"], mode="test", by="tests")

    assert refused(desk, partner) == "member.is_busy"

    desk.made(f"/checkout-sessions/{session['id']}/expiry")
    desk.world.settle()
    assert close(desk, partner)["status"] == "closed"


def test_late_money_for_a_closed_member_goes_back_to_the_payer(desk: Desk) -> None:
    shop = desk.shop()
    session = desk.world.session("late-accept", payee=shop)
    desk.world.pay(session)
    desk.made(f"/checkout-sessions/{session['id']}/expiry")
    desk.world.settle()
    close(desk, shop)
    attempt_id = desk.world.story(session)["attempts"][-1]["id"]
    said = Evidence(Outcome.SUCCEEDED, "statement", amount=Money(12_900, "CNY"))

    apply_evidence(desk.world.platform, "lantern", attempt_id, said)

    assert desk.booked("2102", shop) == 0
    assert [refund["cause"] for refund in desk.world.refunds(session)] == ["late"]
