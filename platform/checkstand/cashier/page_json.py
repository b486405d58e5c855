"""The page model as JSON: what native and mini-program clients draw instead of HTML."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from checkstand.cashier.build import build_page
from checkstand.cashier.model import PageUrls
from checkstand.cashier.view import SessionView

LEFT_OUT: Final = frozenset({"hidden", "watch", "allowed_origins"})  # mean something in a browser only


def page_model_json(view: SessionView, *, base_url: str = "", page: str | None = None) -> dict[str, Any]:
    """The same content as the HTML page, with the action's parameters for the channel's client kit."""
    model = build_page(view, urls=PageUrls.of(view.token, base_url), page=page)
    plain: dict[str, Any] = msgspec.to_builtins(model)
    return {name: value for name, value in plain.items() if name not in LEFT_OUT}
