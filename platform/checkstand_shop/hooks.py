"""Webhooks: believe what is signed, write it down once, answer quickly."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from checkstand_shop.config import ShopConfig
from checkstand_shop.orders import OrderBook


def read_hook(config: ShopConfig, body: bytes, headers: dict[str, str]) -> tuple[str, dict[str, Any]] | None:
    """The webhook's id and content if the signature holds; None if anybody else may have sent it."""
    try:
        content = Webhook(config.webhook_secret).verify(body, headers)
        return headers["webhook-id"], content
    except (WebhookVerificationError, ValueError, KeyError):  # ValueError: signatures and bodies of any other shape
        return None


@post("/hooks/checkstand", status_code=204)
async def receive_hook(
    request: Request[Any, Any, Any], config: NamedDependency[ShopConfig], book: NamedDependency[OrderBook]
) -> Response[None]:
    """Answer 204 once the fact is on disk; 400 for a wrong signature. What it means is decided when it is read."""
    body = await request.body()
    known = read_hook(config, body, {name.lower(): value for name, value in request.headers.items()})
    if known is None:
        return Response(None, status_code=400)
    webhook_id, content = known
    order_no = str(content.get("data", {}).get("order_no", ""))
    await asyncio.to_thread(book.believe, webhook_id, order_no, str(content["type"]), json.dumps(content))
    return Response(None, status_code=204)
