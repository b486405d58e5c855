"""Request bodies of recharges, withdrawals and transfers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from checkstand.web.api.bodies import AmountBody, Body, Id


class RechargeBody(Body):
    recharge_no: Id
    member: Id
    amount: AmountBody
    terminal: str
    title: Annotated[str, Meta(min_length=1, max_length=256)] = "Recharge"
    scenario: Id | None = None
    locale: Annotated[str, Meta(max_length=20)] | None = None
    return_url: Annotated[str, Meta(max_length=2000)] | None = None


class WithdrawalBody(Body):
    withdrawal_no: Id
    member: Id
    card: Id
    amount: AmountBody


class TransferBody(Body):
    transfer_no: Id
    source: Id = msgspec.field(name="from")
    target: Id = msgspec.field(name="to")
    amount: AmountBody
    title: Annotated[str, Meta(max_length=128)] = ""
    hold: bool = False
    hold_s: Annotated[int, Meta(ge=60, le=30 * 86_400)] | None = None
