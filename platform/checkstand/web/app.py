"""The web application: public API, cashier pages, notifications; simulators and shops are mounted beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Litestar, Response, get
from litestar.exceptions import HTTPException
from sqlalchemy import text

from checkstand.app.platform import Platform
from checkstand.infra.idempotency import AlreadyAnswered
from checkstand.kernel import CheckstandError
from checkstand.web.api.answers import on_already_answered
from checkstand.web.api.recording import Recording
from checkstand.web.api.routes import api_router
from checkstand.web.dispatch import Dispatcher
from checkstand.web.notifications import notification_router
from checkstand.web.pages.routes import cashier_router
from checkstand.web.problems import on_checkstand_error, on_http_error, on_mistake

THREADS = 64  # sync use cases at once; each holds one database connection at most


def build_app(platform: Platform) -> Litestar:
    """The platform's own routes."""

    @get("/healthz", sync_to_thread=True)
    def healthz() -> Response[bytes]:
        with platform.db.read() as connection:
            connection.execute(text("SELECT 1"))
        return Response(b"ok", media_type="text/plain")

    async def more_threads(_: Litestar) -> None:
        import anyio.to_thread

        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS

    return Litestar(
        route_handlers=[healthz, api_router(platform), notification_router(platform), cashier_router(platform)],
        exception_handlers={
            AlreadyAnswered: on_already_answered,
            CheckstandError: on_checkstand_error,
            HTTPException: on_http_error,
            Exception: on_mistake,
        },
        on_startup=[more_threads],
        openapi_config=None,
        logging_config=None,
    )


def build_asgi(platform: Platform, mounts: Mapping[str, Any] | None = None) -> Any:
    """One ASGI application: the platform, and whatever is mounted under a prefix of its own."""
    return Dispatcher(Recording(platform, build_app(platform)), dict(mounts or {}))
