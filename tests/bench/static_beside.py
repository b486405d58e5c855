"""`checkstand serve` with one static page beside it, to compare a checkout page with: PUT it once, then GET it.

python -m tests.bench.static_beside serve
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Litestar, MediaType, Response, get, put
from litestar.params import RawBody

from checkstand.cli import main, serving

PATH: Final = "/static-page"


def static_page() -> Litestar:
    """What a page costs that nobody computes: same framework, same size on the wire, its bytes in memory."""
    held = {"page": b""}

    @put(PATH, sync_to_thread=False)
    def replace(body: RawBody) -> None:
        held["page"] = body

    @get(PATH, sync_to_thread=False, media_type=MediaType.HTML)
    def show() -> Response[bytes]:
        return Response(held["page"], headers={"content-encoding": "gzip", "cache-control": "no-store"})

    return Litestar([replace, show], openapi_config=None, logging_config=None)


def web_and_static(platform: Any, mounts: dict[str, Any]) -> Any:
    return build(platform, {**mounts, PATH: static_page()})


build = serving.web

if __name__ == "__main__":
    serving.web = web_and_static
    main()
