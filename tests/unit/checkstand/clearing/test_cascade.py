"""F7: a refund takes what is pending, then what is available, then the deposit, then a debt within its limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkstand.clearing.cascade import Funds, Sources, cascade

amounts = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("funds", "amount", "sources"),
    [
        (Funds(20_000, 5_000, 0, 0), 9_940, Sources(9_940)),
        (Funds(2_000, 5_000, 0, 3_000), 9_940, Sources(2_000, 5_000, 0, 2_940)),  # J7.1
        (Funds(2_000, 5_000, 994, 3_000), 9_940, Sources(2_000, 5_000, 994, 1_946)),
        (Funds(2_000, 5_000, 0, 2_939), 9_940, None),
        (Funds(0, 0, 0, 0), 1, None),
        (Funds(0, 0, 0, None), 1, Sources(0, 0, 0, 1)),  # the channel has paid already
    ],
)
def test_the_order_of_the_cascade(funds: Funds, amount: int, sources: Sources | None) -> None:
    assert cascade(funds, amount) == sources


@given(funds=st.builds(Funds, amounts, amounts, amounts, st.none() | amounts), amount=amounts)
def test_nothing_is_taken_that_is_not_there(funds: Funds, amount: int) -> None:
    sources = cascade(funds, amount)

    enough = funds.pending_minor + funds.available_minor + funds.deposit_minor + (funds.credit_minor or 0)
    if sources is None:
        assert funds.credit_minor is not None
        assert amount > enough
        return
    assert sources.amount_minor == amount
    assert 0 <= sources.pending_minor <= funds.pending_minor
    assert 0 <= sources.available_minor <= funds.available_minor
    assert 0 <= sources.deposit_minor <= funds.deposit_minor
    assert funds.credit_minor is None or 0 <= sources.debt_minor <= funds.credit_minor
    assert not sources.debt_minor or sources.deposit_minor == funds.deposit_minor
