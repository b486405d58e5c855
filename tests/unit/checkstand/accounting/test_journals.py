"""The journal templates against the lines of the specification, and the laws every flow obeys."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkstand.accounting import Journal, UnbalancedJournal, fee_minor, journals, refund_fee_share

BU = "bu_lantern"
NOW = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)  # already March 2 in Shanghai
PAYMENT: dict[str, Any] = {"payment_id": "p", "currency": "CNY", "event_at": NOW}
REFUND: dict[str, Any] = {"refund_id": "r", "currency": "CNY", "event_at": NOW}
HOLD: dict[str, Any] = {"hold_id": "h", "member_id": "u", "currency": "CNY", "event_at": NOW}
ATTEMPT: dict[str, Any] = {"attempt_id": "a", "channel_account": "wx", "currency": "CNY", "event_at": NOW}
M: dict[str, Any] = {"merchant_id": "m"}


# fmt: off
BOOKED = [
    (journals.pay_channel_in(BU, payment_id="p", amount_minor=10_000, **ATTEMPT), "channel_in", "attempt a",
     {"1101 wx 2026-03-02": 10_000, "2901 p": -10_000}),
    (journals.pay(BU, amount_minor=10_000, fee_minor=60, **PAYMENT, **M), "pay", "payment p",
     {"2901 p": 10_000, "2102 m": -9_940, "4001": -60}),
    (journals.pay(BU, amount_minor=9, fee_minor=0, cycle="T1", **PAYMENT, **M), "pay", "payment p",
     {"2901 p": 9, "2102 m T1": -9}),
    (journals.pay(BU, amount_minor=9, fee_minor=9, product="qr", channel="wx", **PAYMENT, **M), "pay", "payment p",
     {"2901 p": 9, "4001 qr wx": -9}),
    (journals.channel_cost(BU, amount_minor=10_000, cost_ppm=3_800, **ATTEMPT), "channel_cost", "attempt a",
     {"5001 wx": 38, "1101 wx 2026-03-02": -38}),
    (journals.recharge(BU, amount_minor=10_000, member_id="u", **PAYMENT), "recharge", "payment p",
     {"2901 p": 10_000, "2001 u": -10_000}),
    (journals.refund_reserve(BU, amount_minor=10_000, fee_share_minor=60, **REFUND, **M), "refund_reserve", "refund r",
     {"2102 m": 9_940, "4001": 60, "2201 r": -10_000}),
    (journals.refund_reserve(BU, amount_minor=3_000, fee_share_minor=18, **REFUND, **M), "refund_reserve", "refund r",
     {"2102 m": 2_982, "4001": 18, "2201 r": -3_000}),
    (journals.refund_out(BU, amount_minor=10_000, channel_account="wx", **REFUND), "refund_out", "refund r",
     {"2201 r": 10_000, "1101 wx 2026-03-02": -10_000}),
    (journals.refund_to_balance(BU, amount_minor=10_000, member_id="u", **REFUND), "refund_out", "refund r",
     {"2201 r": 10_000, "2001 u": -10_000}),
    (journals.channel_cost_back(BU, cost_minor=38, channel_account="wx", **REFUND), "channel_cost_back", "refund r",
     {"1101 wx 2026-03-02": 38, "5001 wx": -38}),
    (journals.refund_undo(BU, amount_minor=10_000, fee_share_minor=60, **REFUND, **M), "refund_undo", "refund r",
     {"2201 r": 10_000, "2102 m": -9_940, "4001": -60}),
    (journals.hold(BU, amount_minor=4_000, **HOLD), "hold", "hold h",
     {"2001 u": 4_000, "2002 u h": -4_000}),
    (journals.hold_commit(BU, amount_minor=4_000, payment_id="p", **HOLD), "hold_commit", "hold h",
     {"2002 u h": 4_000, "2901 p": -4_000}),
    (journals.hold_release(BU, amount_minor=4_000, **HOLD), "hold_release", "hold h",
     {"2002 u h": 4_000, "2001 u": -4_000}),
    (journals.late_in(BU, amount_minor=10_000, **ATTEMPT), "late_in", "attempt a",
     {"1101 wx 2026-03-02": 10_000, "2601 a late": -10_000}),
    (journals.late_refund(BU, amount_minor=10_000, attempt_id="a", **REFUND), "late_refund", "refund r",
     {"2601 a late": 10_000, "2201 r": -10_000}),
]
# fmt: on


@pytest.mark.parametrize(("made", "kind", "source", "lines"), BOOKED)
def test_a_template_books_what_the_specification_says(
    made: Journal, kind: str, source: str, lines: dict[str, int]
) -> None:
    assert (made.tenant_id, made.kind, made.event_at) == (BU, kind, NOW)
    assert f"{made.source_type} {made.source_id}" == source
    assert named(made) == lines


def named(*booked: Journal | None) -> dict[str, int]:
    """What each account has after these journals, zero left out."""
    sums: Counter[str] = Counter()
    for journal in booked:
        for entry in journal.entries if journal else ():
            ref = entry.account
            sums[" ".join(part for part in (ref.code, ref.owner, ref.sub) if part)] += entry.amount_minor
    return {name: minor for name, minor in sums.items() if minor}


def test_a_cost_that_rounds_to_nothing_is_not_booked() -> None:
    assert journals.channel_cost(BU, amount_minor=1, cost_ppm=3_800, **ATTEMPT) is None


@pytest.mark.parametrize("amount", [0])
def test_nothing_cannot_be_booked(amount: int) -> None:
    with pytest.raises(UnbalancedJournal):
        journals.hold(BU, amount_minor=amount, **HOLD)


amounts = st.integers(1, 10**12)
rates = st.integers(0, 1_000_000)


@given(amounts, rates, rates)
def test_after_an_instant_payment_the_clearing_account_is_empty(amount: int, rate: int, cost: int) -> None:
    fee = fee_minor(amount, rate)
    after = named(
        journals.pay_channel_in(BU, payment_id="p", amount_minor=amount, **ATTEMPT),
        journals.pay(BU, amount_minor=amount, fee_minor=fee, **PAYMENT, **M),
        journals.channel_cost(BU, amount_minor=amount, cost_ppm=cost, **ATTEMPT),
    )

    assert sum(after.values()) == 0
    assert "2901 p" not in after
    assert -after.get("2102 m", 0) - after.get("4001", 0) == amount


@given(amounts, rates, st.booleans(), st.data())
def test_a_refund_ends_without_anything_in_between(amount: int, rate: int, succeeds: bool, data: st.DataObject) -> None:
    fee = fee_minor(amount, rate)
    refund = data.draw(st.integers(1, amount))
    share = refund_fee_share(fee, amount, refund)
    paid = [
        journals.pay_channel_in(BU, payment_id="p", amount_minor=amount, **ATTEMPT),
        journals.pay(BU, amount_minor=amount, fee_minor=fee, **PAYMENT, **M),
    ]
    reserved = journals.refund_reserve(BU, amount_minor=refund, fee_share_minor=share, **REFUND, **M)
    if succeeds:
        end = journals.refund_out(BU, amount_minor=refund, channel_account="wx", **REFUND)
    else:
        end = journals.refund_undo(BU, amount_minor=refund, fee_share_minor=share, **REFUND, **M)
    after = named(*paid, reserved, end)

    assert sum(after.values()) == 0
    assert "2201 r" not in after
    if not succeeds:
        assert after == named(*paid), "a failed refund leaves the books as they were"
    elif refund == amount:
        assert after == {}, "a full refund leaves nothing behind"


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.booleans())
def test_a_composite_payment_commits_or_releases_all_of_its_hold(held: int, external: int, succeeds: bool) -> None:
    first = journals.hold(BU, amount_minor=held, **HOLD)
    if succeeds:
        after = named(
            first,
            journals.hold_commit(BU, amount_minor=held, payment_id="p", **HOLD),
            journals.pay_channel_in(BU, payment_id="p", amount_minor=external, **ATTEMPT),
            journals.pay(BU, amount_minor=held + external, fee_minor=0, **PAYMENT, **M),
        )
        assert after == {"2001 u": held, "1101 wx 2026-03-02": external, "2102 m": -held - external}
    else:
        assert named(first, journals.hold_release(BU, amount_minor=held, **HOLD)) == {}


@given(amounts)
def test_a_late_success_is_refunded_without_a_trace_in_balances(amount: int) -> None:
    after = named(
        journals.late_in(BU, amount_minor=amount, **ATTEMPT),
        journals.late_refund(BU, amount_minor=amount, attempt_id="a", **REFUND),
        journals.refund_out(BU, amount_minor=amount, channel_account="wx", **REFUND),
    )

    assert after == {}
