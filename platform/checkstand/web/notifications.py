"""Where channels call back. The answer says only whether the message is stored."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, post
from litestar.params import FromPath, RawBody

from checkstand.app.apply_notification import receive_notification
from checkstand.app.platform import Platform
from checkstand.channel import UnknownChannel
from checkstand.channel.port import RawNotification
from checkstand.channel.store import NoSuchAccount

MAX_NOTIFICATION = 256 * 1024


def notification_router(platform: Platform) -> Router:
    """`POST /n/{channel}/{account}`."""

    @post("/{channel:str}/{account:str}", sync_to_thread=True)
    def receive(
        request: Request[Any, Any, Any], channel: FromPath[str], account: FromPath[str], body: RawBody
    ) -> Response[bytes]:
        path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
        query = request.scope.get("query_string", b"").decode("ascii", "replace")
        raw = RawNotification(
            method=request.method,
            path=f"{path}?{query}" if query else path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            received_at=platform.clock.now(),
        )
        try:
            ack = receive_notification(platform, channel, account, raw)
        except (UnknownChannel, NoSuchAccount):
            return Response(b"", status_code=404, media_type="text/plain")
        return Response(ack.body, status_code=ack.status, media_type=ack.content_type)

    return Router("/n", route_handlers=[receive], request_max_body_size=MAX_NOTIFICATION)
