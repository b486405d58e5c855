"""The console as one ASGI application under /admin: areas in, one error page for everything that goes wrong."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from litestar import Litestar, Router

from checkstand.app.platform import Platform
from checkstand.app.preview_page import Preview
from checkstand_admin.console import PREFIX, Console
from checkstand_admin.problems import error_handlers

MAX_BODY: Final = 2 * 1024 * 1024

# A new area is a folder with `routes(console)` and a name here; its place in the navigation is in console.NAVIGATION.
AREAS: Final = (
    "_shared",
    "people",
    "home",
    "studio",
    "developers",
    "publishing",
    "explain",
    "experiments",
    "payments",
    "reconciliation",
    "transactions",
    "members",
    "payouts",
    "settlement",
    "ledger",
    "audit",
    "messages",
    "settings",
)


def build_console(platform: Platform, preview: Preview) -> Litestar:
    """Every area's routes. `preview` renders a checkout page: the console must not know the checkout's web layer."""
    console = Console(platform, preview)
    handlers: list[Any] = []
    for area in AREAS:
        handlers += import_module(f"checkstand_admin.{area}.routes").routes(console)
    unguarded = [str(handler) for handler in handlers if "needs" not in handler.opt]
    if unguarded:
        raise RuntimeError(f"these routes do not say what they need: {unguarded}")
    return Litestar(
        # In a router: the application itself would wrap a handler twice that shares its path with another one.
        route_handlers=[Router(PREFIX, route_handlers=handlers)],
        exception_handlers={**error_handlers(console)},
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )


__all__ = ["PREFIX", "build_console"]
