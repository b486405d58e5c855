"""A refund of a composite payment is shared out exactly, whatever slices it comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkstand.kernel import InvariantBroken
from checkstand.payment.rules import LegLeft, split_refund


@pytest.mark.parametrize(
    ("amount", "parts"),
    [(1, {2: 1}), (6_000, {2: 6_000}), (6_001, {2: 6_000, 1: 1}), (10_000, {2: 6_000, 1: 4_000})],
)
def test_the_channels_money_goes_back_first(amount: int, parts: dict[int, int]) -> None:
    assert split_refund(amount, [LegLeft(1, True, 4_000), LegLeft(2, False, 6_000)]) == parts


def test_a_leg_with_nothing_left_gives_nothing() -> None:
    assert split_refund(5, [LegLeft(1, True, 4_000), LegLeft(2, False, 0)]) == {1: 5}


def test_more_than_the_legs_have_left_is_never_shared_out() -> None:
    with pytest.raises(InvariantBroken):
        split_refund(11, [LegLeft(1, True, 4), LegLeft(2, False, 6)])


@given(own=st.integers(0, 10**9), rest=st.integers(0, 10**9), data=st.data())
def test_slices_neither_create_nor_lose_money(own: int, rest: int, data: st.DataObject) -> None:
    left = {1: own, 2: rest}
    while sum(left.values()):
        amount = data.draw(st.integers(max(1, sum(left.values()) // 3), sum(left.values())))
        parts = split_refund(amount, [LegLeft(1, True, left[1]), LegLeft(2, False, left[2])])
        assert sum(parts.values()) == amount
        assert all(0 < part <= left[leg] for leg, part in parts.items())
        left = {leg: before - parts.get(leg, 0) for leg, before in left.items()}
