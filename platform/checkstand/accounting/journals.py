"""Journal templates: what is booked when money moves (会计分录). Pure functions, one per business event.

Each names its line in the specification of flows (J1.1 …). Debits are positive, credits negative, an
entry of zero is left out. Kind and source make a journal unique, so a template called twice for one
event cannot book twice. In the hosted fund mode (the default) and in custody the same journals run;
they differ only in where the channel's money arrives at settlement.
"""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting.fees import fee_minor as fee_of
from checkstand.accounting.model import AccountRef, Entry, Journal
from checkstand.accounting.names import (
    channel_cost_of,
    channel_receivable,
    fee_income,
    held_balance,
    late_receipt,
    member_balance,
    merchant_pending,
    payment_clearing,
    refund_payable,
)

# F1 instant pay, F3 recharge: money comes in.


def pay_channel_in(
    tenant_id: str,
    *,
    attempt_id: str,
    payment_id: str,
    channel_account: str,
    currency: str,
    amount_minor: int,
    event_at: datetime,
) -> Journal:
    """J1.1: the channel has collected the amount for this payment."""
    receivable, clearing = (
        channel_receivable(channel_account, currency, event_at),
        payment_clearing(payment_id, currency),
    )
    return _move(tenant_id, "channel_in", ("attempt", attempt_id), receivable, clearing, amount_minor, event_at)


def pay(
    tenant_id: str,
    *,
    payment_id: str,
    merchant_id: str,
    currency: str,
    amount_minor: int,
    fee_minor: int,
    event_at: datetime,
    cycle: str = "",
    product: str = "",
    channel: str = "",
) -> Journal:
    """J1.2: the payment succeeded; the merchant is owed the amount less our fee."""
    return _journal(
        tenant_id, "pay", ("payment", payment_id), event_at,
        (payment_clearing(payment_id, currency), amount_minor),
        (merchant_pending(merchant_id, currency, cycle), fee_minor - amount_minor),
        (fee_income(currency, product, channel), -fee_minor),
    )  # fmt: skip


def channel_cost(
    tenant_id: str,
    *,
    attempt_id: str,
    channel_account: str,
    currency: str,
    amount_minor: int,
    cost_ppm: int,
    event_at: datetime,
) -> Journal | None:
    """J1.3: accrue what the channel will keep by contract; nothing to book when that rounds to zero."""
    cost, receivable = (
        channel_cost_of(channel_account, currency),
        channel_receivable(channel_account, currency, event_at),
    )
    minor = fee_of(amount_minor, cost_ppm)
    return (
        _move(tenant_id, "channel_cost", ("attempt", attempt_id), cost, receivable, minor, event_at) if minor else None
    )


def recharge(
    tenant_id: str, *, payment_id: str, member_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J3.2: the payment filled up a member's balance; no fee is taken."""
    clearing, balance = payment_clearing(payment_id, currency), member_balance(member_id, currency)
    return _move(tenant_id, "recharge", ("payment", payment_id), clearing, balance, amount_minor, event_at)


# F6 full refund, F8 partial refund: money goes back.


def refund_reserve(
    tenant_id: str,
    *,
    refund_id: str,
    merchant_id: str,
    currency: str,
    amount_minor: int,
    fee_share_minor: int,
    event_at: datetime,
    cycle: str = "",
    product: str = "",
    channel: str = "",
) -> Journal:
    """J6.1, J8.1: take the refund from the merchant, and our fee's share from us, before the channel is asked."""
    return _journal(
        tenant_id, "refund_reserve", ("refund", refund_id), event_at,
        (merchant_pending(merchant_id, currency, cycle), amount_minor - fee_share_minor),
        (fee_income(currency, product, channel), fee_share_minor),
        (refund_payable(refund_id, currency), -amount_minor),
    )  # fmt: skip


def refund_undo(
    tenant_id: str,
    *,
    refund_id: str,
    merchant_id: str,
    currency: str,
    amount_minor: int,
    fee_share_minor: int,
    event_at: datetime,
    cycle: str = "",
    product: str = "",
    channel: str = "",
) -> Journal:
    """J6.4: the refund failed for good; everything reserved goes back where it came from."""
    return _journal(
        tenant_id, "refund_undo", ("refund", refund_id), event_at,
        (refund_payable(refund_id, currency), amount_minor),
        (merchant_pending(merchant_id, currency, cycle), fee_share_minor - amount_minor),
        (fee_income(currency, product, channel), -fee_share_minor),
    )  # fmt: skip


def refund_out(
    tenant_id: str, *, refund_id: str, channel_account: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J6.2, J8.2, J10.3: the channel has paid the refund out of what it owes us."""
    payable, receivable = refund_payable(refund_id, currency), channel_receivable(channel_account, currency, event_at)
    return _move(tenant_id, "refund_out", ("refund", refund_id), payable, receivable, amount_minor, event_at)


def refund_to_balance(
    tenant_id: str, *, refund_id: str, member_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J6.2 for money that came from a balance: it goes back into it."""
    payable, balance = refund_payable(refund_id, currency), member_balance(member_id, currency)
    return _move(tenant_id, "refund_out", ("refund", refund_id), payable, balance, amount_minor, event_at)


def channel_cost_back(
    tenant_id: str, *, refund_id: str, channel_account: str, currency: str, cost_minor: int, event_at: datetime
) -> Journal:
    """J6.3: the channel returns its own fee with the refund; only where its contract says so."""
    receivable, cost = (
        channel_receivable(channel_account, currency, event_at),
        channel_cost_of(channel_account, currency),
    )
    return _move(tenant_id, "channel_cost_back", ("refund", refund_id), receivable, cost, cost_minor, event_at)


# F9 composite, the internal leg: a member's balance pays.


def hold(
    tenant_id: str, *, hold_id: str, member_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J9.1: set the amount aside; the balance must suffice."""
    balance, held = member_balance(member_id, currency), held_balance(member_id, hold_id, currency)
    return _move(tenant_id, "hold", ("hold", hold_id), balance, held, amount_minor, event_at)


def hold_commit(
    tenant_id: str,
    *,
    hold_id: str,
    payment_id: str,
    member_id: str,
    currency: str,
    amount_minor: int,
    event_at: datetime,
) -> Journal:
    """J9.2, internal part: what was set aside goes to the payment; `pay` (J9.3) follows in the same write set."""
    held, clearing = held_balance(member_id, hold_id, currency), payment_clearing(payment_id, currency)
    return _move(tenant_id, "hold_commit", ("hold", hold_id), held, clearing, amount_minor, event_at)


def hold_release(
    tenant_id: str, *, hold_id: str, member_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J9.5: the payment failed or expired; the member can spend the amount again."""
    held, balance = held_balance(member_id, hold_id, currency), member_balance(member_id, currency)
    return _move(tenant_id, "hold_release", ("hold", hold_id), held, balance, amount_minor, event_at)


# F10: a success that comes too late, or a second one for the same order.


def late_in(
    tenant_id: str, *, attempt_id: str, channel_account: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J10.1: the channel collected money that no open payment waits for."""
    receivable, late = channel_receivable(channel_account, currency, event_at), late_receipt(attempt_id, currency)
    return _move(tenant_id, "late_in", ("attempt", attempt_id), receivable, late, amount_minor, event_at)


def late_refund(
    tenant_id: str, *, refund_id: str, attempt_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J10.2: it is refunded by itself; `refund_out` (J10.3) books the channel's success."""
    late, payable = late_receipt(attempt_id, currency), refund_payable(refund_id, currency)
    return _move(tenant_id, "late_refund", ("refund", refund_id), late, payable, amount_minor, event_at)


def _move(
    tenant_id: str,
    kind: str,
    source: tuple[str, str],
    debit: AccountRef,
    credit: AccountRef,
    amount_minor: int,
    event_at: datetime,
) -> Journal:
    return _journal(tenant_id, kind, source, event_at, (debit, amount_minor), (credit, -amount_minor))


def _journal(
    tenant_id: str, kind: str, source: tuple[str, str], event_at: datetime, *lines: tuple[AccountRef, int]
) -> Journal:
    entries = tuple(Entry(account, minor) for account, minor in lines if minor)
    return Journal(tenant_id, kind, *source, entries, event_at)
