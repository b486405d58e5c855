"""Journal templates of composite payments (组合支付): a balance and one channel pay one order (F9). Pure functions.

The hold (J9.1) and its release (J9.5) are `journals.hold` and `journals.hold_release`; a leg that succeeds
while another external leg is still open books `journals.pay_channel_in` (J1.1).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from checkstand.accounting.model import Journal
from checkstand.accounting.protocol.protocol import template


class Held(NamedTuple):
    """What the internal leg has set aside."""

    hold_id: str
    member_id: str
    amount_minor: int


NOTHING_HELD: Final = Held("", "", 0)


def composite_in(
    tenant_id: str,
    *,
    attempt_id: str,
    payment_id: str,
    channel_account: str,
    currency: str,
    external_minor: int,
    held: Held,
    event_at: datetime,
) -> Journal:
    """J9.2: the external leg succeeded, so what was set aside is spent with it; `pay` (J9.3) follows.

    One journal, because the legs have one fate. It is the external attempt's `channel_in`, as for a payment
    that the channel makes alone.
    """
    return template("J9.2").journal(
        tenant_id, currency, event_at,
        attempt=attempt_id, payment=payment_id, channel=channel_account, member=held.member_id, hold=held.hold_id,
        campaign="", held=held.amount_minor, external=external_minor, coupon=0,
    )  # fmt: skip


def compensation_reserve(
    tenant_id: str, *, refund_id: str, payment_id: str, currency: str, amount_minor: int, event_at: datetime
) -> Journal:
    """J9.7: the payment cannot be completed, so what this leg took is owed back; `refund_out` (J9.8) pays it."""
    return template("J9.7").journal(
        tenant_id, currency, event_at, refund=refund_id, payment=payment_id, amount=amount_minor
    )


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
    return template("J6.2-legs").journal(
        tenant_id, currency, event_at,
        refund=refund_id, channel=channel_account, member=member_id, external=external_minor, internal=internal_minor,
    )  # fmt: skip
