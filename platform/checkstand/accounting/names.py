"""Accounts by the role they play in our flows, so that a template reads like the specification."""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting.calendar import accounting_date
from checkstand.accounting.model import AccountRef


def channel_receivable(channel_account: str, currency: str, event_at: datetime) -> AccountRef:
    """1101: what the channel owes us for one clearing day, the day on which the money moved there."""
    return AccountRef("1101", channel_account, currency, accounting_date(event_at).isoformat())


def deposit(fund_mode: str, bank_account: str, currency: str) -> AccountRef:
    """1001 in custody (客户备付金), 1002 when the money stays with the bank or channel that holds it for us."""
    return AccountRef("1001" if fund_mode == "custody" else "1002", bank_account, currency)


def own_funds(bank_account: str, currency: str) -> AccountRef:
    """1301: the operator's own money at a bank, never mixed with what belongs to customers."""
    return AccountRef("1301", bank_account, currency)


def member_balance(member_id: str, currency: str) -> AccountRef:
    """2001: what a member can spend."""
    return AccountRef("2001", member_id, currency)


def held_balance(member_id: str, hold_id: str, currency: str) -> AccountRef:
    """2002: what a member has set aside for one payment."""
    return AccountRef("2002", member_id, currency, hold_id)


def merchant_pending(merchant_id: str, currency: str, cycle: str = "") -> AccountRef:
    """2102: what the merchant will be paid at the next settlement (of this cycle)."""
    return AccountRef("2102", merchant_id, currency, cycle)


def merchant_debt(merchant_id: str, currency: str) -> AccountRef:
    """1104: what the merchant owes us because refunds or disputes were more than it had."""
    return AccountRef("1104", merchant_id, currency)


def merchant_available(merchant_id: str, currency: str) -> AccountRef:
    """2103: settled to the merchant, not yet withdrawn."""
    return AccountRef("2103", merchant_id, currency)


def merchant_deposit(merchant_id: str, currency: str) -> AccountRef:
    """2104: the merchant's rolling reserve, kept back for refunds and disputes."""
    return AccountRef("2104", merchant_id, currency)


def escrow(transaction_id: str, currency: str) -> AccountRef:
    """2101: paid by the buyer, not yet the seller's."""
    return AccountRef("2101", transaction_id, currency)


def split_payable(receiver_id: str, currency: str) -> AccountRef:
    """2501: a partner's share of other people's sales."""
    return AccountRef("2501", receiver_id, currency)


def payout_in_transit(source_id: str, currency: str) -> AccountRef:
    """2301: on its way through the bank, for one payout or one settlement batch; zero when that is finished."""
    return AccountRef("2301", source_id, currency)


def returned_payout(payout_id: str, currency: str) -> AccountRef:
    """2601: money of a payout that the bank sent back (退票)."""
    return AccountRef("2601", payout_id, currency, "returned")


def withdrawal_fee_income(currency: str, mode: str) -> AccountRef:
    """4002: what members pay for a withdrawal."""
    return AccountRef("4002", mode, currency)


def marketing_subsidy(campaign: str, currency: str) -> AccountRef:
    """5003: what a campaign of ours pays of the shoppers' orders."""
    return AccountRef("5003", campaign, currency)


def refund_payable(refund_id: str, currency: str) -> AccountRef:
    """2201: taken from the merchant, not yet with the payer."""
    return AccountRef("2201", refund_id, currency)


def late_receipt(attempt_id: str, currency: str) -> AccountRef:
    """2601: money that arrived for a payment that no longer wanted it."""
    return AccountRef("2601", attempt_id, currency, "late")


def payment_clearing(payment_id: str, currency: str) -> AccountRef:
    """2901: what came in for a payment and is not yet handed on; zero when the payment is finished."""
    return AccountRef("2901", payment_id, currency)


def fee_income(currency: str, product: str = "", channel: str = "") -> AccountRef:
    """4001: what merchants pay us."""
    return AccountRef("4001", product, currency, channel)


def channel_cost_of(channel_account: str, currency: str) -> AccountRef:
    """5001: what the channel takes."""
    return AccountRef("5001", channel_account, currency)
