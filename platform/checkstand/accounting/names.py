"""Accounts by the role they play in our flows, so that a template reads like the specification."""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting.calendar import accounting_date
from checkstand.accounting.model import AccountRef


def channel_receivable(channel_account: str, currency: str, event_at: datetime) -> AccountRef:
    """1101: what the channel owes us for one clearing day, the day on which the money moved there."""
    return AccountRef("1101", channel_account, currency, accounting_date(event_at).isoformat())


def member_balance(member_id: str, currency: str) -> AccountRef:
    """2001: what a member can spend."""
    return AccountRef("2001", member_id, currency)


def held_balance(member_id: str, hold_id: str, currency: str) -> AccountRef:
    """2002: what a member has set aside for one payment."""
    return AccountRef("2002", member_id, currency, hold_id)


def merchant_pending(merchant_id: str, currency: str, cycle: str = "") -> AccountRef:
    """2102: what the merchant will be paid at the next settlement (of this cycle)."""
    return AccountRef("2102", merchant_id, currency, cycle)


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
