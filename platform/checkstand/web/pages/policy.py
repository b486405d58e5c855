"""The headers of a checkout page. Nothing is allowed that the page does not use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

FIXED: Final = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "vary": "accept-encoding",
}


def page_headers(style_hash: str, *, ancestors: Sequence[str] = (), ours: bool = False) -> dict[str, str]:
    """The policy of one page: this style, our scripts, forms to ourselves, frames only where they were asked for.

    `form-action` stays `'self'`: browsers also check the redirect after a POST, so a payment answers
    with 303 to our own page, and that page leads to the channel. Who may be framed at all may be framed
    by our own pages too: previews, and a storefront on the same address, whatever the port. With `ours`
    nobody else may.
    """
    allowed = [origin for origin in ancestors if is_origin(origin)]
    frames = " ".join(["'self'", *allowed]) if allowed or ours else "'none'"
    policy = (
        "default-src 'none'",
        f"style-src {style_hash}",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        f"frame-ancestors {frames}",
    )
    headers = {**FIXED, "content-security-policy": "; ".join(policy)}
    if ancestors:
        return headers
    return {**headers, "x-frame-options": "SAMEORIGIN" if ours else "DENY"}


def is_origin(text: str) -> bool:
    """`https://shop.example` and nothing that could smuggle in another directive."""
    parts = urlsplit(text)
    plain = text == f"{parts.scheme}://{parts.netloc}" and not any(char in text for char in " ;,'\"")
    return parts.scheme in {"https", "http"} and bool(parts.netloc) and plain
