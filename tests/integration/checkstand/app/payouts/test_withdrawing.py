"""A member takes money out, against the real bank simulator: what it paid is the judge."""

from __future__ import annotations

from typing import Any

import pytest
from tests.world import LANTERN, World

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.names import merchant_available, withdrawal_fee_income
from checkstand.app.payouts.bank import NoBank
from checkstand.app.payouts.request_withdrawal import WithdrawalNumberTaken, WithdrawalTooLarge
from checkstand.channel.store import channel_account
from checkstand.infra.ops import Update
from checkstand.kernel import CheckstandError
from checkstand.member import CardNotVerified, CardUnknown, MemberFrozen, MemberNotFound, member
from checkstand.member.unit_settings import settings_op


def test_a_withdrawal_is_held_then_sent_then_paid_once(desk: Any, world: World) -> None:
    payout_id = desk.withdraw(5_000)

    assert (desk.status(payout_id), desk.left()) == ("APPROVED", 95_000)
    world.later(minutes=3)
    assert desk.edges(payout_id) == ["create", "freeze", "approve", "send", "accept", "succeed"]
    assert desk.paid() == {payout_id: 5_000}
    assert (desk.left(), desk.deposit()) == (95_000, -5_000)
    assert world.sender.types() == ["withdrawal.succeeded"]
    assert world.sender.told[0]["data"]["withdrawal"]["status"] == "succeeded"


def test_what_is_asked_for_together_goes_in_one_file(desk: Any, world: World) -> None:
    payouts = [desk.withdraw(minor) for minor in (1_000, 2_000, 3_000)]
    world.later(minutes=3)

    assert len({desk.row(each).file_no for each in payouts}) == 1
    assert desk.paid() == dict(zip(payouts, (1_000, 2_000, 3_000), strict=True))


def test_the_fee_is_taken_on_top_and_earned_on_success_only(desk: Any, world: World) -> None:
    fees = {"withdrawals": {"flat_minor": 10, "rate_ppm": 1_000, "approval_above_minor": 10**9}}
    op = settings_op(LANTERN, {"time_zone": "Asia/Shanghai", "contacts": [], **fees}, 0)
    world.platform.poster.commit(WriteSet(ops=[op]))
    earned = withdrawal_fee_income("CNY", "test")

    good, refused = desk.withdraw(5_000), desk.withdraw(5_051)
    assert desk.left() == 100_000 - 5_015 - 5_066
    world.later(minutes=3)
    assert (desk.status(good), desk.status(refused)) == ("SUCCEEDED", "FAILED")
    assert (desk.left(), desk.booked(earned)) == (100_000 - 5_015, 15)


def test_a_refused_withdrawal_gives_everything_back(desk: Any, world: World) -> None:
    payout_id = desk.withdraw(5_051)
    world.later(minutes=3)

    assert (desk.status(payout_id), desk.row(payout_id).code, desk.left()) == ("FAILED", "AC04", 100_000)
    assert desk.paid() == {}
    told = world.sender.told[-1]
    assert (told["type"], told["data"]["withdrawal"]["reason"]) == ("withdrawal.failed", "payee_account_wrong")


def test_a_returned_withdrawal_is_the_members_again(desk: Any, world: World) -> None:
    payout_id = desk.withdraw(5_056)
    world.later(minutes=3)
    assert desk.status(payout_id) == "SUCCEEDED"
    world.later(days=2)

    assert desk.edges(payout_id)[-2:] == ["succeed", "return"]
    assert (desk.left(), desk.deposit(), desk.paid()) == (100_000, 0, {payout_id: 0})
    assert world.sender.types() == ["withdrawal.succeeded", "withdrawal.returned"]
    world.later(days=2)
    assert desk.edges(payout_id).count("return") == 1


def test_more_than_the_balance_is_refused_and_nothing_is_held(desk: Any) -> None:
    with pytest.raises(WithdrawalTooLarge):
        desk.withdraw(100_001)

    assert desk.left() == 100_000


def test_two_withdrawals_of_everything_cannot_both_be(desk: Any) -> None:
    desk.withdraw(100_000)

    with pytest.raises(WithdrawalTooLarge):
        desk.withdraw(100_000)


def test_the_same_number_is_the_same_withdrawal(desk: Any, world: World) -> None:
    first = desk.withdraw(5_000, withdrawal_no="wd-1")

    assert desk.withdraw(5_000, withdrawal_no="wd-1") == first
    with pytest.raises(WithdrawalNumberTaken):
        desk.withdraw(5_001, withdrawal_no="wd-1")
    world.later(minutes=3)
    assert desk.withdraw(5_000, withdrawal_no="wd-1") == first
    assert (desk.left(), desk.paid()) == (95_000, {first: 5_000})


def test_bad_requests_are_named_and_hold_nothing(desk: Any, world: World) -> None:
    def refused(**changes: Any) -> type[CheckstandError]:
        with pytest.raises(CheckstandError) as caught:
            desk.withdraw(5_000, **changes)
        return type(caught.value)

    stranger = world.member("otto", 1_000)
    foreign = desk.card(stranger)
    assert refused(card_id=desk.card(desk.member_id, verified=False)) is CardNotVerified
    assert refused(card_id=foreign) is CardUnknown
    assert refused(card_id="crd_none") is CardUnknown
    assert refused(member_id="mbr_none") is MemberNotFound
    assert refused(mode="live") is MemberNotFound
    assert refused(card_id=desk.card(desk.member_id, bank_code="ABCDEFGH")).code == "bank.payout_invalid"
    world.freeze("mei")
    assert refused() is MemberFrozen
    assert desk.left() == 100_000


def test_without_a_bank_account_nothing_leaves(desk: Any, world: World) -> None:
    with world.platform.db.read() as connection:
        rows = connection.execute(channel_account.select().where(channel_account.c.channel == "bank")).all()
    keys = [{"tenant_id": row.tenant_id, "channel_account_id": row.channel_account_id} for row in rows]
    off = [Update(channel_account, key, {"status": "disabled"}) for key in keys]
    world.platform.poster.commit(WriteSet(ops=off))

    with pytest.raises(NoBank):
        desk.withdraw(5_000)
    assert desk.left() == 100_000


def test_an_enterprise_withdraws_what_is_settled_to_it(desk: Any, world: World) -> None:
    shop = world.member("shop")
    key = {"tenant_id": LANTERN, "member_id": shop}
    world.platform.poster.commit(WriteSet(ops=[Update(member, key, {"kind": "enterprise"})]))
    opening = Entry(AccountRef("1001", "opening", "CNY"), 9_000), Entry(merchant_available(shop, "CNY"), -9_000)
    settled = Journal(LANTERN, "opening_available", "member", shop, opening, world.clock.now())
    world.platform.poster.commit(WriteSet(journals=[settled]))

    payout_id = desk.withdraw(8_000, member_id=shop, card_id=desk.card(shop))
    world.later(minutes=3)
    assert desk.paid() == {payout_id: 8_000}
    assert desk.booked(merchant_available(shop, "CNY")) == 1_000
    with pytest.raises(WithdrawalTooLarge):
        desk.withdraw(1_001, member_id=shop, card_id=desk.card(shop))
