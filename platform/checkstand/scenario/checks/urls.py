"""Addresses: absolute, https, and without surprises. On this very machine http is fine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, urlsplit

from checkstand.rule.wording import closest
from checkstand.scenario.finding import Document, Facts, Finding, section
from checkstand.scenario.node import Path

PLACEHOLDERS: Final = ("order_no",)
LOOPBACK: Final = frozenset(("localhost", "127.0.0.1", "::1"))
_BRACES: Final = re.compile(r"\{([^{}]*)\}")


def addresses(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Each address of the document can be used."""
    urls = section(document, "urls")
    if "return_url" in urls:
        yield from _return_url(urls["return_url"])
    if "notify_url" in urls:
        yield from _address(urls["notify_url"], ("urls", "notify_url"))
    for index, consent in enumerate(document.get("consents", ())):
        if "url" in consent:
            yield from _address(consent["url"], ("consents", index, "url"))
    for index, origin in enumerate(section(document, "embed").get("allowed_origins", ())):
        yield from _origin(origin, ("embed", "allowed_origins", index))


def _return_url(url: str) -> Iterator[Finding]:
    path: Path = ("urls", "return_url")
    for name in _BRACES.findall(url):
        if name not in PLACEHOLDERS:
            hint = closest(name, PLACEHOLDERS) or f"; known is {', '.join('{' + p + '}' for p in PLACEHOLDERS)}"
            yield Finding(path, "url.placeholder", f'unknown placeholder "{{{name}}}"{hint}')
            return
    parts = _split(url)
    if parts is not None and _BRACES.search(parts.netloc):
        yield Finding(
            path, "url.placeholder_in_host", "a placeholder may stand in the path or the query, not in the host"
        )
        return
    yield from _address(_BRACES.sub("x", url), path, shown=url)


def _address(url: str, path: Path, *, shown: str = "") -> Iterator[Finding]:
    problem = _problem(url)
    if problem:
        yield Finding(path, "url.invalid", f'"{shown or url}" {problem}')


def _origin(origin: str, path: Path) -> Iterator[Finding]:
    parts = _split(origin)
    problem = _problem(origin)
    if problem is None and parts is not None and (parts.path or parts.query or parts.fragment):
        problem = f"is a page; an origin is {parts.scheme}://{parts.netloc} and nothing behind it"
    if problem:
        yield Finding(path, "url.origin", f'"{origin}" {problem}')


def _problem(url: str) -> str | None:
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\\]", url):
        return "is not an absolute address like https://shop.example/orders"
    if parts.username is not None or parts.password is not None:
        return "contains a user name; addresses of a scenario are public"
    if "*" in parts.hostname:
        return "contains a wildcard; name each host"
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        return "must use https; http is for this machine only (127.0.0.1, localhost)"
    return None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return None
    return parts
