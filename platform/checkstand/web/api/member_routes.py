"""Members over the API: people and enterprises, their bank cards, their operators, and what is on their accounts."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, RawBody
from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.account_entries import account_entries
from checkstand.app.manage_members import create_member
from checkstand.app.members.bank_cards import AddCard, add_card
from checkstand.app.members.close_member import close_member
from checkstand.app.members.enterprise_members import (
    CreateEnterprise,
    EnterpriseIncomplete,
    MemberKindDiffers,
    Terms,
    create_enterprise,
)
from checkstand.app.members.facts import card_facts, member_facts, operator_facts
from checkstand.app.members.find import list_members, own_member, read_member_facts
from checkstand.app.members.freeze_member import freeze_member, unfreeze_member
from checkstand.app.members.operators import AddOperator, add_operator, remove_operator, told_by
from checkstand.app.members.remove_card import remove_card
from checkstand.app.members.verify_card import VerifyCard, answer_verification, begin_verification
from checkstand.app.platform import Platform
from checkstand.infra.ops import Op
from checkstand.member import require_open
from checkstand.member.abilities import acting_operator
from checkstand.member.cards import cards_of
from checkstand.member.enterprise import ABILITIES, operators_of
from checkstand.monitoring.audit import audit_op
from checkstand.web.api.access import Caller, caller, idempotency_key, remember
from checkstand.web.api.answers import json_answer
from checkstand.web.api.bodies import read_body
from checkstand.web.api.member_bodies import (
    CardBody,
    ClosureBody,
    EnterpriseBody,
    FreezeBody,
    MemberBody,
    OperatorBody,
    VerificationBody,
)

Req = Request[Any, Any, Any]
OPERATOR = "member-operator"  # who acts for an enterprise member


def member_routes(platform: Platform) -> list[Any]:
    """Every route about members."""
    return [
        *_members(platform),
        *_states(platform),
        *_cards(platform),
        *_verification(platform),
        *_operators(platform),
        *_accounts(platform),
    ]


def _members(platform: Platform) -> list[Any]:
    @post("/members", sync_to_thread=True)
    def create(request: Req, body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        asked = read_body(body, MemberBody)
        row, created = _create(platform, who, asked)
        with platform.db.read() as connection:
            return json_answer(member_facts(connection, row), 201 if created else 200)

    @get("/members", sync_to_thread=True)
    def index(
        request: Req,
        cursor: FromQuery[str | None] = None,
        limit: FromQuery[int] = 20,
        kind: FromQuery[str | None] = None,
        external_id: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        page = list_members(
            platform, who.tenant_id, who.mode, cursor=cursor, limit=limit, kind=kind, external_id=external_id
        )
        return json_answer(page)

    @get("/members/{member_id:str}", sync_to_thread=True)
    def show(request: Req, member_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        return json_answer(read_member_facts(platform, who.tenant_id, who.mode, member_id))

    return [create, index, show]


def _states(platform: Platform) -> list[Any]:
    @post("/members/{member_id:str}/freeze", sync_to_thread=True)
    def freeze(request: Req, member_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        reason = read_body(body, FreezeBody).reason
        told = _told(platform, request, who, "member.freeze", member_id, reason)
        freeze_member(platform, who.tenant_id, who.mode, member_id, reason, also=[told])
        return json_answer(read_member_facts(platform, who.tenant_id, who.mode, member_id))

    @post("/members/{member_id:str}/unfreeze", sync_to_thread=True)
    def unfreeze(request: Req, member_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        told = _told(platform, request, who, "member.unfreeze", member_id, "")
        unfreeze_member(platform, who.tenant_id, who.mode, member_id, also=[told])
        return json_answer(read_member_facts(platform, who.tenant_id, who.mode, member_id))

    @post("/members/{member_id:str}/closure", sync_to_thread=True)
    def close(request: Req, member_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        reason = read_body(body, ClosureBody).reason
        told = _told(platform, request, who, "member.close", member_id, reason)
        close_member(platform, who.tenant_id, who.mode, member_id, reason, also=[told])
        return json_answer(read_member_facts(platform, who.tenant_id, who.mode, member_id))

    return [freeze, unfreeze, close]


def _cards(platform: Platform) -> list[Any]:
    @post("/members/{member_id:str}/cards", sync_to_thread=True)
    def add(request: Req, member_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        operator = _acting(platform, request, who, member_id, "cards", changes=True)
        asked = read_body(body, CardBody)
        command = AddCard(who.tenant_id, who.mode, member_id, asked.holder_name, asked.bank_code, asked.card_number)
        told = told_by(operator, "card.add", "member", member_id, who.mode, platform.clock.now())
        row, created = add_card(platform, command, WriteSet(ops=told))
        return json_answer(card_facts(row), 201 if created else 200)

    @get("/members/{member_id:str}/cards", sync_to_thread=True)
    def index(request: Req, member_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        _acting(platform, request, who, member_id, "read")
        with platform.db.read() as connection:
            return json_answer({"data": [card_facts(row) for row in cards_of(connection, who.tenant_id, member_id)]})

    @delete("/members/{member_id:str}/cards/{card_id:str}", sync_to_thread=True)
    def remove(request: Req, member_id: FromPath[str], card_id: FromPath[str]) -> None:
        who = caller(platform, request, "members:write")
        operator = _acting(platform, request, who, member_id, "cards")
        told = told_by(operator, "card.remove", "bank_card", card_id, who.mode, platform.clock.now())
        remove_card(platform, who.tenant_id, who.mode, member_id, card_id, told)

    return [add, index, remove]


def _verification(platform: Platform) -> list[Any]:
    @post("/members/{member_id:str}/cards/{card_id:str}/verification", sync_to_thread=True)
    def verify(request: Req, member_id: FromPath[str], card_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        key = idempotency_key(platform, request, who, body)
        operator = _acting(platform, request, who, member_id, "cards")
        asked = read_body(body or b"{}", VerificationBody)
        command = VerifyCard(who.tenant_id, who.mode, member_id, card_id)
        begins = asked.amount_minor is None
        status = 201 if begins else 200
        now, action = platform.clock.now(), "card.verify" if begins else "card.answer"

        def also(answer: dict[str, Any]) -> list[Op]:
            told: list[Op] = told_by(operator, action, "bank_card", card_id, who.mode, now)
            done = [key.done_op(card_id, status, msgspec.json.encode(answer), now)] if key is not None else []
            return [*told, *done]

        if asked.amount_minor is None:
            return json_answer(begin_verification(platform, command, also), status)
        return json_answer(answer_verification(platform, command, asked.amount_minor, also), status)

    return [verify]


def _operators(platform: Platform) -> list[Any]:
    @post("/members/{member_id:str}/operators", sync_to_thread=True)
    def add(request: Req, member_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        key = idempotency_key(platform, request, who, body)
        by = _acting(platform, request, who, member_id, "people")
        asked = read_body(body, OperatorBody)
        command = AddOperator(who.tenant_id, who.mode, member_id, asked.name, asked.email, asked.role)
        told = told_by(by, "operator.add", "member", member_id, who.mode, platform.clock.now())
        answer = operator_facts(add_operator(platform, command, told))
        # A repeat before this row exists meets the operator with the same address, so there is one either way.
        remember(platform, key, answer["id"], 201, msgspec.json.encode(answer))
        return json_answer(answer, 201)

    @get("/members/{member_id:str}/operators", sync_to_thread=True)
    def index(request: Req, member_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "members:write")
        _acting(platform, request, who, member_id, "read")
        with platform.db.read() as connection:
            found = operators_of(connection, who.tenant_id, member_id)
        return json_answer({"data": [operator_facts(row) for row in found]})

    @delete("/members/{member_id:str}/operators/{operator_id:str}", sync_to_thread=True)
    def remove(request: Req, member_id: FromPath[str], operator_id: FromPath[str]) -> None:
        who = caller(platform, request, "members:write")
        by = _acting(platform, request, who, member_id, "people")
        told = told_by(by, "operator.remove", "member", member_id, who.mode, platform.clock.now())
        remove_operator(platform, who.tenant_id, who.mode, member_id, operator_id, told)

    return [add, index, remove]


def _accounts(platform: Platform) -> list[Any]:
    def page(request: Req, account_id: str, cursor: str | None, limit: int) -> Response[bytes]:
        who = caller(platform, request, "ledger:read")
        return json_answer(account_entries(platform, who.tenant_id, who.mode, account_id, cursor=cursor, limit=limit))

    @get("/accounts/{account_id:str}/entries", sync_to_thread=True)
    def entries(
        request: Req,
        account_id: FromPath[str],
        cursor: FromQuery[str | None] = None,
        limit: FromQuery[int] = 20,
    ) -> Response[bytes]:
        return page(request, account_id, cursor, limit)

    # The business unit's own accounts have a slash in their owner: 2102:CNY:lantern/live.
    @get("/accounts/{account_id:str}/{mode:str}/entries", sync_to_thread=True)
    def own_entries(
        request: Req,
        account_id: FromPath[str],
        mode: FromPath[str],
        cursor: FromQuery[str | None] = None,
        limit: FromQuery[int] = 20,
    ) -> Response[bytes]:
        return page(request, f"{account_id}/{mode}", cursor, limit)

    return [entries, own_entries]


def _create(platform: Platform, who: Caller, asked: MemberBody) -> tuple[Row[Any], bool]:
    if asked.kind == "enterprise" or (asked.kind is None and asked.enterprise is not None):
        if asked.enterprise is None:
            raise EnterpriseIncomplete(pointer="/enterprise")
        terms = _terms(asked.enterprise)
        return create_enterprise(
            platform, CreateEnterprise(who.tenant_id, who.mode, asked.external_id, asked.name, terms)
        )
    row, created = create_member(platform, who.tenant_id, who.mode, asked.external_id, asked.name)
    if asked.kind is not None and row.kind != asked.kind:
        raise MemberKindDiffers(pointer="/external_id", member=row.member_id)
    return row, created


def _terms(body: EnterpriseBody) -> Terms:
    return Terms(
        legal_name=body.legal_name,
        registration_no=body.registration_no,
        contact_name=body.contact.name,
        contact_email=body.contact.email,
        contact_phone=body.contact.phone,
        settlement_owner=body.settlement_owner or "",
        may=frozenset(ability for ability in ABILITIES if getattr(body.may, ability)),
        methods=None if body.methods is None else frozenset(body.methods),
    )


def _acting(
    platform: Platform, request: Req, who: Caller, member_id: str, act: str, *, changes: bool = False
) -> Row[Any] | None:
    """The operator that the header names; the member is there, and still open where something is added to it."""
    with platform.db.read() as connection:
        row = own_member(connection, who.tenant_id, who.mode, member_id)
        if changes:
            require_open(row)
        return acting_operator(connection, row, request.headers.get(OPERATOR, ""), act)


def _told(platform: Platform, request: Req, who: Caller, action: str, member_id: str, reason: str) -> Op:
    """The line of the audit trail: a server of the business unit did it, with this key."""
    ip = request.client.host if request.client else ""
    return audit_op(
        who.tenant_id, action, "member", member_id, actor_id=who.api_key_id, actor_email="", ip=ip,
        at=platform.clock.now(), mode=who.mode, after={"reason": reason} if reason else None,
    )  # fmt: skip
