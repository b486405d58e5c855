"""Fees and shares of a scenario: what does not sum is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.checkstand.scenario.example import METHOD_TYPES, document

from checkstand.clearing import ClearingRule, FeeRule, SplitRule, excess
from checkstand.scenario.checks.settlement import fee, shares
from checkstand.scenario.compile import compile_plan
from checkstand.scenario.finding import Facts

PARTNER = {"id": "partner", "member": "mbr_1", "rate_ppm": 80_000}


def found(settlement: dict[str, Any], **parts: Any) -> list[str]:
    scenario = document(settlement=settlement, **parts)
    return [each.code for check in (fee, shares) for each in check(scenario, Facts())]


@pytest.mark.parametrize(
    ("settlement", "codes"),
    [
        ({}, []),
        ({"fee": {"rate_ppm": 6_000, "min": 1}, "splits": [PARTNER]}, []),
        ({"fee": {"min": 10, "max": 5}}, ["fee.reversed"]),
        ({"splits": [{"id": "p", "member": "m"}]}, ["split.rate_or_amount"]),
        ({"splits": [{**PARTNER, "amount": 5}]}, ["split.rate_or_amount"]),
        ({"fee": {"rate_ppm": 600_000}, "splits": [{**PARTNER, "rate_ppm": 500_000}]}, ["split.above_all"]),
        ({"fee": {"rate_ppm": 600_000, "bearer": "shared"}, "splits": [{**PARTNER, "rate_ppm": 500_000}]}, []),
        ({"splits": [{"id": "p", "member": "m", "amount": 200}]}, ["split.above_amount"]),
        ({"fee": {"min": 500}, "splits": [PARTNER]}, ["split.above_amount"]),
        (
            {"fee": {"rate_ppm": 990_000, "max": 50}, "splits": [{**PARTNER, "rate_ppm": 900_000}]},
            ["split.above_amount"],
        ),
    ],
)
def test_what_does_not_sum_is_refused(settlement: dict[str, Any], codes: list[str]) -> None:
    assert found(settlement, amount_limits={"currency": "CNY", "min": 20, "max": 100_000}) == codes


def test_a_recharge_has_nothing_to_share() -> None:
    assert found({"splits": [PARTNER]}, mode="recharge") == ["split.recharge"]


@given(
    rate=st.integers(0, 500_000),
    least=st.integers(0, 300),
    most=st.none() | st.integers(300, 2_000),
    bearer=st.sampled_from(("merchant", "shared")),
    cut=st.integers(1, 700_000),
    fixed=st.integers(0, 50),
    low=st.integers(1, 500),
    amount=st.integers(1, 5_000),
)
def test_a_rule_that_is_accepted_fits_every_order(
    rate: int, least: int, most: int | None, bearer: str, cut: int, fixed: int, low: int, amount: int
) -> None:
    written: dict[str, Any] = {"rate_ppm": rate, "min": least, "bearer": bearer}
    if most is not None:
        written["max"] = most
    splits = [{**PARTNER, "rate_ppm": cut}] + ([{"id": "b", "member": "m", "amount": fixed}] if fixed else [])
    limits = {"currency": "CNY", "min": low, "max": 5_000}
    if found({"fee": written, "splits": splits}, amount_limits=limits) or amount < low:
        return
    rule = ClearingRule(
        FeeRule(rate, least, most, bearer),
        tuple(SplitRule(each["id"], "m", each.get("rate_ppm", 0), each.get("amount", 0)) for each in splits),
    )

    assert excess(rule, amount) <= 0


def test_a_plan_has_the_whole_rule() -> None:
    written = {
        "cycle": "T+3",
        "fee": {"rate_ppm": 6_000, "min": 1, "max": 90, "bearer": "shared", "timing": "settle", "rounding": "down"},
        "splits": [PARTNER, {"id": "b", "member": "atlas", "amount": 200}],
    }

    plan = compile_plan(document(settlement=written), METHOD_TYPES)

    assert (plan.settlement_cycle, plan.fee.max_minor, plan.fee.timing, plan.fee.rounding) == (
        "T+3",
        90,
        "settle",
        "down",
    )
    assert [(each.member, each.rate_ppm, each.amount_minor) for each in plan.splits] == [
        ("mbr_1", 80_000, 0),
        ("atlas", 0, 200),
    ]
