"""Refunds of a payment in two parts: the channel's part first, never more than a leg took, one number, one fate."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.integration.checkstand.app.test_composite import OWN, REST, WHOLE, WX, booked, paid
from tests.integration.checkstand.app.test_unreliable_channels import charged
from tests.world import LANTERN, World

from checkstand.accounting.store import account
from checkstand.app.members.close_member import MemberIsBusy, close_member
from checkstand.app.resolve_refund import RefundEvidence, apply_refund_evidence
from checkstand.channel.port import Outcome
from checkstand.channel.simulator.outcomes import BY_LAST_DIGITS
from checkstand.kernel import new_id


def test_a_refund_takes_the_channels_part_first_and_the_balances_last(world: World) -> None:
    session = paid(world)
    expected = [(5_000, 0, 1_000), (2_000, 1_000, 0), (3_000, 3_000, 0)]
    for minor, to_balance, left_at_channel in expected:
        answer = world.refund(session, minor)
        assert (answer.status, answer.json()["to_balance"]["minor"]) == (201, to_balance)
        world.later(minutes=2)
        assert charged(world) == left_at_channel

    assert world.balance("mei") == OWN
    assert world.view(session).order_status == "REFUNDED"
    assert world.story(session)["fee"]["minor"] == 0


def test_a_refund_over_both_parts_is_booked_and_told_as_one(world: World) -> None:
    session = paid(world)

    world.refund(session, 7_000, refund_no="R-1")
    assert booked(world, session, "refund_reserve") == {"2102": 6_958, "4001": 42, "2201": -7_000}
    assert world.balance("mei") == 0
    world.later(minutes=2)

    assert booked(world, session, "refund_out") == {"2201": 7_000, "1101": -6_000, "2001": -1_000}
    assert (charged(world), world.balance("mei")) == (0, 1_000)
    (told,) = [message["data"]["refund"] for message in world.sender.told if message["type"] == "refund.succeeded"]
    assert (told["refund_no"], told["amount"]["minor"], told["to_balance"]["minor"]) == ("R-1", 7_000, 1_000)


def test_a_refund_that_the_channel_refuses_gives_neither_part(world: World) -> None:
    world.fault(WX, kind="drop_before", verb="refund", times=0)
    session = paid(world)
    refund = world.refund(session, 7_000).json()
    world.jobs()
    refused = RefundEvidence(Outcome.FAILED, "query", code="FAILED")

    assert apply_refund_evidence(world.platform, LANTERN, refund["id"], refused) == "applied"
    assert apply_refund_evidence(world.platform, LANTERN, refund["id"], refused) == "stale"

    assert (world.refunds(session)[0]["status"], world.balance("mei"), charged(world)) == ("failed", 0, REST)
    assert world.story(session)["refundable"]["minor"] == WHOLE
    assert world.refund(session, WHOLE).status == 201


def test_refunds_at_once_never_give_back_more_than_a_leg_took(world: World) -> None:
    session = paid(world)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: world.refund(session, 3_500).status, range(6)))
    world.later(minutes=3)

    assert sorted(answers) == [201, 201, 409, 409, 409, 409]
    assert (charged(world), world.balance("mei")) == (0, 1_000)


def test_a_member_is_not_closed_while_a_part_of_a_refund_is_on_its_way_to_the_balance(world: World) -> None:
    world.fault(WX, kind="drop_before", verb="refund", times=0)
    session = paid(world)
    mei = world.member("mei")
    world.refund(session, 7_000)
    world.jobs()

    with pytest.raises(MemberIsBusy):
        close_member(world.platform, LANTERN, "test", mei, "asked for")


def test_who_has_closed_the_balance_still_gets_back_what_the_channel_was_paid(world: World) -> None:
    session = paid(world)
    close_member(world.platform, LANTERN, "test", world.member("mei"), "asked for")

    assert world.refund(session, 7_000).json()["code"] == "member.closed"
    assert world.refund(session, 6_000).status == 201
    world.later(minutes=2)
    assert charged(world) == 0


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    own=st.integers(1, 9_999).filter(lambda own: (WHOLE - own) % 100 not in BY_LAST_DIGITS),
    slices=st.lists(st.integers(1, 6_000), min_size=1, max_size=4),
)
def test_refunds_in_any_slices_give_back_what_each_leg_took_and_no_more(
    world: World, own: int, slices: list[int]
) -> None:
    shopper = new_id("shopper")
    world.member(shopper, own)
    before = charged(world)
    session = world.session("two-parts", WHOLE, shopper={"id": shopper})
    world.pay(session, "wx", use_balance=str(own))
    world.shop(session)
    world.settle()
    left = WHOLE
    for minor in [*slices, WHOLE]:
        part = min(minor, left)
        if part:
            assert world.refund(session, part).status == 201
            left -= part
            world.later(seconds=30)
            to_channel = min(WHOLE - left, WHOLE - own)
            assert charged(world) - before == WHOLE - own - to_channel
            assert world.balance(shopper) == WHOLE - left - to_channel

    assert world.refund(session, 1).status == 409
    assert world.view(session).order_status == "REFUNDED"
    assert world.story(session)["fee"]["minor"] == 0
    codes = {"2002", "2201", "2901"}
    with world.platform.db.read() as connection:
        left_over = connection.execute(
            select(account.c.account_id, account.c.balance_minor).where(
                account.c.tenant_id == LANTERN, account.c.code.in_(codes), account.c.balance_minor != 0
            )
        ).all()
    assert left_over == []
