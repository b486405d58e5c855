"""Publishing: what is in test and in live, what changed, who wants what to go live, and the way back."""

from __future__ import annotations

from typing import Any

from checkstand_admin.console import Console
from checkstand_admin.publishing import acts, pages, requests


def routes(console: Console) -> list[Any]:
    return [*pages.routes(console), *acts.routes(console), *requests.routes(console)]
