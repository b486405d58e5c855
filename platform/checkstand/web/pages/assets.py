"""Static files under `/assets/{hash}/{name}`: the address names the content, so it never changes."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from checkstand.infra.resources import checkout_templates

TYPES: Final = {".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, read once, compressed once."""

    name: str
    body: bytes
    zipped: bytes
    media_type: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:16]

    @property
    def url(self) -> str:
        return f"/assets/{self.digest}/{self.name}"

    @property
    def integrity(self) -> str:
        return "sha384-" + base64.b64encode(hashlib.sha384(self.body).digest()).decode()


def make_asset(name: str, body: bytes) -> Asset:
    return Asset(name, body, gzip.compress(body, 9, mtime=0), TYPES[Path(name).suffix])


@cache
def htmx() -> Asset:
    """The vendored htmx."""
    path = next((checkout_templates() / "_shared" / "vendor").glob("htmx-*.min.js"))
    return make_asset("htmx.js", path.read_bytes())


@cache
def behaviors() -> Asset:
    """Our small modules in one file; each keeps its names to itself and does nothing where it is not bound."""
    modules = sorted((checkout_templates() / "_shared" / "js").glob("*.js"))
    return make_asset("checkout.js", b"".join(b"{" + path.read_bytes().strip() + b"}\n" for path in modules))


@cache
def embed() -> Asset:
    """The script that a business unit's page includes to open the popup."""
    return make_asset("embed.js", (checkout_templates() / "popup" / "embed.js").read_bytes())


def logos(folder: Path | None) -> dict[str, Asset]:
    """The merchants' logos that themes may name, by file name."""
    found = sorted(folder.iterdir()) if folder and folder.is_dir() else []
    return {path.name: make_asset(path.name, path.read_bytes()) for path in found if path.suffix in {".svg", ".png"}}


def inventory() -> Mapping[str, Asset]:
    """Every script a checkout page may load, by address: the list that PCI DSS 6.4.3 asks for."""
    return {asset.url: asset for asset in (htmx(), behaviors())}
