"""Every call under /v1 gets an id, and is handed to the request log once it is answered."""

from __future__ import annotations

import re
import time
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from checkstand.app.platform import Platform
from checkstand.kernel import new_id
from checkstand.monitoring.request_row import Call
from checkstand.web.dispatch import App, Message, Receive, Scope, Send

IN_SCOPE: Final = "checkstand.call"
MOST_REQUEST: Final = 64 * 1024  # all that the API reads; scrubbing needs the whole
MOST_ANSWER: Final = 16 * 1024
_TRACE: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class Recording:
    """Wraps the platform's application. Adds `X-Request-Id` to answers and costs a list append a call."""

    def __init__(self, platform: Platform, app: App) -> None:
        self._platform, self._app = platform, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        call, began = _begun(scope, self._platform), time.perf_counter()
        scope[IN_SCOPE] = call

        async def hear() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                call.body += message.get("body", b"")[: MOST_REQUEST - len(call.body)]
            return message

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                named = (b"x-request-id", call.request_id.encode())
                message = {**message, "headers": [*message["headers"], named]}
            elif message["type"] == "http.response.body" and (call.status >= 400 or call.method == "POST"):
                call.answer += message.get("body", b"")[: MOST_ANSWER - len(call.answer)]
            await send(message)

        try:
            with structlog.contextvars.bound_contextvars(request_id=call.request_id):
                await self._app(scope, hear, say)
        finally:
            call.duration_ms = round((time.perf_counter() - began) * 1000)
            call.route = scope.get("path_template") or ""
            if call.status and (call.tenant_id or call.secret):
                self._platform.request_log.keep(call)


def call_of(scope: MutableMapping[str, Any] | Any) -> Call | None:
    """The call that this scope belongs to; None when nobody records."""
    found: Call | None = scope.get(IN_SCOPE)
    return found


def _begun(scope: Scope, platform: Platform) -> Call:
    headers = dict(scope["headers"])
    scheme, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    trace = _TRACE.fullmatch(headers.get(b"traceparent", b"").decode("latin-1"))
    key = headers.get(b"idempotency-key")
    query = scope.get("query_string", b"").decode("latin-1")
    return Call(
        new_id("req"),
        platform.clock.now(),
        scope["method"],
        scope["path"] + (f"?{query}" if query else ""),
        secret=secret.strip() if scheme.lower() == "bearer" else "",
        idempotency_key=key.decode("latin-1") if key else None,
        trace_id=trace[1] if trace else None,
    )
