"""What a use case hands the cashier: one session as it stands, plain values, no SQL and no HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from checkstand.channel.port import Action
from checkstand.kernel import Money
from checkstand.scenario.plan import Plan

if TYPE_CHECKING:
    from checkstand.channel import MethodType


@dataclass(frozen=True, slots=True)
class LegView:
    """One part of a composite payment."""

    method_type: str
    internal: bool
    amount: Money
    status: str  # the leg's attempt state


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One payment of the session's order, newest first in `SessionView.payments`."""

    payment_id: str
    status: str  # payment state of money.md §4.3: CREATED HELD PROCESSING CLOSING SUCCEEDED FAILED CLOSED …
    method_id: str
    amount: Money
    created_at: datetime
    paid_at: datetime | None
    attempt_id: str | None
    attempt_status: str | None  # attempt state of money.md §4.4: SENDING ACCEPTED UNKNOWN SUCCEEDED FAILED CLOSED …
    action: Action | None
    reason: str | None  # our error code of a failure
    simulator_url: str | None  # test mode: the channel simulator's shopper page for this attempt
    refunded: Money
    channel_no: str | None = None
    legs: tuple[LegView, ...] = ()  # of a composite payment, the balance first; empty for a payment in one piece


@dataclass(frozen=True, slots=True)
class SessionView:
    """One visit to the cashier with everything that decides which page is shown."""

    tenant_id: str
    session_id: str
    token: str
    mode: str  # test | live
    status: str  # open | complete | expired
    plan: Plan  # pinned, with the frozen experiment variations applied
    version: str  # the published content hash that the session is pinned to
    merchant_name: str
    order_no: str
    title: str
    lines: tuple[Mapping[str, Any], ...]  # {"name", "quantity", "amount_minor"}
    amount: Money
    order_status: str  # CREATED PAYING AUTHORISED PAID CLOSING CLOSED PART_REFUNDED REFUNDED
    context: Mapping[str, Any]  # CEL variables of this session (rule.VARIABLES), method and hour excepted
    terminal: str
    locale: str
    form: str
    created_at: datetime
    expires_at: datetime
    return_url: str | None
    now: datetime
    challenged: bool = False  # the shopper has passed the confirm step
    risk_effect: str | None = None  # velocity verdict of this visit: challenge | block | review | note
    risk_reasons: tuple[str, ...] = ()
    unavailable: frozenset[str] = frozenset()  # method ids that no live channel can serve now
    balance_minor: int | None = None  # the shopper's member balance, where a balance method exists
    payer_stopped: bool = False  # the shopper is a member who is frozen or closed, so the balance cannot be used
    payee_methods: frozenset[str] | None = None  # method types that the payee takes; none: all of them
    payments: tuple[PaymentView, ...] = ()
    assignments: Mapping[str, str] = field(default_factory=dict)  # experiment id → variation id
    units: Mapping[str, str] = field(default_factory=dict)  # experiment id → who counts in its results
    seen: bool = False  # somebody has looked at the page before
    money: str = ""  # held | disputed | authorised: paid, and not yet the merchant's
    method_types: Mapping[str, MethodType] = field(default_factory=dict)  # of the registry: names, terminals, logos
