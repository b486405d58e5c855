"""What a withdrawal costs, and when two people look at it."""

import pytest

from checkstand.settlement.withdrawal_rules import WithdrawalRules


@pytest.mark.parametrize(
    ("rules", "amount_minor", "fee_minor"),
    [
        (WithdrawalRules(), 5_000, 0),
        (WithdrawalRules(flat_minor=200), 5_000, 200),
        (WithdrawalRules(rate_ppm=1_000), 5_500, 6),  # 5.5 rounds to the even 6
        (WithdrawalRules(rate_ppm=1_000), 4_500, 4),
        (WithdrawalRules(flat_minor=200, rate_ppm=1_000), 1_000_000, 1_200),
    ],
)
def test_both_parts_of_the_fee_are_added(rules, amount_minor, fee_minor):
    assert rules.fee_of(amount_minor) == fee_minor


def test_the_limit_itself_needs_nobody():
    rules = WithdrawalRules(approval_above_minor=5_000)

    assert (rules.needs_approval(5_000), rules.needs_approval(5_001)) == (False, True)


def test_what_is_stored_is_read_again():
    rules = WithdrawalRules(1, 2, 3)

    assert WithdrawalRules.of(rules.stored()) == rules
    assert WithdrawalRules.of({}) == WithdrawalRules()
