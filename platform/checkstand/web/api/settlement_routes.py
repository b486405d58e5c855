"""Settlement batches over the API: read them, approve them with two keys, pay again what failed."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, RawBody

from checkstand.app.platform import Platform
from checkstand.app.settlement.approve_batch import approve
from checkstand.app.settlement.finish_batch import pay_again
from checkstand.app.settlement.read_batches import list_batches, list_items, read_batch
from checkstand.infra.ops import Op
from checkstand.monitoring.audit import audit_op
from checkstand.web.api.access import Caller, caller, idempotency_key, remember
from checkstand.web.api.answers import json_answer

Req = Request[Any, Any, Any]


def settlement_routes(platform: Platform) -> list[Any]:
    """Every route about settlement."""
    return [*_reading(platform), *_deciding(platform)]


def _reading(platform: Platform) -> list[Any]:
    @get("/settlement-batches", sync_to_thread=True)
    def index(
        request: Req,
        cursor: FromQuery[str | None] = None,
        limit: FromQuery[int] = 20,
        status: FromQuery[str | None] = None,
        payee: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        who = caller(platform, request, "settlements:read")
        page = list_batches(platform, who.tenant_id, who.mode, cursor=cursor, limit=limit, status=status, payee=payee)
        return json_answer(page)

    @get("/settlement-batches/{batch_id:str}", sync_to_thread=True)
    def show(request: Req, batch_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "settlements:read")
        return json_answer(read_batch(platform, who.tenant_id, who.mode, batch_id))

    @get("/settlement-batches/{batch_id:str}/items", sync_to_thread=True)
    def items(
        request: Req, batch_id: FromPath[str], cursor: FromQuery[str | None] = None, limit: FromQuery[int] = 20
    ) -> Response[bytes]:
        who = caller(platform, request, "settlements:read")
        return json_answer(list_items(platform, who.tenant_id, who.mode, batch_id, cursor=cursor, limit=limit))

    return [index, show, items]


def _deciding(platform: Platform) -> list[Any]:
    @post("/settlement-batches/{batch_id:str}/approvals", sync_to_thread=True)
    def approvals(request: Req, batch_id: FromPath[str], body: RawBody) -> Response[bytes]:
        """The first key asks, a second one approves: each key is one of two people."""
        who = caller(platform, request, "settlements:write")
        key = idempotency_key(platform, request, who, body)
        told = _told(platform, request, who, "settlement.approve", batch_id)
        decided = approve(platform, who.tenant_id, who.mode, batch_id, by=who.api_key_id, also=(told,))
        answer = {"decision": decided, "settlement_batch": read_batch(platform, who.tenant_id, who.mode, batch_id)}
        # A repeat before this row exists is the same person again, and is refused: nothing is approved twice.
        remember(platform, key, batch_id, 201, msgspec.json.encode(answer))
        return json_answer(answer, 201)

    @post("/settlement-batches/{batch_id:str}/payouts", sync_to_thread=True)
    def payouts(request: Req, batch_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "settlements:write")
        key = idempotency_key(platform, request, who, body)
        told = _told(platform, request, who, "settlement.pay_again", batch_id)
        pay_again(platform, who.tenant_id, who.mode, batch_id, also=(told,))
        answer = read_batch(platform, who.tenant_id, who.mode, batch_id)
        # A repeat before this row exists finds the batch paying, and is refused.
        remember(platform, key, batch_id, 201, msgspec.json.encode(answer))
        return json_answer(answer, 201)

    return [approvals, payouts]


def _told(platform: Platform, request: Req, who: Caller, action: str, batch_id: str) -> Op:
    return audit_op(
        who.tenant_id, action, "settlement_batch", batch_id, mode=who.mode, actor_id=who.api_key_id,
        actor_email="", ip=request.client.host if request.client else "", at=platform.clock.now(),
    )  # fmt: skip
