"""The storefront as an ASGI app of its own; where it is mounted is up to whoever starts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar, Request, Response, Router
from litestar.datastructures import ResponseHeader
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router

from checkstand_shop.client import Checkstand
from checkstand_shop.config import ShopConfig
from checkstand_shop.hooks import receive_hook
from checkstand_shop.orders import OrderBook
from checkstand_shop.pages import Pages
from checkstand_shop.routes import HANDLERS

STATIC = Path(__file__).parent / "static"


def build_shop(config: ShopConfig, *, transport: httpx.AsyncBaseTransport | None = None) -> Litestar:
    """A ready storefront; tests hand in a transport that answers for the platform."""
    book, platform, pages = OrderBook(config.db_path), Checkstand(config, transport), Pages(config)

    def problem(request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
        return pages.show(request, "problem.html", status=error.status_code, detail=error.detail)

    async def close(_app: Litestar) -> None:
        await platform.close()

    router = Router(
        path=config.prefix,
        route_handlers=[*HANDLERS, receive_hook, create_static_files_router("/static", [STATIC])],
        dependencies={
            "config": Provide(lambda: config, sync_to_thread=False),
            "book": Provide(lambda: book, sync_to_thread=False),
            "platform": Provide(lambda: platform, sync_to_thread=False),
            "pages": Provide(lambda: pages, sync_to_thread=False),
        },
    )
    return Litestar(
        [router],
        openapi_config=None,
        exception_handlers={HTTPException: problem},
        on_shutdown=[close],
        request_max_body_size=256 * 1024,
        response_headers=[
            ResponseHeader(name="x-content-type-options", value="nosniff"),
            ResponseHeader(name="referrer-policy", value="same-origin"),
            ResponseHeader(name="content-security-policy", value=policy(config)),
        ],
    )


def policy(config: ShopConfig) -> str:
    """Only this shop's files, and the checkout's script and frame."""
    return (
        f"default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self' {config.base_url}; "
        f"frame-src {config.base_url}; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
