"""Every deliberate error as RFC 9457 problem+json: code, detail, remedy, retryable, pointer."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from checkstand.kernel import CheckstandError, Kind

log = structlog.get_logger("web")

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


def problem(
    status: int, code: str, detail: str, remedy: str, *, retryable: bool = False, **more: Any
) -> Response[bytes]:
    """One problem document; `type` is the code as a URN; docs/reference/errors.md has a paragraph on each."""
    body = {
        "type": f"urn:checkstand:error:{code}",
        "title": code,
        "status": status,
        "code": code,
        "detail": detail,
        "remedy": remedy,
        "retryable": retryable,
        **{name: value for name, value in more.items() if value is not None},
    }
    headers = {"Retry-After": "2"} if retryable else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        msgspec.json.encode(body), status_code=status, media_type="application/problem+json", headers=headers
    )


def on_checkstand_error(request: Request[Any, Any, Any], error: CheckstandError) -> Response[bytes]:
    """The one place where a refusal becomes an HTTP status."""
    log.info("request.refused", code=error.code, path=request.url.path, **error.facts)
    errors = error.facts.get("errors")
    return problem(
        STATUS[error.kind],
        error.code,
        error.detail,
        error.remedy,
        retryable=error.retryable,
        pointer=error.pointer,
        errors=errors,
    )


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses before a handler runs: unknown path, method, too large a body."""
    codes = {404: "request.no_such_path", 405: "request.method_not_allowed", 413: "request.too_large"}
    remedies = {
        404: "Check the path; docs/reference/api.md lists every one.",
        405: "Check the method; docs/reference/api.md lists every one.",
        413: "Send at most 64 KiB.",
    }
    code = codes.get(error.status_code, "request.invalid")
    remedy = remedies.get(error.status_code, "Change the request.")
    return problem(error.status_code, code, error.detail, remedy)


def on_mistake(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A mistake of ours: logged with its trace, told without it."""
    log.exception("request.failed", path=request.url.path)
    return problem(
        500,
        "platform.mistake",
        "Something went wrong on our side.",
        "Repeat the request with the same Idempotency-Key; nothing is done twice.",
        retryable=True,
    )
