"""The API described as OpenAPI 3.1, from the very types that read the bodies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from checkstand.member.store import SCOPES
from checkstand.web.api.bodies import (
    Body,
    CreateSessionBody,
    EndpointBody,
    EventBody,
    PayBody,
    RefundBody,
)
from checkstand.web.api.member_bodies import (
    CardBody,
    ClosureBody,
    FreezeBody,
    MemberBody,
    OperatorBody,
    VerificationBody,
)
from checkstand.web.api.money_bodies import RechargeBody, TransferBody, WithdrawalBody
from checkstand.web.api.trade_bodies import (
    CaptureBody,
    ConfirmationBody,
    DisputeBody,
    RulingBody,
    ShipmentBody,
    VoidBody,
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One route: what it does, which scope it needs (empty: no key at all), what it reads and answers."""

    method: str
    path: str
    summary: str
    scope: str
    status: int = 200
    body: type[Body] | None = None
    query: tuple[str, ...] = ()
    replays: bool = False  # reads `Idempotency-Key`


# fmt: off
OPERATIONS: Final = (
    Operation("POST", "/v1/checkout-sessions", "Create a checkout; the answer holds its url.", "sessions:write", 201, CreateSessionBody, replays=True),  # noqa: E501
    Operation("GET", "/v1/checkout-sessions/{session_id}", "Read a checkout: open, complete or expired.", "payments:read"),  # noqa: E501
    Operation("POST", "/v1/checkout-sessions/{session_id}/expiry", "End a checkout now; every open attempt is asked and closed first.", "sessions:write"),  # noqa: E501
    Operation("GET", "/v1/checkout-sessions/{session_id}/page-model", "What the page shows, for native apps and mini-programs.", "payments:read"),  # noqa: E501
    Operation("POST", "/v1/checkout-sessions/{session_id}/payments", "Pay, from a native app or a mini-program.", "sessions:write", 201, PayBody, replays=True),  # noqa: E501
    Operation("POST", "/v1/checkout-sessions/{session_id}/another-method", "Leave the open payment and choose again.", "sessions:write", 200),  # noqa: E501
    Operation("GET", "/v1/payments", "Payments, newest first.", "payments:read", query=("cursor", "limit", "order_no")),
    Operation("GET", "/v1/payments/{payment_id}", "The whole story of a payment.", "payments:read"),
    Operation("POST", "/v1/payments/{payment_id}/refunds", "Give money back; reserved at once, sent by a job.", "refunds:write", 201, RefundBody, replays=True),  # noqa: E501
    Operation("POST", "/v1/members", "The member of this id, made when absent: a shopper, or an enterprise that sells.", "members:write", 201, MemberBody),  # noqa: E501
    Operation("GET", "/v1/members", "Members, newest first.", "members:write", query=("cursor", "limit", "kind", "external_id")),  # noqa: E501
    Operation("GET", "/v1/members/{member_id}", "One member with what it has.", "members:write"),
    Operation("POST", "/v1/members/{member_id}/freeze", "Nothing of its own moves until it is unfrozen.", "members:write", 200, FreezeBody),  # noqa: E501
    Operation("POST", "/v1/members/{member_id}/unfreeze", "Let a frozen member go on.", "members:write"),
    Operation("POST", "/v1/members/{member_id}/closure", "Close it for good, with every account at zero.", "members:write", 200, ClosureBody),  # noqa: E501
    Operation("POST", "/v1/members/{member_id}/cards", "Add a bank card; the same number again is the same card.", "members:write", 201, CardBody),  # noqa: E501
    Operation("GET", "/v1/members/{member_id}/cards", "Bank cards by their last four digits.", "members:write"),
    Operation("DELETE", "/v1/members/{member_id}/cards/{card_id}", "Pay nothing more to it.", "members:write", 204),
    Operation("POST", "/v1/members/{member_id}/cards/{card_id}/verification", "Without an amount: send a few fen. With it: say how many arrived.", "members:write", 201, VerificationBody, replays=True),  # noqa: E501
    Operation("POST", "/v1/members/{member_id}/operators", "Somebody who acts for an enterprise.", "members:write", 201, OperatorBody, replays=True),  # noqa: E501
    Operation("GET", "/v1/members/{member_id}/operators", "Who acts for it, with their roles.", "members:write"),
    Operation("DELETE", "/v1/members/{member_id}/operators/{operator_id}", "They act no more.", "members:write", 204),
    Operation("GET", "/v1/accounts/{account_id}/entries", "Entries of an account, newest first.", "ledger:read", query=("cursor", "limit")),  # noqa: E501
    Operation("GET", "/v1/accounts/{account_id}/{mode}/entries", "The same for the business unit's own accounts, whose owner has a slash.", "ledger:read", query=("cursor", "limit")),  # noqa: E501
    Operation("POST", "/v1/recharges", "A checkout that fills up a member's balance; the answer holds its url.", "sessions:write", 201, RechargeBody, replays=True),  # noqa: E501
    Operation("GET", "/v1/recharges", "Recharges, newest first.", "payments:read", query=("cursor", "limit", "recharge_no", "member")),  # noqa: E501
    Operation("GET", "/v1/recharges/{recharge_id}", "One recharge: open, succeeded or expired.", "payments:read"),
    Operation("POST", "/v1/withdrawals", "Money from a member's balance to a verified bank card; held at once, paid by a job.", "withdrawals:write", 201, WithdrawalBody, replays=True),  # noqa: E501
    Operation("GET", "/v1/withdrawals", "Withdrawals, newest first.", "payments:read", query=("cursor", "limit", "withdrawal_no", "member")),  # noqa: E501
    Operation("GET", "/v1/withdrawals/{withdrawal_id}", "One withdrawal with its status.", "payments:read"),
    Operation("POST", "/v1/transfers", "Money from one member's balance to another's, at once or held first.", "transfers:write", 201, TransferBody, replays=True),  # noqa: E501
    Operation("GET", "/v1/transfers", "Transfers, newest first.", "payments:read", query=("cursor", "limit", "transfer_no", "member")),  # noqa: E501
    Operation("GET", "/v1/transfers/{transfer_id}", "One transfer with its status.", "payments:read"),
    Operation("POST", "/v1/transfers/{transfer_id}/confirmations", "The receiver gets what was held.", "transfers:write", 200),  # noqa: E501
    Operation("POST", "/v1/transfers/{transfer_id}/voids", "The payer gets back what was held.", "transfers:write", 200),  # noqa: E501
    Operation("POST", "/v1/events", "A native client reports what its pages showed.", "events:write", 202, EventBody),
    Operation("POST", "/v1/webhook-endpoints", "Add an endpoint; only this answer shows its secret.", "webhooks:write", 201, EndpointBody),  # noqa: E501
    Operation("GET", "/v1/webhook-endpoints", "Every endpoint with its status.", "webhooks:write"),
    Operation("POST", "/v1/webhook-endpoints/{endpoint_id}/disablement", "Stop telling an endpoint.", "webhooks:write", 200),  # noqa: E501
    Operation("POST", "/v1/webhook-deliveries/{delivery_id}/redeliveries", "Tell it again: same body, same webhook-id.", "webhooks:write", 202),  # noqa: E501
    Operation("GET", "/v1/transactions/{transaction_id}", "The whole story of a transaction: what is held, released, given back.", "transactions:read"),  # noqa: E501
    Operation("POST", "/v1/transactions/{transaction_id}/shipments", "The goods are on their way; the time to confirm begins.", "transactions:write", 201, ShipmentBody, replays=True),  # noqa: E501
    Operation("POST", "/v1/transactions/{transaction_id}/receipt-confirmations", "The buyer has received it, or a part worth this amount.", "transactions:write", 201, ConfirmationBody, replays=True),  # noqa: E501
    Operation("POST", "/v1/transactions/{transaction_id}/disputes", "The buyer says something is wrong; timers stop.", "transactions:write", 201, DisputeBody, replays=True),  # noqa: E501
    Operation("POST", "/v1/transactions/{transaction_id}/rulings", "Decide a dispute: seller, buyer, or split.", "transactions:write", 201, RulingBody, replays=True),  # noqa: E501
    Operation("POST", "/v1/transactions/{transaction_id}/captures", "Take a reserved amount, or a part; the rest is given back.", "transactions:write", 201, CaptureBody, replays=True),  # noqa: E501
    Operation("POST", "/v1/transactions/{transaction_id}/voids", "Give a reserved amount back.", "transactions:write", 201, VoidBody, replays=True),  # noqa: E501
    Operation("GET", "/v1/settlement-batches", "Settlement batches, newest first.", "settlements:read", query=("cursor", "limit", "status", "payee")),  # noqa: E501
    Operation("GET", "/v1/settlement-batches/{batch_id}", "One batch with its payouts.", "settlements:read"),
    Operation("GET", "/v1/settlement-batches/{batch_id}/items", "What it pays: sales, refunds, shares, debts, reserves.", "settlements:read", query=("cursor", "limit")),  # noqa: E501
    Operation("POST", "/v1/settlement-batches/{batch_id}/approvals", "One key asks, another one approves.", "settlements:write", 201, replays=True),  # noqa: E501
    Operation("POST", "/v1/settlement-batches/{batch_id}/payouts", "Pay again what failed.", "settlements:write", 201, replays=True),  # noqa: E501
    Operation("GET", "/v1/reconciliation-runs", "Days that were compared with a channel's statement, newest first.", "reconciliation:read", query=("cursor", "limit")),  # noqa: E501
    Operation("GET", "/v1/reconciliation-runs/{run_id}", "One run: what was found, what the channel owes, how far it is.", "reconciliation:read"),  # noqa: E501
    Operation("GET", "/v1/reconciliation-runs/{run_id}/items", "What a run found, item by item.", "reconciliation:read", query=("item_class", "cursor", "limit")),  # noqa: E501
    Operation("GET", "/v1/openapi.json", "This description.", ""),
)
# fmt: on

_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "remedy", "retryable"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; one of the codes of the error reference."},
        "detail": {"type": "string"},
        "remedy": {"type": "string", "description": "What to do next."},
        "retryable": {"type": "boolean"},
        "pointer": {"type": "string", "description": "JSON pointer to the field that is wrong."},
    },
}


def build_openapi(base_url: str) -> dict[str, Any]:
    """The whole document; `base_url` is where this installation answers."""
    bodies = [each.body for each in OPERATIONS if each.body]
    _, schemas = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method.lower()] = _described(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Checkstand", "version": "1"},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": _PROBLEM},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": ", ".join(SCOPES)}},
        },
    }


def _described(each: Operation) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", each.path)
    told: dict[str, Any] = {
        "operationId": "_".join([each.method.lower(), *re.findall(r"\w+", each.path.removeprefix("/v1"))]),
        "summary": each.summary,
        "security": [{"key": [each.scope]}] if each.scope else [],
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names),
            *({"name": name, "in": "query", "schema": {"type": "string"}} for name in each.query),
        ],
        "responses": {
            str(each.status): {"description": "Done.", "content": {"application/json": {"schema": {"type": "object"}}}},
            "default": {
                "description": "Refused.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if each.replays:
        header = {"type": "string", "minLength": 1, "maxLength": 255}
        told["parameters"].append({"name": "Idempotency-Key", "in": "header", "schema": header})
    if each.body:
        schema = {"$ref": f"#/components/schemas/{each.body.__name__}"}
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return told
