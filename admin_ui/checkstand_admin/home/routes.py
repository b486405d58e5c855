"""The first page of a business unit."""

from __future__ import annotations

from typing import Any

from litestar import Response, get

from checkstand_admin.console import AnyRequest, Console


def routes(console: Console) -> list[Any]:
    @get("/u/{unit:str}/{mode:str}/home", needs="unit.read", sync_to_thread=True)
    def home(request: AnyRequest) -> Response[bytes]:
        return console.page(request, console.enter(request), "home/home.html")

    return [home]
