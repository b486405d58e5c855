"""Journal templates: what is booked when money moves (会计分录). Pure functions, one per business event.

Each names its line in the specification of flows (J1.1 …) and takes its entries from the rule pack that
has the line (`accounting/protocol/packs`). Kind and source make a journal unique, so a template called
twice for one event cannot book twice. In the hosted fund mode (the default) and in custody the same
journals run; they differ only in where the channel's money arrives at settlement.
"""

from __future__ import annotations

from datetime import datetime

from checkstand.accounting.fees import fee_minor as fee_of
from checkstand.accounting.model import Journal
from checkstand.accounting.protocol.protocol import template

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
    return template("J1.1").journal(
        tenant_id, currency, event_at,
        attempt=attempt_id, payment=payment_id, channel=channel_account, amount=amount_minor,
    )  # fmt: skip


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
    return template("J1.2").journal(
        tenant_id, currency, event_at,
        payment=payment_id, payee=merchant_id, cycle=cycle, product=product, income_channel=channel,
        amount=amount_minor, fee=fee_minor,
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
    minor = fee_of(amount_minor, cost_ppm)
    if not minor:
        return None
    return template("J1.3").journal(
        tenant_id, currency, event_at, attempt=attempt_id, channel=channel_account, cost=minor
    )


def recharge(
    tenant_id: str, *, payment_id: str, member_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J3.2: the payment filled up a member's balance; no fee is taken."""
    return template("J3.2").journal(
        tenant_id, currency, event_at, payment=payment_id, member=member_id, amount=amount_minor
    )


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
    return template("J6.1").journal(
        tenant_id, currency, event_at,
        refund=refund_id, payee=merchant_id, cycle=cycle, product=product, income_channel=channel,
        amount=amount_minor, fee=fee_share_minor,
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
    return template("J6.4").journal(
        tenant_id, currency, event_at,
        refund=refund_id, payee=merchant_id, cycle=cycle, product=product, income_channel=channel,
        amount=amount_minor, fee=fee_share_minor,
    )  # fmt: skip


def refund_out(
    tenant_id: str, *, refund_id: str, channel_account: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J6.2, J8.2, J10.3: the channel has paid the refund out of what it owes us."""
    return template("J6.2").journal(
        tenant_id, currency, event_at, refund=refund_id, channel=channel_account, amount=amount_minor
    )


def refund_to_balance(
    tenant_id: str, *, refund_id: str, member_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J6.2 for money that came from a balance: it goes back into it."""
    return template("J6.2-balance").journal(
        tenant_id, currency, event_at, refund=refund_id, member=member_id, amount=amount_minor
    )


def channel_cost_back(
    tenant_id: str, *, refund_id: str, channel_account: str, currency: str, cost_minor: int, event_at: datetime
) -> Journal:
    """J6.3: the channel returns its own fee with the refund; only where its contract says so."""
    return template("J6.3").journal(
        tenant_id, currency, event_at, refund=refund_id, channel=channel_account, cost=cost_minor
    )


# F9 composite, the internal leg: a member's balance pays.


def hold(
    tenant_id: str, *, hold_id: str, member_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J9.1: set the amount aside; the balance must suffice."""
    return template("J9.1").journal(tenant_id, currency, event_at, hold=hold_id, member=member_id, amount=amount_minor)


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
    return template("J9.2-balance").journal(
        tenant_id, currency, event_at, hold=hold_id, member=member_id, payment=payment_id, amount=amount_minor
    )


def hold_release(
    tenant_id: str, *, hold_id: str, member_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J9.5: the payment failed or expired; the member can spend the amount again."""
    return template("J9.5").journal(tenant_id, currency, event_at, hold=hold_id, member=member_id, amount=amount_minor)


# F10: a success that comes too late, or a second one for the same order.


def late_in(
    tenant_id: str, *, attempt_id: str, channel_account: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J10.1: the channel collected money that no open payment waits for."""
    return template("J10.1").journal(
        tenant_id, currency, event_at, attempt=attempt_id, channel=channel_account, amount=amount_minor
    )


def late_refund(
    tenant_id: str, *, refund_id: str, attempt_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J10.2: it is refunded by itself; `refund_out` (J10.3) books the channel's success."""
    return template("J10.2").journal(
        tenant_id, currency, event_at, refund=refund_id, attempt=attempt_id, amount=amount_minor
    )
