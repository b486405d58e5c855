"""A random number for this browser, so that an experiment shows the same arm on the next visit."""

from __future__ import annotations

import re
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

from checkstand.kernel import new_token

NAME: Final = "cs_device"
_YEAR_S: Final = 365 * 24 * 3600
_SHAPE: Final = re.compile(r"[\w-]{20,64}", re.ASCII)


def device_of(request: Request[Any, Any, Any]) -> str | None:
    """The number this browser sent, if it is one of ours."""
    sent = request.cookies.get(NAME, "")
    return sent if _SHAPE.fullmatch(sent) else None


def device_cookie(request: Request[Any, Any, Any], *, framed: bool) -> Cookie | None:
    """A cookie for a browser that has none. Inside a foreign page only `SameSite=None` is sent, which needs https."""
    if device_of(request):
        return None
    secure = request.url.scheme == "https"
    samesite: Any = "none" if framed and secure else "lax"
    return Cookie(NAME, value=new_token(), path="/c", max_age=_YEAR_S, httponly=True, secure=secure, samesite=samesite)
