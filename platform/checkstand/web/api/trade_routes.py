"""Transactions: what happens between paying and being the merchant's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app.platform import Platform
from checkstand.app.trade.capture import capture
from checkstand.app.trade.confirm_receipt import confirm_receipt
from checkstand.app.trade.facts import TransactionRow, transaction_facts
from checkstand.app.trade.open_dispute import open_dispute
from checkstand.app.trade.rule_dispute import rule_dispute
from checkstand.app.trade.ship import ship
from checkstand.app.trade.step import Ask
from checkstand.app.trade.story import transaction_story
from checkstand.app.trade.void import void
from checkstand.web.api.access import caller, idempotency_key, remember
from checkstand.web.api.answers import json_answer
from checkstand.web.api.bodies import AmountBody, Body, read_body
from checkstand.web.api.trade_bodies import (
    CaptureBody,
    ConfirmationBody,
    DisputeBody,
    RulingBody,
    ShipmentBody,
    VoidBody,
)

Req = Request[Any, Any, Any]
B = TypeVar("B", bound=Body)


def trade_routes(platform: Platform) -> list[Any]:
    """Read a transaction, and every step that it can take."""
    return [*_reading(platform), *_escrow(platform), *_preauth(platform)]


def _reading(platform: Platform) -> list[Any]:
    @get("/transactions/{transaction_id:str}", sync_to_thread=True)
    def show(request: Req, transaction_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, "transactions:read")
        return json_answer(transaction_story(platform, who.tenant_id, who.mode, transaction_id))

    return [show]


def _escrow(platform: Platform) -> list[Any]:
    @post("/transactions/{transaction_id:str}/shipments", sync_to_thread=True)
    def shipment(request: Req, transaction_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(ask: Ask, asked: ShipmentBody) -> TransactionRow:
            return ship(platform, ask, carrier=asked.carrier, number=asked.number)

        return _step(platform, request, transaction_id, body, ShipmentBody, act)

    @post("/transactions/{transaction_id:str}/receipt-confirmations", sync_to_thread=True)
    def confirmation(request: Req, transaction_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(ask: Ask, asked: ConfirmationBody) -> TransactionRow:
            return confirm_receipt(platform, ask, *_named(asked.amount))

        return _step(platform, request, transaction_id, body, ConfirmationBody, act)

    @post("/transactions/{transaction_id:str}/disputes", sync_to_thread=True)
    def dispute(request: Req, transaction_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(ask: Ask, asked: DisputeBody) -> TransactionRow:
            return open_dispute(platform, ask, asked.reason)

        return _step(platform, request, transaction_id, body, DisputeBody, act)

    @post("/transactions/{transaction_id:str}/rulings", sync_to_thread=True)
    def ruling(request: Req, transaction_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(ask: Ask, asked: RulingBody) -> TransactionRow:
            return rule_dispute(platform, ask, asked.ruling, *_named(asked.seller_amount))

        return _step(platform, request, transaction_id, body, RulingBody, act)

    return [shipment, confirmation, dispute, ruling]


def _preauth(platform: Platform) -> list[Any]:
    @post("/transactions/{transaction_id:str}/captures", sync_to_thread=True)
    def captured(request: Req, transaction_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(ask: Ask, asked: CaptureBody) -> TransactionRow:
            return capture(platform, ask, *_named(asked.amount))

        return _step(platform, request, transaction_id, body, CaptureBody, act)

    @post("/transactions/{transaction_id:str}/voids", sync_to_thread=True)
    def voided(request: Req, transaction_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(ask: Ask, asked: VoidBody) -> TransactionRow:
            return void(platform, ask)

        return _step(platform, request, transaction_id, body, VoidBody, act)

    return [captured, voided]


def _step(
    platform: Platform,
    request: Req,
    transaction_id: str,
    raw: bytes,
    type_: type[B],
    act: Callable[[Ask, B], TransactionRow],
) -> Response[bytes]:
    who = caller(platform, request, "transactions:write")
    raw = raw or b"{}"
    key = idempotency_key(platform, request, who, raw)
    row = act(Ask(who.tenant_id, who.mode, transaction_id, idempotency=key), read_body(raw, type_))
    answer = transaction_facts(row)
    # A step that had been taken before wrote nothing, not even the answer under this key.
    remember(platform, key, transaction_id, 201, msgspec.json.encode(answer))
    return json_answer(answer, 201)


def _named(amount: AmountBody | None) -> tuple[int | None, str | None]:
    return (amount.minor, amount.currency) if amount is not None else (None, None)
