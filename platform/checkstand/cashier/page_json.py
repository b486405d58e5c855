"""The page model as JSON: what native and mini-program clients draw instead of HTML."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, Final

from checkstand.cashier.build import build_page
from checkstand.cashier.model import PageUrls
from checkstand.cashier.view import SessionView

LEFT_OUT: Final = frozenset({"hidden", "watch", "allowed_origins"})  # mean something in a browser only


def page_model_json(view: SessionView, *, base_url: str = "", page: str | None = None) -> dict[str, Any]:
    """The same content as the HTML page, with the action's parameters for the channel's client kit."""
    model = build_page(view, urls=PageUrls.of(view.token, base_url), page=page)
    return {name: value for name, value in _plain(model).items() if name not in LEFT_OUT}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
