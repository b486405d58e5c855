"""One stylesheet per form and theme, put together once, small enough to travel inside the page."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from markupsafe import Markup

from checkstand.infra.resources import checkout_templates
from checkstand.web.pages.theme import theme_css

SHARED: Final = ("tokens", "base", "components")


@dataclass(frozen=True, slots=True)
class Style:
    """The text of a `<style>` and the hash that lets the policy accept exactly this text."""

    text: Markup
    csp_hash: str


@lru_cache(maxsize=512)
def style_for(form: str, base: str, tokens: tuple[tuple[str, str | int], ...]) -> Style:
    """The critical CSS of one form under one theme."""
    night = _read("_shared/css/dark.css")
    scheme = {"light": "light", "dark": "dark"}.get(base, "light dark")
    parts = [_read(f"_shared/css/{name}.css") for name in SHARED]
    parts.insert(1, {"light": "", "dark": night}.get(base, f"@media (prefers-color-scheme:dark){{{night}}}"))
    parts.append(_read("_shared/css/notice.css" if form == "notice" else f"{form}/theme.css"))
    parts.append(theme_css(base, dict(tokens)))
    parts.append(f"@layer theme{{html{{color-scheme:{scheme}}}}}")
    text = minify("".join(parts))
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Style(Markup(text), f"'sha256-{digest}'")  # noqa: S704 - our own files and checked tokens


def minify(css: str) -> str:
    """Drop comments and the spaces that mean nothing; strings in our sheets hold no CSS."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,>])\s*", r"\1", css)
    css = re.sub(r":\s+", ":", css)
    return css.replace(";}", "}").strip()


def _read(path: str) -> str:
    return (checkout_templates() / path).read_text(encoding="utf-8")
