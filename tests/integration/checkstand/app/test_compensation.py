"""A payment that took money and cannot be completed gives it back: COMPENSATING, then FAILED or MANUAL (money.md §4.3).

Scenarios allow one external leg, so the second one is put beside it here: what the rows of the table say
must hold for whatever payment meets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from tests.integration.checkstand.app.test_composite import REST, WHOLE, WX, begin, held, leg_states, payment
from tests.integration.checkstand.app.test_unreliable_channels import charged
from tests.world import LANTERN, World

from checkstand.accounting import WriteSet
from checkstand.app.channel_accounts import current_account, serving
from checkstand.app.evidence import Evidence
from checkstand.app.new_payment import attempt_ops
from checkstand.app.resolve_attempt import apply_evidence, query_job
from checkstand.app.resolve_refund import RefundEvidence, apply_refund_evidence
from checkstand.channel.port import Outcome
from checkstand.infra.ops import Insert, Update
from checkstand.kernel import Money, new_id
from checkstand.order import business_order
from checkstand.payment import AttemptEvent, payment_leg
from checkstand.payment import payment as payments

SECOND = 1_500  # what the second external leg is to pay


class Both(NamedTuple):
    """A payment with a balance and two external legs: its session, the attempts' numbers, the first one's page."""

    world: World
    session: dict[str, Any]
    first: str
    second: str
    link: str


@pytest.fixture
def both(world: World) -> Both:
    session = begin(world)
    link = world.simulator_url(session) or ""
    first = payment(world, session)
    now, number = world.clock.now(), new_id("att")
    with world.platform.db.read() as connection:
        account_id = serving(world.platform, connection, LANTERN, "test").accounts["alipay"]
    account = current_account(world.platform, LANTERN, account_id)
    whole = WHOLE + SECOND
    attempt = attempt_ops(
        LANTERN, first.payment_id, number, channel="alipay", account_id=account_id,
        credential_version=account.credential_version, product="page", amount_minor=SECOND, currency="CNY",
        instruction={"expires_at": world.view(session).expires_at.isoformat(), "notify_url": "", "cost_ppm": 0},
        path=(AttemptEvent.SEND, AttemptEvent.ACCEPT), now=now,
    )  # fmt: skip
    leg = {
        "tenant_id": LANTERN, "payment_id": first.payment_id, "leg": 3, "kind": "external", "method_type": "alipay",
        "attempt_id": number, "member_id": "", "amount_minor": SECOND, "captured_minor": 0,
        "refund_reserved_minor": 0, "currency": "CNY",
    }  # fmt: skip
    order = world.story(session)
    with world.platform.db.read() as connection:
        order_id = (
            connection.execute(
                payments.select().where(payments.c.tenant_id == LANTERN, payments.c.payment_id == order["id"])
            )
            .one()
            .order_id
        )
    world.platform.poster.commit(
        WriteSet(
            ops=[
                *attempt,
                Insert(payment_leg, leg),
                query_job(LANTERN, number, now, now),
                Update(
                    payments,
                    {"tenant_id": LANTERN, "payment_id": first.payment_id},
                    {"amount_minor": whole, "leg_count": 3},
                ),
                Update(business_order, {"tenant_id": LANTERN, "order_id": order_id}, {"amount_minor": whole}),
            ]
        )
    )
    return Both(world, session, first.attempt_id, number, link)


def say(world: World, number: str, outcome: Outcome, minor: int = REST) -> str:
    return apply_evidence(
        world.platform, LANTERN, number, Evidence(outcome, "query", amount=Money(minor, "CNY"), reason=None)
    )


def statuses(world: World, session: Mapping[str, Any]) -> tuple[str, list[str]]:
    return payment(world, session).status, leg_states(world, session)


def test_the_first_leg_waits_for_the_second_and_then_all_commit(both: Both) -> None:
    world, session, first, second, _ = both

    assert say(world, second, Outcome.SUCCEEDED, SECOND) == "applied"
    assert statuses(world, session) == ("PROCESSING", ["ACCEPTED", "ACCEPTED", "SUCCEEDED"])
    assert world.story(session)["refundable"]["minor"] == 0
    assert say(world, second, Outcome.SUCCEEDED, SECOND) == "duplicate"

    assert say(world, first, Outcome.SUCCEEDED) == "applied"
    assert statuses(world, session) == ("SUCCEEDED", ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"])
    assert world.view(session).order_status == "PAID"


def test_both_legs_that_succeed_at_once_complete_the_payment(both: Both) -> None:
    world, session, first, second, _ = both
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(say, world, first, Outcome.SUCCEEDED)
        two = pool.submit(say, world, second, Outcome.SUCCEEDED, SECOND)
        assert {one.result(), two.result()} == {"applied"}

    assert payment(world, session).status == "SUCCEEDED"


def compensating(both: Both, *, reachable: bool = False) -> tuple[World, dict[str, Any], str]:
    """WeChat Pay has really taken its part, the second leg is refused; the compensating refund waits."""
    world, session, _, second, link = both
    if not reachable:
        world.fault(WX, kind="drop_before", verb="refund", times=0)
    world.shop_at(link)
    world.settle()
    assert charged(world) == REST
    assert say(world, second, Outcome.FAILED) == "applied"
    assert statuses(world, session) == ("COMPENSATING", ["CLOSED", "SUCCEEDED", "FAILED"])
    assert (world.balance("mei"), held(world, session)) == (WHOLE - REST, 0)
    return world, session, world.refunds(session)[0]["id"]


def test_money_taken_goes_back_when_the_other_leg_fails(both: Both) -> None:
    world, session, refund_id = compensating(both, reachable=True)
    assert say(world, both.second, Outcome.FAILED) == "duplicate"

    world.later(minutes=2)

    assert (payment(world, session).status, charged(world)) == ("FAILED", 0)
    again = RefundEvidence(Outcome.SUCCEEDED, "query", amount=Money(REST, "CNY"))
    assert apply_refund_evidence(world.platform, LANTERN, refund_id, again) == "duplicate"
    assert {"payment.failed", "refund.succeeded"} <= {*world.sender.types()}
    kinds = [journal["kind"] for journal in world.story(session)["journals"]]
    assert [kinds.count(kind) for kind in ("compensation_reserve", "hold_release", "refund_out", "pay")] == [1, 1, 1, 0]


def test_a_compensation_that_fails_for_good_waits_for_a_person(both: Both) -> None:
    world, session, refund_id = compensating(both)
    world.jobs()
    refused = RefundEvidence(Outcome.FAILED, "query", reason="account_closed")

    assert apply_refund_evidence(world.platform, LANTERN, refund_id, refused) == "applied"
    assert apply_refund_evidence(world.platform, LANTERN, refund_id, refused) == "stale"
    assert payment(world, session).status == "MANUAL"
    assert world.story(session)["status"] == "processing"

    paid_by_hand = RefundEvidence(Outcome.SUCCEEDED, "person", amount=Money(REST, "CNY"))
    assert apply_refund_evidence(world.platform, LANTERN, refund_id, paid_by_hand) == "applied"
    assert payment(world, session).status == "FAILED"


def test_a_leg_that_is_refused_first_closes_the_other_and_releases_all(
    both: Both,
) -> None:
    world, session, _, second, _ = both

    assert say(world, second, Outcome.FAILED) == "applied"
    assert statuses(world, session) == ("CLOSING", ["ACCEPTED", "CLOSING", "FAILED"])
    world.later(minutes=1)

    assert statuses(world, session) == ("CLOSED", ["CLOSED", "CLOSED", "FAILED"])
    assert (world.balance("mei"), charged(world)) == (WHOLE - REST, 0)


def test_a_leg_that_pays_while_it_is_being_closed_is_compensated(both: Both) -> None:
    world, session, first, second, _ = both
    say(world, second, Outcome.FAILED)

    assert say(world, first, Outcome.SUCCEEDED) == "applied"

    assert statuses(world, session) == ("COMPENSATING", ["CLOSED", "SUCCEEDED", "FAILED"])


def test_money_of_the_failed_leg_that_comes_late_goes_back_too(both: Both) -> None:
    world, session, _ = compensating(both)

    assert say(world, both.second, Outcome.SUCCEEDED, SECOND) == "conflict"

    assert statuses(world, session) == ("COMPENSATING", ["CLOSED", "SUCCEEDED", "SUCCEEDED_LATE"])
    causes = sorted(refund["cause"] for refund in world.refunds(session))
    assert causes == ["compensation", "late"]
