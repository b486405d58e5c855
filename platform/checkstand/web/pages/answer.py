"""From rendered pages to HTTP answers: compression, redirects, error pages."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException

from checkstand.kernel import CheckstandError
from checkstand.web.pages.assets import Asset
from checkstand.web.pages.notice import notice_for
from checkstand.web.pages.render import Rendered, Renderer
from checkstand.web.problems import STATUS

log = structlog.get_logger("pages")

FOREVER: Final = "public, max-age=31536000, immutable"
AnyRequest = Request[Any, Any, Any]


def takes_gzip(request: AnyRequest) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def html(
    request: AnyRequest, rendered: Rendered, *, status: int = 200, cookie: Cookie | None = None
) -> Response[bytes]:
    """A page, compressed where the browser takes it."""
    body, headers = rendered.html, dict(rendered.headers)
    if takes_gzip(request):
        body, headers["content-encoding"] = gzip.compress(body, 5, mtime=0), "gzip"
    media_type = headers.pop("content-type")
    cookies = [cookie] if cookie else []
    return Response(body, status_code=status, headers=headers, media_type=media_type, cookies=cookies)


def file(request: AnyRequest, asset: Asset, *, cache_control: str = FOREVER) -> Response[bytes]:
    """A static file. Its bytes were compressed once, at level 9."""
    headers = {"cache-control": cache_control, "x-content-type-options": "nosniff", "vary": "accept-encoding"}
    headers["cross-origin-resource-policy"] = "cross-origin" if asset.name == "embed.js" else "same-origin"
    if asset.name.endswith(".svg"):  # opened on its own, a picture may do nothing either
        headers["content-security-policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    body = asset.body
    if takes_gzip(request):
        body, headers["content-encoding"] = asset.zipped, "gzip"
    return Response(body, headers=headers, media_type=asset.media_type)


def see_other(location: str) -> Response[bytes]:
    """After a POST: a page that can be reloaded. Always our own, so `form-action 'self'` is enough."""
    return Response(b"", status_code=303, headers={"location": location, "cache-control": "no-store"})


def error_handlers(renderer: Renderer) -> Mapping[Any, Any]:
    """What a shopper sees instead of a page: the same design, the browser's language, no detail of ours."""

    def page(request: AnyRequest, status: int, code: str) -> Response[bytes]:
        again = request.url.path if request.method == "GET" else ""
        notice = notice_for(status, code, request.headers.get("accept-language", ""), again)
        return html(request, renderer.notice(notice), status=status)

    def refused(request: AnyRequest, error: CheckstandError) -> Response[bytes]:
        log.info("page.refused", code=error.code, **error.facts)
        return page(request, STATUS[error.kind], error.code)

    def not_served(request: AnyRequest, error: HTTPException) -> Response[bytes]:
        return page(request, error.status_code, "page.http_error")

    def mistake(request: AnyRequest, error: Exception) -> Response[bytes]:
        log.exception("page.failed")  # without the path: it holds the session's token
        return page(request, 500, "platform.mistake")

    return {CheckstandError: refused, HTTPException: not_served, Exception: mistake}
