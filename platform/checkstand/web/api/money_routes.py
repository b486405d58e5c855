"""Recharges, withdrawals and transfers: money into balances, out of them and between them."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, RawBody

from checkstand.app.payouts.read_withdrawals import list_withdrawals, read_withdrawal
from checkstand.app.payouts.request_withdrawal import RequestWithdrawal, request_withdrawal
from checkstand.app.platform import Platform
from checkstand.app.recharges.open_recharge import OpenRecharge, open_recharge
from checkstand.app.recharges.read_recharges import list_recharges, read_recharge
from checkstand.app.transfers.finish_transfer import confirm_transfer, read_transfer, void_transfer
from checkstand.app.transfers.list_transfers import list_transfers
from checkstand.app.transfers.make_transfer import MakeTransfer, make_transfer
from checkstand.web.api.access import caller, idempotency_key, remember
from checkstand.web.api.answers import json_answer
from checkstand.web.api.bodies import read_body
from checkstand.web.api.money_bodies import RechargeBody, TransferBody, WithdrawalBody

Req = Request[Any, Any, Any]
OPERATOR = "member-operator"  # who acts for an enterprise member


def money_routes(platform: Platform) -> list[Any]:
    """Everything about members' balances."""
    return [*_recharges(platform), *_withdrawals(platform), *_transfers(platform)]


def _recharges(platform: Platform) -> list[Any]:
    @post("/recharges", sync_to_thread=True)
    def create(request: Req, body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "sessions:write")
        key = idempotency_key(platform, request, who, body)
        asked = read_body(body, RechargeBody)
        command = OpenRecharge(
            tenant_id=who.tenant_id,
            mode=who.mode,
            recharge_no=asked.recharge_no,
            member_id=asked.member,
            amount_minor=asked.amount.minor,
            currency=asked.amount.currency,
            terminal=asked.terminal,
            title=asked.title,
            scenario=asked.scenario,
            locale=asked.locale,
            return_url=asked.return_url,
        )
        answer = open_recharge(platform, command)
        # A repeat before this row exists meets the order under the same number, so there is one checkout either way.
        remember(platform, key, answer["id"], 201, msgspec.json.encode(answer))
        return json_answer(answer, 201)

    @get("/recharges", sync_to_thread=True)
    def index(
        request: Req,
        cursor: FromQuery[str | None] = None,
        limit: FromQuery[int] = 20,
        recharge_no: FromQuery[str | None] = None,
        member: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        who = caller(platform, request, "payments:read")
        page = list_recharges(
            platform, who.tenant_id, who.mode, cursor=cursor, limit=limit, recharge_no=recharge_no, member_id=member
        )
        return json_answer(page)

    @get("/recharges/{recharge_id:str}", sync_to_thread=True)
    def show(request: Req, recharge_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "payments:read")
        return json_answer(read_recharge(platform, who.tenant_id, who.mode, recharge_id))

    return [create, index, show]


def _withdrawals(platform: Platform) -> list[Any]:
    @post("/withdrawals", sync_to_thread=True)
    def create(request: Req, body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "withdrawals:write")
        key = idempotency_key(platform, request, who, body)
        asked = read_body(body, WithdrawalBody)
        command = RequestWithdrawal(
            tenant_id=who.tenant_id,
            mode=who.mode,
            member_id=asked.member,
            card_id=asked.card,
            amount_minor=asked.amount.minor,
            currency=asked.amount.currency,
            withdrawal_no=asked.withdrawal_no,
            operator_id=request.headers.get(OPERATOR, ""),
        )
        return json_answer(request_withdrawal(platform, command, idempotency=key), 201)

    @get("/withdrawals", sync_to_thread=True)
    def index(
        request: Req,
        cursor: FromQuery[str | None] = None,
        limit: FromQuery[int] = 20,
        withdrawal_no: FromQuery[str | None] = None,
        member: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        who = caller(platform, request, "payments:read")
        page = list_withdrawals(
            platform, who.tenant_id, who.mode, cursor=cursor, limit=limit, withdrawal_no=withdrawal_no, member_id=member
        )
        return json_answer(page)

    @get("/withdrawals/{withdrawal_id:str}", sync_to_thread=True)
    def show(request: Req, withdrawal_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "payments:read")
        return json_answer(read_withdrawal(platform, who.tenant_id, who.mode, withdrawal_id))

    return [create, index, show]


def _transfers(platform: Platform) -> list[Any]:
    @post("/transfers", sync_to_thread=True)
    def create(request: Req, body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "transfers:write")
        key = idempotency_key(platform, request, who, body)
        asked = read_body(body, TransferBody)
        command = MakeTransfer(
            tenant_id=who.tenant_id,
            mode=who.mode,
            transfer_no=asked.transfer_no,
            source_id=asked.source,
            target_id=asked.target,
            amount_minor=asked.amount.minor,
            currency=asked.amount.currency,
            title=asked.title,
            hold=asked.hold,
            hold_s=asked.hold_s,
            operator_id=request.headers.get(OPERATOR, ""),
        )
        return json_answer(make_transfer(platform, command, idempotency=key), 201)

    @post("/transfers/{transfer_id:str}/confirmations", sync_to_thread=True)
    def confirm(request: Req, transfer_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "transfers:write")
        return json_answer(confirm_transfer(platform, who.tenant_id, who.mode, transfer_id), 200)

    @post("/transfers/{transfer_id:str}/voids", sync_to_thread=True)
    def void(request: Req, transfer_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "transfers:write")
        return json_answer(void_transfer(platform, who.tenant_id, who.mode, transfer_id), 200)

    @get("/transfers", sync_to_thread=True)
    def index(
        request: Req,
        cursor: FromQuery[str | None] = None,
        limit: FromQuery[int] = 20,
        transfer_no: FromQuery[str | None] = None,
        member: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        who = caller(platform, request, "payments:read")
        page = list_transfers(
            platform, who.tenant_id, who.mode, cursor=cursor, limit=limit, transfer_no=transfer_no, member_id=member
        )
        return json_answer(page)

    @get("/transfers/{transfer_id:str}", sync_to_thread=True)
    def show(request: Req, transfer_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "payments:read")
        return json_answer(read_transfer(platform, who.tenant_id, who.mode, transfer_id))

    return [create, confirm, void, index, show]
