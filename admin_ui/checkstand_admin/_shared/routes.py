"""Static files and the language switch."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, RawBody

from checkstand_admin.console import LOCALE_COOKIE, PREFIX, PUBLIC, AnyRequest, Console, read_form, see_other
from checkstand_admin.texts import LOCALES

FOREVER: Final = "public, max-age=31536000, immutable"
YEAR_S: Final = 365 * 24 * 3600


def routes(console: Console) -> list[Any]:
    @get("/assets/{digest:str}/{name:str}", needs=PUBLIC, sync_to_thread=False)
    def asset(request: AnyRequest, digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
        found = console.files.find(digest, name)
        if found is None:
            raise NotFoundException()
        headers = {"cache-control": FOREVER, "x-content-type-options": "nosniff", "vary": "accept-encoding"}
        body = found.body
        if "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["content-encoding"] = found.zipped, "gzip"
        return Response(body, headers=headers, media_type=found.media_type)

    @post("/locale", needs=PUBLIC, sync_to_thread=False)
    def locale(body: RawBody) -> Response[bytes]:
        form = read_form(body)
        wanted = form["locale"] if form["locale"] in LOCALES else LOCALES[0]
        back = form["next"] if form["next"].startswith(f"{PREFIX}/") else f"{PREFIX}/"
        cookie = Cookie(key=LOCALE_COOKIE, value=wanted, path=PREFIX, max_age=YEAR_S, samesite="lax", httponly=True)
        return see_other(back, cookies=[cookie])

    return [asset, locale]
