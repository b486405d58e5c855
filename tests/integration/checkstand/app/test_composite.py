"""A balance pays a part and a wallet the rest: all or nothing, whatever is lost, late or done twice (F9)."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace as changed
from typing import Any

import pytest
from tests.integration.checkstand.app.test_unreliable_channels import charged
from tests.world import LANTERN, World

from checkstand.accounting import WriteSet
from checkstand.accounting.names import held_balance
from checkstand.accounting.reading import balance
from checkstand.app import channel_calls
from checkstand.app.case import load_case
from checkstand.app.channel_accounts import Serving
from checkstand.app.evidence import Evidence
from checkstand.app.pay_command import TakePayment
from checkstand.app.resolve_attempt import apply_evidence
from checkstand.app.take_payment import take_payment
from checkstand.channel import Reason
from checkstand.channel.port import Answer, Outcome
from checkstand.infra.ops import Update
from checkstand.payment import legs_of_payments, payment_leg
from checkstand.payment import payment as payments

WX = "wechat_pay"
WHOLE, OWN, REST = 10_000, 4_000, 6_000


def begin(world: World, method: str = "wx") -> dict[str, Any]:
    """Mei has less than the order costs and uses all of it."""
    world.member("mei", OWN)
    session = world.session("two-parts", WHOLE)
    world.pay(session, method, use_balance=str(OWN))
    return session


def paid(world: World) -> dict[str, Any]:
    session = begin(world)
    world.shop(session)
    world.settle()
    assert world.view(session).order_status == "PAID"
    return session


def payment(world: World, session: Mapping[str, Any]) -> Any:
    return world.view(session).payments[0]


def leg_states(world: World, session: Mapping[str, Any]) -> list[str]:
    return [leg.status for leg in payment(world, session).legs]


def held(world: World, session: Mapping[str, Any]) -> int:
    """What is set aside for the newest payment."""
    with world.platform.db.read() as connection:
        leg, *_ = legs_of_payments(connection, LANTERN, [payment(world, session).payment_id])
        return balance(connection, LANTERN, held_balance(leg.member_id, leg.attempt_id, "CNY"))


def booked(world: World, session: Mapping[str, Any], kind: str) -> dict[str, int]:
    """The journal of this kind, debits positive, by account code."""
    entries = [journal["entries"] for journal in world.story(session)["journals"] if journal["kind"] == kind]
    return {each["account"].split(":")[0]: each["debit_minor"] - each["credit_minor"] for each in entries[-1]}


def test_the_balance_is_set_aside_before_the_channel_is_asked_for_the_rest(world: World) -> None:
    session = begin(world)

    assert payment(world, session).status == "PROCESSING"
    assert [(leg.method_type, leg.amount.minor, leg.status) for leg in payment(world, session).legs] == [
        ("balance", OWN, "ACCEPTED"),
        ("wechat_pay", REST, "ACCEPTED"),
    ]
    assert (world.balance("mei"), held(world, session)) == (0, OWN)
    assert booked(world, session, "hold") == {"2001": OWN, "2002": -OWN}
    assert [order["amount_minor"] for order in world.truth(WX)["orders"]] == [REST]


def test_both_parts_commit_together(world: World) -> None:
    session = paid(world)

    assert leg_states(world, session) == ["SUCCEEDED", "SUCCEEDED"]
    assert (world.balance("mei"), held(world, session), charged(world)) == (0, 0, REST)
    assert booked(world, session, "channel_in") == {"2002": OWN, "1101": REST, "2901": -WHOLE}
    assert booked(world, session, "pay") == {"2901": WHOLE, "2102": -9_940, "4001": -60}
    assert booked(world, session, "channel_cost") == {"5001": 23, "1101": -23}
    told = world.sender.told[-1]["data"]["payment"]
    assert [(leg["kind"], leg["amount"]["minor"]) for leg in told["legs"]] == [("internal", OWN), ("external", REST)]


def test_a_refusal_releases_the_balance_and_the_shopper_may_try_again(world: World) -> None:
    session = begin(world, "ali")
    refused = Evidence(Outcome.FAILED, "query", reason="risk_refused")
    number = payment(world, session).attempt_id

    assert apply_evidence(world.platform, LANTERN, number, refused) == "applied"
    assert apply_evidence(world.platform, LANTERN, number, refused) == "duplicate"
    world.jobs()

    assert (payment(world, session).status, leg_states(world, session)) == ("FAILED", ["CLOSED", "FAILED"])
    assert (world.balance("mei"), held(world, session)) == (OWN, 0)
    assert world.sender.types() == ["payment.failed"]

    world.pay(session, "wx", use_balance=str(OWN))
    world.shop(session)
    world.settle()
    assert (world.view(session).order_status, world.balance("mei")) == ("PAID", 0)


def test_while_the_channels_answer_is_unknown_the_balance_stays_set_aside(world: World) -> None:
    world.fault(WX, kind="timeout_after_charging", verb="pay")
    world.fault(WX, kind="no_notification", times=0)
    session = begin(world)

    assert leg_states(world, session) == ["ACCEPTED", "UNKNOWN"]
    assert (world.balance("mei"), held(world, session)) == (0, OWN)

    world.later(minutes=2)
    assert (world.view(session).order_status, charged(world), held(world, session)) == ("PAID", REST, 0)


def test_a_process_that_dies_before_the_call_leaves_a_hold_that_time_releases(world: World) -> None:
    world.member("mei", OWN)
    session = world.session("two-parts", WHOLE)
    token = session["url"].rpartition("/")[2]
    world.crash_after_commit(lambda: take_payment(world.platform, TakePayment(token, "wx", use_balance="all")))
    assert (leg_states(world, session), held(world, session)) == (["ACCEPTED", "SENDING"], OWN)

    world.later(hours=2)

    assert (world.view(session).order_status, world.balance("mei"), charged(world)) == ("CLOSED", OWN, 0)


def test_an_order_that_expires_gives_the_balance_back(world: World) -> None:
    session = begin(world)

    world.later(hours=2)

    assert (world.view(session).order_status, payment(world, session).status) == ("CLOSED", "CLOSED")
    assert (leg_states(world, session), world.balance("mei")) == (["CLOSED", "CLOSED"], OWN)
    assert booked(world, session, "hold_release") == {"2002": OWN, "2001": -OWN}


def test_money_that_comes_after_the_release_goes_back_by_itself(world: World) -> None:
    session = begin(world, "ali")
    link = world.simulator_url(session)
    world.api("POST", f"/v1/checkout-sessions/{session['id']}/expiry")
    assert (world.view(session).order_status, world.balance("mei")) == ("CLOSED", OWN)

    world.shop_at(link, "approve")
    world.later(minutes=5)

    assert leg_states(world, session) == ["CLOSED", "SUCCEEDED_LATE"]
    assert (payment(world, session).status, charged(world, "alipay"), world.balance("mei")) == ("CLOSED", 0, OWN)
    (refund,) = world.refunds(session)
    assert (refund["cause"], refund["amount"]["minor"], refund["to_balance"]["minor"]) == ("late", REST, 0)


def test_another_method_releases_the_first_hold_before_the_second(world: World) -> None:
    session = begin(world)

    world.pay(session, "ali", use_balance=str(OWN))

    assert [(p.method_id, p.status) for p in world.view(session).payments] == [("ali", "PROCESSING"), ("wx", "CLOSED")]
    assert (world.balance("mei"), held(world, session)) == (0, OWN)


def test_a_double_click_holds_once(world: World) -> None:
    session = begin(world)

    world.pay(session, "wx", use_balance=str(OWN))

    assert len(world.view(session).payments) == 1
    assert held(world, session) == OWN


def test_two_orders_at_once_cannot_both_use_the_same_balance(world: World) -> None:
    world.member("mei", OWN)
    sessions = [world.session("two-parts", WHOLE) for _ in range(2)]
    tokens = [session["url"].rpartition("/")[2] for session in sessions]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: take_payment(world.platform, TakePayment(each, "wx", use_balance=str(OWN))), tokens))

    states = sorted(payment(world, session).status for session in sessions)
    assert (states, world.balance("mei")) == (["FAILED", "PROCESSING"], 0)
    reasons = {payment(world, session).reason for session in sessions}
    assert reasons == {None, "balance_spent"}
    assert len(world.truth(WX)["orders"]) == 1


def test_a_balance_that_changed_since_the_page_was_read_is_asked_about_again(world: World) -> None:
    world.member("mei", OWN)
    session = world.session("two-parts", WHOLE)

    answer = world.pay(session, "wx", use_balance="3900")

    assert answer.status == 422
    assert "Your balance has changed" in answer.text
    assert world.view(session).payments == ()


def test_the_api_splits_without_naming_the_amount_and_says_when_it_cannot(world: World) -> None:
    world.member("mei", OWN)
    session = world.session("two-parts", WHOLE)
    path = f"/v1/checkout-sessions/{session['id']}"
    offered = world.api("GET", f"{path}/page-model").json()["split"]
    assert (offered["balance_minor"], offered["rest_minor"], offered["value"]) == (OWN, REST, "4000")

    answer = world.api("POST", f"{path}/payments", {"method": "wx", "use_balance": True})

    assert answer.status == 201
    assert [leg["amount_minor"] for leg in answer.json()["page_model"]["legs"]] == [OWN, REST]
    listed = world.api("GET", "/v1/payments").json()["data"][0]["legs"]
    assert [(leg["method"]["type"], leg["amount"]["minor"]) for leg in listed] == [("balance", OWN), (WX, REST)]

    other = world.session("two-parts", WHOLE, shopper={"id": "nobody"})
    refused = world.api("POST", f"/v1/checkout-sessions/{other['id']}/payments", {"method": "wx", "use_balance": True})
    assert (refused.status, refused.json()["errors"]) == (400, ["/use_balance: errors.balance_gone"])


def test_a_frozen_member_pays_no_part(world: World) -> None:
    world.member("mei", OWN)
    session = world.session("two-parts", WHOLE)
    world.freeze("mei")

    assert world.pay(session, "wx", use_balance=str(OWN)).status == 422
    assert world.balance("mei") == OWN


@pytest.mark.parametrize("minor", [OWN, OWN - 1])
def test_a_balance_that_suffices_is_a_method_of_its_own(world: World, minor: int) -> None:
    world.member("mei", OWN)
    session = world.session("two-parts", minor)

    assert world.api("GET", f"/v1/checkout-sessions/{session['id']}/page-model").json()["split"] is None
    assert world.pay(session, "wx", use_balance=str(OWN)).status == 422


def test_sending_an_attempt_again_says_what_was_said_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stored instruction is complete: nothing of the message is read from what may have changed since."""
    world.fault(WX, kind="drop_before", verb="pay", times=0)
    said: list[Any] = []
    adapter = world.platform.registry.channel(WX).adapter
    pay = type(adapter).pay
    monkeypatch.setattr(
        type(adapter), "pay", lambda self, message, http: said.append(message) or pay(self, message, http)
    )
    session = begin(world)
    world.clock.advance(seconds=600)
    monkeypatch.setattr(world.platform, "settings", changed(world.platform.settings, public_url="https://new.example"))

    with world.platform.db.read() as connection:
        case = load_case(connection, LANTERN, payment(world, session).attempt_id)
    assert case is not None
    channel_calls.pay(world.platform, case)

    first, again = said
    assert again == changed(first, now=again.now)


def test_both_parts_wait_in_escrow_and_go_back_each_the_way_it_came(world: World) -> None:
    world.member("mei", OWN)
    session = world.session("escrow-sale", WHOLE)
    world.pay(session, "wx", use_balance=str(OWN))
    world.shop(session)
    world.settle()
    assert booked(world, session, "channel_in") == {"2002": OWN, "1101": REST, "2901": -WHOLE}
    assert booked(world, session, "escrow_in") == {"2901": WHOLE, "2101": -WHOLE}

    assert world.refund(session, WHOLE).status == 201
    world.later(minutes=2)

    assert booked(world, session, "refund_out") == {"2201": WHOLE, "1101": -REST, "2001": -OWN}
    assert (charged(world), world.balance("mei")) == (0, OWN)


def test_a_member_who_is_frozen_in_this_moment_pays_no_part(world: World) -> None:
    world.member("mei", OWN)
    session = world.session("two-parts", WHOLE)
    commit = world.platform.poster.commit

    def freeze_first(writes: WriteSet) -> None:
        world.platform.poster.commit = commit  # type: ignore[method-assign]
        world.freeze("mei")
        commit(writes)

    world.platform.poster.commit = freeze_first  # type: ignore[method-assign,assignment]
    world.pay(session, "wx", use_balance=str(OWN))

    assert (payment(world, session).status, payment(world, session).reason) == ("FAILED", "payer_blocked")
    assert (world.balance("mei"), world.truth(WX)["orders"]) == (OWN, [])


def test_another_route_takes_over_the_channels_part_and_the_hold_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = type(world.platform.registry.channel("alipay").adapter)
    pay, refused = adapter.pay, [Answer(Outcome.FAILED, reason=Reason.CHANNEL_UNAVAILABLE)]
    monkeypatch.setattr(Serving, "candidates", lambda *_: ["alipay", "alipay"])  # two accounts would do the same
    monkeypatch.setattr(adapter, "pay", lambda *about: refused.pop() if refused else pay(*about))

    session = begin(world, "ali")

    first, second = (each for each in world.story(session)["attempts"] if each["channel"] == "alipay")
    assert (first["status"], second["status"]) == ("failed", "accepted")
    assert (leg_states(world, session), held(world, session)) == (["ACCEPTED", "ACCEPTED"], OWN)
    world.shop(session)
    world.later(minutes=2)
    assert (world.view(session).order_status, charged(world, "alipay")) == ("PAID", REST)


@pytest.mark.parametrize(
    ("change", "back"),
    [({"amount_minor": OWN + 1}, {"amount_minor": OWN}), ({"refund_reserved_minor": 1}, {"refund_reserved_minor": 0})],
)
def test_ledger_check_finds_legs_that_do_not_add_up(world: World, change: dict[str, int], back: dict[str, int]) -> None:
    session = paid(world)
    key = {"tenant_id": LANTERN, "payment_id": payment(world, session).payment_id, "leg": 1}

    world.platform.poster.commit(WriteSet(ops=[Update(payment_leg, key, change)]))
    assert [found.partition(":")[0] for found in world.broken_invariants()] == ["I6"]

    world.platform.poster.commit(WriteSet(ops=[Update(payment_leg, key, back)]))


def test_ledger_check_finds_a_hold_that_outlives_its_payment(world: World) -> None:
    session = begin(world)
    key = {"tenant_id": LANTERN, "payment_id": payment(world, session).payment_id}

    world.platform.poster.commit(WriteSet(ops=[Update(payments, key, {"status": "CLOSED"})]))
    assert [found.partition(":")[0] for found in world.broken_invariants()] == ["I5"]

    world.platform.poster.commit(WriteSet(ops=[Update(payments, key, {"status": "PROCESSING"})]))
