"""What a person sees when something goes wrong: the same frame, what happened, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from checkstand.kernel import CheckstandError, Kind

if TYPE_CHECKING:
    from checkstand_admin.console import Console

log = structlog.get_logger("console")

STATUS: Final[dict[Kind, int]] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.MISMATCH: 422,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}
AnyRequest = Request[Any, Any, Any]


def error_handlers(console: Console) -> Mapping[Any, Any]:
    """One page for every refusal. Who is not signed in is sent to the sign-in page and comes back."""

    def show(request: AnyRequest, status: int, code: str, message: str, remedy: str) -> Response[bytes]:
        values = {"status_code": status, "code": code, "message": message, "remedy": remedy}
        return console.page(request, console.visitor(request), "_shared/problem.html", status=status, **values)

    def refused(request: AnyRequest, error: CheckstandError) -> Response[bytes]:
        if error.code == "console.sign_in_needed":
            back = request.url.path if request.method == "GET" else ""
            where = f"/admin/sign-in?next={quote(back, safe='/')}" if back else "/admin/sign-in"
            if request.headers.get("hx-request"):
                return Response(b"", status_code=401, headers={"hx-redirect": where})
            return Response(b"", status_code=303, headers={"location": where, "cache-control": "no-store"})
        log.info("console.refused", code=error.code)
        return show(request, STATUS[error.kind], error.code, str(error), error.remedy)

    def not_served(request: AnyRequest, error: HTTPException) -> Response[bytes]:
        return show(request, error.status_code, "console.http_error", str(error.detail), "")

    def mistake(request: AnyRequest, error: Exception) -> Response[bytes]:
        log.exception("console.failed", path=request.url.path)
        return show(request, 500, "platform.mistake", "", "")

    return {CheckstandError: refused, HTTPException: not_served, Exception: mistake}
