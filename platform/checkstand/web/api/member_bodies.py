"""Request bodies about members, their bank cards and their operators."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from checkstand.web.api.bodies import Body, Id

Line = Annotated[str, Meta(max_length=80)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]


class ContactBody(Body):
    name: Line = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=32)] = ""


class MayBody(Body):
    recharge: bool = True
    withdraw: bool = True
    transfer: bool = True
    refund: bool = True


class EnterpriseBody(Body):
    legal_name: Annotated[str, Meta(min_length=1, max_length=120)]
    registration_no: Annotated[str, Meta(min_length=1, max_length=40)]
    contact: ContactBody = msgspec.field(default_factory=ContactBody)
    settlement_owner: Id | None = None
    may: MayBody = msgspec.field(default_factory=MayBody)
    methods: Annotated[list[Id], Meta(min_length=1, max_length=50)] | None = None


class MemberBody(Body):
    external_id: Id
    name: Line = ""
    kind: Literal["personal", "enterprise"] | None = None
    enterprise: EnterpriseBody | None = None


class FreezeBody(Body):
    reason: Reason


class ClosureBody(Body):
    reason: Reason


class CardBody(Body):
    card_number: Annotated[str, Meta(min_length=1, max_length=40)]
    holder_name: Annotated[str, Meta(min_length=1, max_length=80)]
    bank_code: Annotated[str, Meta(min_length=1, max_length=20)]


class VerificationBody(Body):
    amount_minor: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class OperatorBody(Body):
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    email: Annotated[str, Meta(min_length=1, max_length=254)]
    role: str
