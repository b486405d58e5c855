"""Journal templates of composite payments (组合支付): a balance and one channel pay one order (F9). Pure functions.

The hold (J9.1) and its release (J9.5) are `journals.hold` and `journals.hold_release`; a leg that succeeds
while another external leg is still open books `journals.pay_channel_in` (J9.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from checkstand.accounting.model import Entry, Journal
from checkstand.accounting.names import (
    channel_receivable,
    held_balance,
    member_balance,
    payment_clearing,
    refund_payable,
)


class Held(NamedTuple):
    """What one internal leg has set aside."""

    hold_id: str
    member_id: str
    amount_minor: int


def composite_in(
    tenant_id: str,
    *,
    attempt_id: str,
    payment_id: str,
    channel_account: str,
    currency: str,
    external_minor: int,
    held: Sequence[Held],
    event_at: datetime,
) -> Journal:
    """J9.2: the external leg succeeded, so everything set aside is spent with it; `pay` (J9.3) follows.

    One journal, because the legs have one fate. It is the external attempt's `channel_in`, as for a payment
    that the channel makes alone.
    """
    entries = [Entry(held_balance(leg.member_id, leg.hold_id, currency), leg.amount_minor) for leg in held]
    entries.append(Entry(channel_receivable(channel_account, currency, event_at), external_minor))
    entries.append(Entry(payment_clearing(payment_id, currency), -sum(entry.amount_minor for entry in entries)))
    return Journal(tenant_id, "channel_in", "attempt", attempt_id, tuple(entries), event_at)


def compensation_reserve(
    tenant_id: str, *, refund_id: str, payment_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J9.7: the payment cannot be completed, so what this leg took is owed back; `refund_out` (J9.8) pays it."""
    entries = (
        Entry(payment_clearing(payment_id, currency), amount_minor),
        Entry(refund_payable(refund_id, currency), -amount_minor),
    )
    return Journal(tenant_id, "compensation_reserve", "refund", refund_id, entries, event_at)


def composite_refund_out(
    tenant_id: str,
    *,
    refund_id: str,
    channel_account: str,
    member_id: str,
    currency: str,
    external_minor: int,
    internal_minor: int,
    event_at: datetime,
) -> Journal:
    """J8.2 for a refund over two legs: the channel has paid its part, the balance gets its own with it."""
    entries = (
        Entry(refund_payable(refund_id, currency), external_minor + internal_minor),
        Entry(channel_receivable(channel_account, currency, event_at), -external_minor),
        Entry(member_balance(member_id, currency), -internal_minor),
    )
    return Journal(tenant_id, "refund_out", "refund", refund_id, entries, event_at)
