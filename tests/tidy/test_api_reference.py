"""Every route of the API has its line in docs/reference/api.md."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from litestar import Litestar

from checkstand.web.api.routes import api_router

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"


def test_the_reference_lists_exactly_the_routes_there_are() -> None:
    platform = cast(Any, SimpleNamespace())  # routes are only listed, never called
    routes = {
        f"{method} {re.sub(r':str', '', route.path_format)}"
        for route in Litestar([api_router(platform)], openapi_config=None).routes
        for method in cast(Any, route).methods
        if method in ("GET", "POST")
    }

    listed = set(re.findall(r"^\| `((?:GET|POST) /v1[^`]*)`", PAGE.read_text(), re.MULTILINE))

    assert listed == routes
