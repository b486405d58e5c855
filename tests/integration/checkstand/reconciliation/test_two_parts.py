"""A statement has the channel's part of a composite payment and of its refund, and agrees with our books."""

from __future__ import annotations

from tests.integration.checkstand.reconciliation.shop import Shop


def test_a_payment_in_two_parts_and_its_refund_over_both_match_the_statement(shop: Shop) -> None:
    world = shop.world
    world.member("mei", 4_000)
    session = world.session("two-parts", 10_000)
    world.pay(session, "wx", use_balance="4000")
    world.shop(session)
    world.settle()
    assert world.refund(session, 7_000).status == 201
    world.later(minutes=2)
    assert world.balance("mei") == 1_000
    day = shop.morning()

    shop.fetch("wechat_pay", day)

    assert shop.classes(shop.run_of("wechat_pay", day)) == {"matched": 2}
