"""The small transfer that verifies a bank card is ours to pay, and leaves nothing in transit."""

from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace

from checkstand.accounting import payout_journals, verification_journals

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PAYOUT = SimpleNamespace(
    tenant_id="lantern", payout_id="pyo_1", mode="live", owner_id="mbr_1", bank_account_id="cha_bank",
    fund_mode="custody", held_from="", amount_minor=37, fee_minor=0, currency="CNY",
)  # fmt: skip


def sums(*journals):
    """Account → what is left on it, debits positive; accounts at zero are left out."""
    left = Counter()
    for journal in journals:
        for entry in journal.entries:
            left[entry.account.code] += entry.amount_minor
    return {code: minor for code, minor in left.items() if minor}


SENT = verification_journals.verification_send(PAYOUT, NOW)


def test_a_booked_one_is_an_expense_paid_from_the_deposit():
    assert sums(SENT, payout_journals.payout_paid(PAYOUT, NOW)) == {"5001": 37, "1001": -37}


def test_a_refused_one_costs_nothing():
    assert sums(SENT, verification_journals.verification_unsend(PAYOUT, NOW)) == {}


def test_a_returned_one_costs_nothing():
    back = [payout_journals.payout_returned(PAYOUT, NOW), verification_journals.verification_returned(PAYOUT, NOW)]

    assert sums(SENT, payout_journals.payout_paid(PAYOUT, NOW), *back) == {}
