"""The developers' corner: everything a programmer needs to connect a business unit."""

from __future__ import annotations

from typing import Any

from checkstand_admin.console import Console
from checkstand_admin.developers import keys, quickstart


def routes(console: Console) -> list[Any]:
    return [*quickstart.routes(console), *keys.routes(console)]
