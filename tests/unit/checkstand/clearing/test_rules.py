"""Clearing: the parts of an amount sum to it, whoever gets them, however it is released and given back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checkstand.clearing import (
    NOTHING,
    ClearingRule,
    FeeRule,
    Parts,
    RuleDoesNotSum,
    SplitRule,
    clear,
    excess,
    fee_of,
    give_back,
    rule_from_json,
    rule_to_json,
)
from checkstand.kernel import MoneyError

STANDARD = FeeRule(rate_ppm=6_000, min_minor=1)

fees = st.builds(
    FeeRule,
    rate_ppm=st.integers(0, 400_000),
    min_minor=st.integers(0, 50),
    max_minor=st.none() | st.integers(50, 5_000),
    bearer=st.sampled_from(("merchant", "shared")),
    timing=st.sampled_from(("pay", "settle")),
    rounding=st.sampled_from(("half_even", "half_up", "down", "up")),
)
rules = st.builds(
    ClearingRule,
    fee=fees,
    splits=st.lists(
        st.builds(
            SplitRule, st.just("s"), st.just("mbr"), rate_ppm=st.integers(0, 300_000), amount_minor=st.integers(0, 20)
        ),
        max_size=4,
    ).map(tuple),
    reserve_ppm=st.integers(0, 1_000_000),
    reserve_days=st.integers(1, 180),
    cycle_days=st.integers(0, 30),
)
amounts = st.integers(1, 10**9)


@pytest.mark.parametrize(
    ("rule", "amount", "parts"),
    [
        (ClearingRule(STANDARD), 10_000, Parts(60, (), 0, 9_940)),
        (ClearingRule(STANDARD, reserve_ppm=100_000), 10_000, Parts(60, (), 994, 8_946)),  # J11.6
        (ClearingRule(STANDARD, (SplitRule("p", "m", 80_000),)), 10_000, Parts(60, (800,), 0, 9_140)),  # J11.7
        (ClearingRule(STANDARD, (SplitRule("p", "m", 0, 250),)), 10_000, Parts(60, (250,), 0, 9_690)),
        (
            ClearingRule(FeeRule(6_000, bearer="shared"), (SplitRule("p", "m", 500_000),)),
            10_000,
            Parts(60, (4_970,), 0, 4_970),
        ),
        (ClearingRule(FeeRule(6_000, max_minor=40)), 10_000, Parts(40, (), 0, 9_960)),
        (ClearingRule(FeeRule(6_000, min_minor=10)), 5, Parts(5, (), 0, 0)),
        (ClearingRule(splits=(SplitRule("a", "m", 500_000), SplitRule("b", "n", 500_000))), 1, Parts(0, (0, 0), 0, 1)),
    ],
)
def test_an_amount_is_shared_out_as_the_rule_says(rule: ClearingRule, amount: int, parts: Parts) -> None:
    assert clear(rule, amount) == parts


@pytest.mark.parametrize(("rounding", "fee"), [("half_even", 2), ("half_up", 3), ("down", 2), ("up", 3)])
def test_the_rule_says_how_two_and_a_half_is_rounded(rounding: str, fee: int) -> None:
    assert fee_of(FeeRule(20_000, rounding=rounding), 125) == fee


def test_rounding_up_never_gives_more_than_there_is() -> None:
    half = FeeRule(rounding="up")

    assert clear(ClearingRule(half, (SplitRule("a", "m", 500_000), SplitRule("b", "n", 500_000))), 101) == Parts(
        0, (51, 50), 0, 0
    )


@pytest.mark.parametrize(
    "rule",
    [
        ClearingRule(FeeRule(600_000), (SplitRule("p", "m", 500_000),)),
        ClearingRule(splits=(SplitRule("p", "m", 0, 101),)),
        ClearingRule(FeeRule(min_minor=100), (SplitRule("p", "m", 10_000),)),
    ],
)
def test_a_rule_that_takes_more_than_the_amount_is_refused(rule: ClearingRule) -> None:
    assert excess(rule, 100) > 0
    with pytest.raises(RuleDoesNotSum):
        clear(rule, 100)


@pytest.mark.parametrize("amount", [0, -1, 101])
def test_only_what_is_left_can_be_released(amount: int) -> None:
    with pytest.raises(MoneyError):
        clear(ClearingRule(STANDARD), amount, total_minor=100)


@given(rule=rules, amount=amounts)
def test_the_parts_are_never_negative_and_sum_to_the_amount(rule: ClearingRule, amount: int) -> None:
    assume(excess(rule, amount) <= 0)

    parts = clear(rule, amount)

    assert parts.amount_minor == amount
    assert min(parts.fee_minor, *parts.splits, parts.reserve_minor, parts.rest_minor) >= 0


@given(rule=rules, slices=st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_an_amount_released_in_slices_is_cleared_exactly(rule: ClearingRule, slices: list[int]) -> None:
    total = sum(slices)
    released = NOTHING
    for minor in slices:
        assume(excess(rule, released.amount_minor + minor, total) <= 0)
        parts = clear(rule, minor, total_minor=total, before=released)
        assert parts.amount_minor == minor
        assert min(parts.fee_minor, *parts.splits, parts.reserve_minor, parts.rest_minor) >= 0
        released += parts

    assert released.amount_minor == total
    if all(each >= 1000 for each in slices):  # no slice too small for its own rounding
        assert released.fee_minor == fee_of(rule.fee, total)


@given(rule=rules, amount=st.integers(1, 10**6), cuts=st.lists(st.integers(1, 10**6), max_size=8))
def test_refunds_in_any_slices_return_exactly_what_was_taken(rule: ClearingRule, amount: int, cuts: list[int]) -> None:
    assume(excess(rule, amount) <= 0)
    taken = clear(rule, amount)
    marks = sorted({cut % amount for cut in cuts} | {0, amount})
    returned = NOTHING
    for low, high in pairwise(marks):
        slice_ = give_back(taken, returned, high - low)
        assert slice_.amount_minor == high - low
        assert min(slice_.fee_minor, *slice_.splits, slice_.rest_minor) >= 0
        returned += slice_

    assert returned.fee_minor == taken.fee_minor
    assert returned.splits[: len(taken.splits)] == taken.splits
    assert returned.rest_minor == taken.rest_minor + taken.reserve_minor


def test_a_refund_returns_each_share_in_proportion() -> None:
    taken = Parts(60, (800,), 0, 9_140)

    assert give_back(taken, NOTHING, 3_000) == Parts(18, (240,), 0, 2_742)


@given(rule=rules)
def test_the_pinned_rule_is_the_rule(rule: ClearingRule) -> None:
    read = rule_from_json(rule_to_json(rule))

    assert (read.fee, read.splits, read.cycle_days, read.reserve_ppm) == (
        rule.fee,
        rule.splits,
        rule.cycle_days,
        rule.reserve_ppm,
    )
