"""What the packs say is what is booked: code that builds a journal itself books the pack's lines, one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from checkstand.accounting import Journal, journals, payout_journals
from checkstand.accounting.composite_journals import Held, compensation_reserve, composite_in
from checkstand.accounting.escrow_journals import escrow_in, escrow_refund
from checkstand.accounting.names import escrow, merchant_available, merchant_pending, payment_clearing
from checkstand.accounting.protocol import Protocol
from checkstand.accounting.settlement_journals import batch_approved, cleared, debt_recovered, refund_taken
from checkstand.accounting.verification_journals import verification_send
from checkstand.app.rule_packs import checked_packs
from checkstand.reconciliation.bank_postings import bank_only_journal, opening_journal, settled_journal
from checkstand.reconciliation.postings import cutoff_journal

BU, CNY = "bu_lantern", "CNY"
NOW = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
DAY = date(2026, 3, 2)
AT: dict[str, Any] = {"currency": CNY, "event_at": NOW}
PAYOUT: Any = SimpleNamespace(
    tenant_id=BU, payout_id="o", mode="test", owner_id="u", bank_account_id="b", fund_mode="custody",
    held_from="2103", amount_minor=500, fee_minor=10, currency=CNY,
)  # fmt: skip
BANKED: dict[str, Any] = {"fund_mode": "hosted", "currency": CNY, "amount_minor": 7, "event_at": NOW}
PARTS: dict[str, Any] = {"merchant_id": "m", "currency": CNY, "product": "test"}

# What code makes, the line of the pack, and the names that the line takes.
# fmt: off
MADE: dict[str, tuple[Journal, dict[str, Any]]] = {
    "J1.1": (journals.pay_channel_in(BU, attempt_id="a", payment_id="p", channel_account="wx", amount_minor=9, **AT),
             {"attempt": "a", "payment": "p", "channel": "wx", "amount": 9}),
    "J1.4": (settled_journal(BU, item_id="i", posting=2, held_at="b", channel_account="wx", cleared_on=DAY, **BANKED),
             {"recon_item": "i.2", "bank": "b", "fund_mode": "hosted", "channel": "wx", "day": "2026-03-02", "net": 7}),
    "J2.2": (escrow_in(BU, payment_id="p", transaction_id="t", amount_minor=9, **AT),
             {"payment": "p", "transaction": "t", "amount": 9}),
    "J2.3": (cleared(BU, "escrow_release", ("release", "t.1"), NOW, debit=escrow("t", CNY), pending_minor=8,
                     fee_minor=1, **PARTS),
             {"release": "t.1", "transaction": "t", "payee": "m", "product": "test", "amount": 9, "fee": 1}),
    "J2.5": (escrow_refund(BU, refund_id="r", transaction_id="t", amount_minor=9, **AT),
             {"refund": "r", "transaction": "t", "amount": 9}),
    "J4.1": (payout_journals.withdrawal_hold(PAYOUT, NOW),
             {"payout": "o", "owner": "u", "owner_code": "2103", "amount": 500, "fee": 10}),
    "J4.3": (payout_journals.payout_paid(PAYOUT, NOW, transit="stb"),
             {"payout": "o", "transit": "stb", "bank": "b", "fund_mode": "custody", "amount": 500}),
    "J4.9": (verification_send(PAYOUT, NOW), {"payout": "o", "transit": "o", "bank": "b", "amount": 500}),
    "J7.1": (refund_taken(BU, "refund_reserve", refund_id="r", currency=CNY, at=NOW,
                          taken=[(merchant_pending("m", CNY), 6), (merchant_available("m", CNY), 3)]),
             {"refund": "r", "payee": "m", "product": "test", "pending": 6, "available": 3, "deposit": 0, "debt": 0,
              "fee": 0}),
    "J7.3": (debt_recovered(BU, recovery_id="x", merchant_id="m", currency=CNY, amount_minor=9, at=NOW),
             {"debt": "x", "payee": "m", "amount": 9}),
    "J9.2": (composite_in(BU, attempt_id="a", payment_id="p", channel_account="wx", external_minor=5,
                          held=Held("h", "u", 4), **AT),
             {"attempt": "a", "payment": "p", "channel": "wx", "member": "u", "hold": "h", "held": 4, "external": 5,
              "coupon": 0, "campaign": ""}),
    "J9.7": (compensation_reserve(BU, refund_id="r", payment_id="p", amount_minor=9, **AT),
             {"refund": "r", "payment": "p", "amount": 9}),
    "J11.1": (batch_approved(BU, batch_id="s", owner_id="m", currency=CNY, pending_minor=9, split_minor=3, fee_minor=1,
                             destination="bank", product="test", at=NOW),
              {"batch": "s", "transit": "s", "payee": "m", "pending": 9, "split": 3, "fee": 1, "product": "test"}),
    "J11.6": (cleared(BU, "pay", ("payment", "p"), NOW, debit=payment_clearing("p", CNY), pending_minor=7, fee_minor=1,
                      reserve_minor=2, **PARTS),
              {"payment": "p", "payee": "m", "product": "test", "amount_paid": 10, "fee": 1, "reserve": 2}),
    "J11.7": (cleared(BU, "pay", ("payment", "p"), NOW, debit=payment_clearing("p", CNY), pending_minor=7, fee_minor=1,
                      splits=[("x", 1), ("x", 1)], **PARTS),
              {"payment": "p", "payee": "m", "product": "test", "partner": "x", "amount_paid": 10, "fee": 1,
               "share": 2}),
    "J12.8": (cutoff_journal(BU, item_id="i", posting=1, channel_account="wx", currency=CNY, booked_on=date(2026, 3, 1),
                             cleared_on=DAY, net_minor=9, event_at=NOW),
              {"recon_item": "i.1", "channel": "wx", "booked_on": "2026-03-01", "cleared_on": "2026-03-02",
               "amount": 9}),
    "J12.11": (bank_only_journal(BU, item_id="i", posting=1, item_class="bank_only", bank_account="b", **BANKED),
               {"recon_item": "i.1", "item": "i", "item_class": "bank_only", "bank": "b", "fund_mode": "hosted",
                "amount": 7}),
    "J12.11-opening": (opening_journal(BU, statement_id="s", bank_account="b", **BANKED),
                       {"bank_statement": "s", "bank": "b", "fund_mode": "hosted", "amount": 7}),
}
# fmt: on


@pytest.fixture(scope="module")
def packs() -> Protocol:
    return checked_packs()


@pytest.mark.parametrize("line", MADE)
def test_code_books_the_lines_of_the_pack(packs: Protocol, line: str) -> None:
    made, values = MADE[line]
    expected = packs.templates[line].journal(BU, CNY, NOW, **values)

    assert (made.kind, made.source_type, made.source_id) == (expected.kind, expected.source_type, expected.source_id)
    assert booked(made) == booked(expected)


def booked(journal: Journal) -> dict[str, int]:
    return {entry.account.account_id: entry.amount_minor for entry in journal.entries}
