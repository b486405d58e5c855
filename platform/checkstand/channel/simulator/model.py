"""What a simulated provider remembers: orders, refunds, and notifications on their way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class SimOrder(msgspec.Struct, kw_only=True):
    """One order at the provider. `draft`: the shopper was sent here, but has not acted yet."""

    merchant: str
    number: str  # the merchant's
    token: str  # in the address of the shopper page
    state: str  # draft | open | paid | closed
    amount_minor: int
    currency: str
    product: str
    title: str
    notify_url: str
    return_url: str = ""
    created_at: datetime
    expires_at: datetime
    channel_no: str = ""
    paid_at: datetime | None = None
    closed_at: datetime | None = None
    payer: str = ""
    refused: str = ""  # why the shopper's last try was refused
    extra: dict[str, Any] = {}

    @property
    def key(self) -> tuple[str, str]:
        return self.merchant, self.number


class SimRefund(msgspec.Struct, kw_only=True):
    """One refund; `number` is the merchant's and the idempotency key."""

    merchant: str
    number: str
    order: str
    refund_no: str
    amount_minor: int
    state: str  # processing | abnormal | success | failed
    reason: str = ""
    notify_url: str = ""
    created_at: datetime
    due_at: datetime | None = None  # when a processing refund comes to its end
    done_at: datetime | None = None
    seq: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        return self.merchant, self.order, self.number


class BankLine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A line of a simulated bank account that its owner did not order. A negative amount is taken from it."""

    merchant: str  # the bank's customer
    amount_minor: int
    text: str
    reference: str  # the same reference is the same line
    at: datetime | None = None  # in the past, for days whose statement nobody has asked for yet


class Delivery(msgspec.Struct, kw_only=True):
    """One notification. `body` stays the same over all sendings; signatures are made fresh each time."""

    id: str
    merchant: str
    order: str
    kind: str  # payment | refund | closed
    url: str
    body: str
    due_at: datetime
    state: str = "pending"  # pending | done | given_up
    sent: int = 0
    failures: int = 0  # which gap of the retry schedule comes next
    last: str = ""  # status of the last sending, or why it failed
    tamper: str = ""  # bad_signature | probe: the first sending only; forged: one sending, never genuine
    again: int = 0  # sendings still to make after a successful one
    held_for: str = ""  # "refund": waits until the refund's notification has arrived


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One line of the truth log: an event, and the objects as they are after it."""

    seq: int
    at: datetime
    event: str
    order: SimOrder | None = None
    orders: list[SimOrder] = []  # what is accepted together or not at all
    refund: SimRefund | None = None
    deliveries: list[Delivery] = []
    clock_offset_s: float | None = None
