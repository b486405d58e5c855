"""The public API's routes: authenticate, read the body, call a use case, answer."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath, FromQuery, RawBody

from checkstand.app.change_method import choose_another_method
from checkstand.app.close_order import close_session
from checkstand.app.create_refund import CreateRefund, create_refund, refund_answer
from checkstand.app.create_session import create_session, session_answer
from checkstand.app.list_payments import list_payments
from checkstand.app.manage_webhooks import add_endpoint, list_endpoints, redeliver, remove_endpoint
from checkstand.app.open_cashier import open_cashier
from checkstand.app.pay_command import TakePayment
from checkstand.app.payment_story import payment_story
from checkstand.app.platform import Platform
from checkstand.app.read_session import own_session, read_session
from checkstand.app.record_event import record_event
from checkstand.app.session_rows import CreateSession
from checkstand.app.take_payment import take_payment
from checkstand.cashier import WHOLE_BALANCE, SessionView, page_model_json
from checkstand.web.api.access import Caller, caller, idempotency_key, remember
from checkstand.web.api.answers import json_answer
from checkstand.web.api.bodies import (
    CreateSessionBody,
    EndpointBody,
    EventBody,
    PayBody,
    RefundBody,
    read_body,
)
from checkstand.web.api.member_routes import member_routes
from checkstand.web.api.money_routes import money_routes
from checkstand.web.api.openapi import build_openapi
from checkstand.web.api.reconciliation_routes import reconciliation_routes
from checkstand.web.api.settlement_routes import settlement_routes
from checkstand.web.api.trade_routes import trade_routes

MAX_BODY = 64 * 1024
Req = Request[Any, Any, Any]


def api_router(platform: Platform) -> Router:
    """Every route under /v1."""
    routes = [
        *_sessions(platform),
        *_payments(platform),
        *member_routes(platform),
        *_events(platform),
        *money_routes(platform),
        *trade_routes(platform),
        *reconciliation_routes(platform),
        *settlement_routes(platform),
        *_webhooks(platform),
        *_description(platform),
    ]
    return Router("/v1", route_handlers=routes, request_max_body_size=MAX_BODY)


def _sessions(platform: Platform) -> list[Any]:
    @post("/checkout-sessions", sync_to_thread=True)
    def create(request: Req, body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "sessions:write")
        key = idempotency_key(platform, request, who, body)
        asked = read_body(body, CreateSessionBody)
        order = asked.order
        command = CreateSession(
            tenant_id=who.tenant_id,
            mode=who.mode,
            scenario=asked.scenario,
            order_no=order.order_no,
            amount_minor=order.amount.minor,
            currency=order.amount.currency,
            title=order.title,
            terminal=asked.terminal,
            category=order.category,
            lines=[msgspec.to_builtins(line) for line in order.lines],
            shopper=msgspec.to_builtins(asked.shopper),
            device_id=asked.device_id,
            webview=asked.webview,
            locale=asked.locale,
            return_url=asked.return_url,
            payee=asked.payee,
            metadata=asked.metadata,
            experiments=asked.experiments,
        )
        session = create_session(platform, command, idempotency=key)
        return json_answer(session_answer(platform, session, order.order_no), 201)

    @get("/checkout-sessions/{session_id:str}", sync_to_thread=True)
    def show(request: Req, session_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "payments:read")
        session, order = read_session(platform, who.tenant_id, who.mode, session_id)
        return json_answer(session_answer(platform, session, order.order_no))

    @post("/checkout-sessions/{session_id:str}/expiry", sync_to_thread=True)
    def expire(request: Req, session_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "sessions:write")
        session, order = read_session(platform, who.tenant_id, who.mode, session_id)
        close_session(platform, order)
        session, order = read_session(platform, who.tenant_id, who.mode, session_id)
        return json_answer(session_answer(platform, session, order.order_no))

    @get("/checkout-sessions/{session_id:str}/page-model", sync_to_thread=True)
    def page_model(request: Req, session_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "payments:read")
        session = own_session(platform, who.tenant_id, who.mode, session_id)
        return json_answer(_page(platform, open_cashier(platform, session.token)))

    @post("/checkout-sessions/{session_id:str}/payments", sync_to_thread=True)
    def pay(request: Req, session_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "sessions:write")
        session = own_session(platform, who.tenant_id, who.mode, session_id)
        key = idempotency_key(platform, request, who, body)
        asked = read_body(body, PayBody)
        command = TakePayment(
            token=session.token,
            method_id=asked.method,
            fields=asked.fields,
            consents=frozenset(asked.consents),
            reviewed=asked.reviewed,
            confirmed=asked.confirmed,
            use_balance=WHOLE_BALANCE if asked.use_balance else "",
            client_ip=request.client.host if request.client else "127.0.0.1",
            payer_ref=asked.payer_ref,
        )
        taken = take_payment(platform, command)
        view = open_cashier(platform, session.token, viewed=False)
        answer = {
            "next": taken.next,
            "payment_id": taken.payment_id,
            "page_model": _page(platform, view),
        }
        status = 201 if taken.next == "pay" else 200
        # A repeat before this row exists meets the open payment of the order, so it cannot pay twice either.
        remember(platform, key, taken.payment_id or session_id, status, msgspec.json.encode(answer))
        return json_answer(answer, status)

    @post("/checkout-sessions/{session_id:str}/another-method", sync_to_thread=True)
    def another(request: Req, session_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "sessions:write")
        session = own_session(platform, who.tenant_id, who.mode, session_id)
        choose_another_method(platform, session.token)
        return json_answer(
            _page(platform, open_cashier(platform, session.token, viewed=False)),
            200,
        )

    return [create, show, expire, page_model, pay, another]


def _payments(platform: Platform) -> list[Any]:
    @get("/payments", sync_to_thread=True)
    def index(
        request: Req,
        cursor: FromQuery[str | None] = None,
        limit: FromQuery[int] = 20,
        order_no: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        who = caller(platform, request, "payments:read")
        return json_answer(
            list_payments(platform, who.tenant_id, who.mode, cursor=cursor, limit=limit, order_no=order_no)
        )

    @get("/payments/{payment_id:str}", sync_to_thread=True)
    def show(request: Req, payment_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "payments:read")
        return json_answer(payment_story(platform, who.tenant_id, who.mode, payment_id))

    @post("/payments/{payment_id:str}/refunds", sync_to_thread=True)
    def refund(request: Req, payment_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "refunds:write")
        key = idempotency_key(platform, request, who, body)
        asked = read_body(body, RefundBody)
        command = CreateRefund(
            tenant_id=who.tenant_id,
            mode=who.mode,
            payment_id=payment_id,
            amount_minor=asked.amount.minor,
            currency=asked.amount.currency,
            refund_no=asked.refund_no,
            reason=asked.reason,
        )
        return json_answer(refund_answer(create_refund(platform, command, idempotency=key)), 201)

    return [index, show, refund]


def _events(platform: Platform) -> list[Any]:
    @post("/events", sync_to_thread=True)
    def event(request: Req, body: RawBody) -> Response[bytes]:
        who = caller(platform, request, "events:write")
        asked = read_body(body, EventBody)
        record_event(
            platform, who.tenant_id, who.mode, asked.name, asked.session_id, method=asked.method, props=asked.props
        )
        return json_answer({"recorded": asked.name}, 202)

    return [event]


def _webhooks(platform: Platform) -> list[Any]:
    def owner(request: Req) -> Caller:
        return caller(platform, request, "webhooks:write")

    @post("/webhook-endpoints", sync_to_thread=True)
    def add(request: Req, body: RawBody) -> Response[bytes]:
        who = owner(request)
        asked = read_body(body, EndpointBody)
        return json_answer(add_endpoint(platform, who.tenant_id, who.mode, asked.url, asked.events), 201)

    @get("/webhook-endpoints", sync_to_thread=True)
    def index(request: Req) -> Response[bytes]:
        who = owner(request)
        return json_answer({"data": list_endpoints(platform, who.tenant_id, who.mode)})

    @post("/webhook-endpoints/{endpoint_id:str}/disablement", sync_to_thread=True)
    def remove(request: Req, endpoint_id: FromPath[str]) -> Response[bytes]:
        who = owner(request)
        return json_answer(remove_endpoint(platform, who.tenant_id, who.mode, endpoint_id), 200)

    @post("/webhook-deliveries/{delivery_id:str}/redeliveries", sync_to_thread=True)
    def again(request: Req, delivery_id: FromPath[str]) -> Response[bytes]:
        who = owner(request)
        return json_answer(redeliver(platform, who.tenant_id, who.mode, delivery_id), 202)

    return [add, index, remove, again]


def _description(platform: Platform) -> list[Any]:
    @get("/openapi.json", sync_to_thread=True)
    def openapi() -> Response[bytes]:
        return json_answer(build_openapi(platform.settings.base_url))

    return [openapi]


def _page(platform: Platform, view: SessionView) -> dict[str, Any]:
    """The page model with addresses that a client elsewhere can open."""
    return page_model_json(view, base_url=platform.settings.base_url)
