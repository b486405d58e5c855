"""Orders that a simulator is told of afterwards: they were paid before it began to run, as those of the demo's past.

From then on it knows them as it knows its own: they can be refunded, asked about, and stand in the bill of their day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from secrets import token_hex
from typing import TYPE_CHECKING

import msgspec

from checkstand.channel.simulator.model import SimOrder, SimRefund
from checkstand.kernel import CheckstandError

if TYPE_CHECKING:
    from checkstand.channel.simulator.env import Credentials
    from checkstand.channel.simulator.frame import SimulatorFrame


class MerchantUnknown(CheckstandError):
    code = "simulator.merchant_unknown"
    message = "The simulator does not know this merchant number."
    remedy = "Open a test account of this channel first."


class PastRefund(msgspec.Struct, forbid_unknown_fields=True):
    """A refund that succeeded; `number` is the merchant's, `channel_no` the provider's."""

    number: str
    channel_no: str
    amount_minor: int
    done_at: datetime


class PastOrder(msgspec.Struct, forbid_unknown_fields=True):
    """An order that was paid; `product` is a word of the channel's, like `native`."""

    number: str
    channel_no: str
    amount_minor: int
    currency: str
    title: str
    product: str
    paid_at: datetime
    refunds: list[PastRefund] = []


class Past(msgspec.Struct, forbid_unknown_fields=True):
    merchant: str
    orders: list[PastOrder]


async def remember(frame: SimulatorFrame, past: Past) -> int:
    """Take in what is not known yet; how many orders that were."""
    accounts = await frame.accounts.of(past.merchant)
    if not accounts:
        raise MerchantUnknown(past.merchant)
    unknown = [each for each in past.orders if (past.merchant, each.number) not in frame.state.orders]
    for each in unknown:
        await frame.state.commit("order.remembered", order=_order(frame, past.merchant, each, accounts[0]))
        for refund in _refunds(past.merchant, each):
            await frame.state.commit("refund.remembered", refund=refund)
    return len(unknown)


def _order(frame: SimulatorFrame, merchant: str, each: PastOrder, credentials: Credentials) -> SimOrder:
    return SimOrder(
        merchant=merchant,
        number=each.number,
        token=token_hex(16),
        state="paid",
        amount_minor=each.amount_minor,
        currency=each.currency,
        product=each.product,
        title=each.title,
        notify_url="",  # whom it concerned was told long ago
        created_at=each.paid_at,
        expires_at=each.paid_at,
        channel_no=each.channel_no,
        paid_at=each.paid_at,
        extra=frame.extra_of_past(credentials),
    )


def _refunds(merchant: str, order: PastOrder) -> Iterator[SimRefund]:
    for each in order.refunds:
        yield SimRefund(
            merchant=merchant,
            number=each.number,
            order=order.number,
            refund_no=each.channel_no,
            amount_minor=each.amount_minor,
            state="success",
            created_at=each.done_at,
            done_at=each.done_at,
        )
