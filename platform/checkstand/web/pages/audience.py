"""Is a person going to look at this page? Crawlers, link previews and prefetches are no exposure to an experiment."""

from __future__ import annotations

import re
from typing import Any, Final

from litestar import Request

# Who fetches a page for a machine says so: search engines, the previews of messengers, monitoring, command lines.
# Cubot makes telephones.
_MACHINES: Final = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|facebookexternalhit|whatsapp|telegram|skypeuri|embedly|quora link|"
    r"mediapartners|headlesschrome-lighthouse|pingdom|uptime|monitor|curl/|wget/|python-requests|go-http-client",
    re.IGNORECASE,
)
# What a browser loads in advance is seen later, or never.
_IN_ADVANCE: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")


def is_person(request: Request[Any, Any, Any]) -> bool:
    """Whether this request is somebody opening the page."""
    if any(word in request.headers.get(name, "").lower() for name in _IN_ADVANCE for word in ("prefetch", "preview")):
        return False
    return _MACHINES.search(request.headers.get("user-agent", "")) is None
