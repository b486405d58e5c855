"""The developers' corner: everything a programmer needs to connect a business unit."""

from __future__ import annotations

from typing import Any

from checkstand_admin.console import Console
from checkstand_admin.developers import deliveries, keys, quickstart, reference, requests, simulator, webhooks


def routes(console: Console) -> list[Any]:
    modules = (quickstart, keys, requests, webhooks, deliveries, reference, simulator)
    return [route for module in modules for route in module.routes(console)]
