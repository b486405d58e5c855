"""The console's own scripts and styles under `/admin/assets/{hash}/{name}`: the address names the content."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from checkstand.infra.resources import checkout_templates
from checkstand.scenario import schema

TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file, read and compressed once."""

    name: str
    body: bytes
    zipped: bytes
    media_type: str
    url: str


class Files:
    """Scripts and pictures of `_shared` and of each area, the checkout's tokens and htmx, the schema of scenarios."""

    def __init__(self, folder: Path) -> None:
        self._by_name: dict[str, File] = {}
        tokens = checkout_templates() / "_shared" / "css"
        css = b"\n".join(path.read_bytes() for path in (tokens / "tokens.css", folder / "_shared" / "console.css"))
        self._add("console.css", css)
        for path in sorted([*folder.glob("*/*.js"), *folder.glob("*/*.svg"), *folder.glob("*/vendor/*.js")]):
            self._add(path.name, path.read_bytes())
        self._add("htmx.js", next((checkout_templates() / "_shared" / "vendor").glob("htmx-*.min.js")).read_bytes())
        self._add(schema.PATH.name, schema.PATH.read_bytes())

    def _add(self, name: str, body: bytes) -> None:
        digest = hashlib.sha256(body).hexdigest()[:16]
        media_type = TYPES[Path(name).suffix]
        url = f"/admin/assets/{digest}/{name}"
        self._by_name[name] = File(name, body, gzip.compress(body, 9, mtime=0), media_type, url)

    def url(self, name: str) -> str:
        return self._by_name[name].url

    def find(self, digest: str, name: str) -> File | None:
        found = self._by_name.get(name)
        return found if found is not None and found.url == f"/admin/assets/{digest}/{name}" else None
