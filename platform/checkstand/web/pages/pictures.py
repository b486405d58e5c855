"""Pictures that travel inside the page: method logos, icons, QR codes."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import segno
from markupsafe import Markup

_SAFE: Final = re.compile(r"<\s*(script|foreignObject|style|image|use|a)\b|\son\w+\s*=|javascript:", re.IGNORECASE)
_GENERIC: Final = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="#5b6472"/>'
    '<path d="M7 11h18v11H7zM7 14.500h18" fill="none" stroke="#fff" stroke-width="2"/></svg>'
)

ICONS: Final[Mapping[str, Markup]] = {
    name: Markup(path)  # noqa: S704 - literals
    for name, path in {
        "check": '<path d="m5 12.500 4.500 4.500L19 7.500"/>',
        "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.500l3.500 2"/>',
        "wait": '<path d="M12 3a9 9 0 1 1-9 9"/>',
        "alert": '<circle cx="12" cy="12" r="9"/><path d="M12 7.500v5.500m0 3.500v.01"/>',
        "cross": '<path d="m7 7 10 10M17 7 7 17"/>',
        "close": '<path d="m7 7 10 10M17 7 7 17"/>',
        "lock": '<rect x="5" y="10.500" width="14" height="9.500" rx="2"/><path d="M8 10.500V7.500a4 4 0 0 1 8 0v3"/>',
        "next": '<path d="m9 5.500 6.500 6.500L9 18.500"/>',
        "down": '<path d="m5.500 9 6.500 6.500L18.500 9"/>',
        "back": '<path d="M9 8 4.500 12.500 9 17M5 12.500h9a5 5 0 0 0 0-10"/>',
        "list": '<path d="M9 6h11M9 12h11M9 18h11M4.500 6v.01M4.500 12v.01M4.500 18v.01"/>',
        "person": '<circle cx="12" cy="8" r="4"/><path d="M4.500 20a7.500 7.500 0 0 1 15 0"/>',
        "scan": '<path d="M4 8V4h4m8 0h4v4m0 8v4h-4M8 20H4v-4M4 12h16"/>',
        "shield": '<path d="M12 3 5 6v5.500c0 4.500 3 7.500 7 9.500 4-2 7-5 7-9.500V6zm-3 9 2.200 2.200L15.500 10"/>',
        "flask": '<path d="M9.500 3h5m-4 0v6L5 19q-.5 2 1.500 2h11q2 0 1.500-2L13.500 9V3m-6 12h9"/>',
    }.items()
}

# The mark of a page; whatever is not here shows the mark of its tone.
MARKS: Final[Mapping[str, str]] = {
    "review": "list",
    "confirm": "person",
    "qr": "scan",
    "redirect": "next",
    "invoke": "next",
    "waiting": "wait",
    "unknown": "clock",
    "failed": "cross",
    "paid": "check",
    "refunded": "back",
    "expired": "clock",
    "closed": "lock",
}


@lru_cache(maxsize=256)
def qr_svg(content: str) -> Markup:
    """A QR code as inline SVG that fills its box; level M survives a scratched screen."""
    out = io.BytesIO()
    code = segno.make(content, error="m", micro=False)
    code.save(out, kind="svg", border=2, xmldecl=False, svgns=False, omitsize=True, lineclass=None, svgclass=None)
    return Markup(out.getvalue().decode().strip())  # noqa: S704 - made by segno of black squares


def method_logos(paths: Mapping[str, Path | None]) -> Mapping[str, Markup]:
    """The logo of each method type, cleaned for use inside the page; a card for types without one."""
    logos: defaultdict[str, Markup] = defaultdict(lambda: Markup(_GENERIC))  # noqa: S704 - a literal
    for method_type, path in paths.items():
        if path is not None and path.is_file():
            logos[method_type] = inline_svg(path.read_text(encoding="utf-8"))
    return logos


def inline_svg(text: str) -> Markup:
    """A channel's SVG without its own name (the method's name stands beside it) and without anything active."""
    start = text.find("<svg")
    if start < 0 or _SAFE.search(text):
        return Markup(_GENERIC)  # noqa: S704 - a literal
    body = re.sub(r"<(title|desc|metadata)\b.*?</\1>", "", text[start:], flags=re.DOTALL)
    head, _, rest = body.partition(">")
    head = re.sub(r'\s(xmlns(:\w+)?|role|aria-label|width|height|id|class|style|version)="[^"]*"', "", head)
    rest = re.sub(r'\sstyle="[^"]*"', "", rest)
    return Markup(f'{head} aria-hidden="true" focusable="false">{rest.strip()}')  # noqa: S704 - checked above
