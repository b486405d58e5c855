"""Fees: exact to the fen, and a payment refunded in any number of parts returns exactly its fee."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkstand.accounting import fee_minor, refund_fee_share
from checkstand.kernel import MoneyError


@pytest.mark.parametrize(
    ("amount", "rate_ppm", "minimum", "fee"),
    [
        (10_000, 6_000, 0, 60),  # the specification's example: 0.6 %
        (10_000, 3_800, 0, 38),
        (250, 6_000, 0, 2),  # 1.5 rounds to the even 2
        (417, 6_000, 0, 3),  # 2.502
        (75, 20_000, 0, 2),  # 1.5 again
        (125, 20_000, 0, 2),  # 2.5 rounds to the even 2
        (1, 6_000, 0, 0),
        (100, 6_000, 10, 10),
        (5, 6_000, 10, 5),  # never more than the amount
        (0, 6_000, 10, 0),
    ],
)
def test_a_fee_is_rounded_half_to_even(amount: int, rate_ppm: int, minimum: int, fee: int) -> None:
    assert fee_minor(amount, rate_ppm, minimum) == fee


def test_a_partial_refund_returns_its_share_of_the_fee() -> None:
    assert refund_fee_share(60, 10_000, 3_000) == 18


def test_the_last_refund_returns_what_is_left_of_the_fee() -> None:
    first = refund_fee_share(2, 100, 33)
    second = refund_fee_share(2, 100, 33, refunded_before_minor=33, fee_returned_minor=first)
    last = refund_fee_share(2, 100, 34, refunded_before_minor=66, fee_returned_minor=first + second)

    assert (first, second, last) == (1, 1, 0)


@pytest.mark.parametrize(("refund", "before"), [(0, 0), (-1, 0), (101, 0), (51, 50), (1, 100)])
def test_no_more_than_what_is_left_can_be_refunded(refund: int, before: int) -> None:
    with pytest.raises(MoneyError):
        refund_fee_share(0, 100, refund, refunded_before_minor=before)


@st.composite
def refunds_in_parts(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    captured = draw(st.integers(1, 10**9))
    fee = draw(st.integers(0, captured) | st.integers(0, min(captured, 5)))
    cuts = sorted(draw(st.sets(st.integers(1, captured), max_size=12)) | {captured})
    return captured, fee, [high - low for low, high in zip([0, *cuts], cuts, strict=False)]


@given(refunds_in_parts())
def test_refunds_that_add_up_to_the_payment_return_exactly_the_fee(case: tuple[int, int, list[int]]) -> None:
    captured, fee, parts = case
    before = returned = 0
    for part in parts:
        share = refund_fee_share(fee, captured, part, refunded_before_minor=before, fee_returned_minor=returned)
        assert 0 <= share <= part, "neither party pays more than the refund"
        before, returned = before + part, returned + share

    assert (before, returned) == (captured, fee)


@given(st.integers(1, 40), st.data())
def test_many_tiny_refunds_return_exactly_the_fee(captured: int, data: st.DataObject) -> None:
    fee = data.draw(st.integers(0, captured))
    returned = 0
    for before in range(captured):
        returned += refund_fee_share(fee, captured, 1, refunded_before_minor=before, fee_returned_minor=returned)

    assert returned == fee
