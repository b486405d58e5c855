"""What every way into the console shares: the cookie of a session, the way back, and whose form it is."""

from __future__ import annotations

from typing import Final

from litestar.datastructures import Cookie

from checkstand.member.operators import SESSION_TTL
from checkstand_admin.console import COOKIE, PREFIX, AnyRequest, Console, FormExpired

LONGEST_BACK: Final = 1000  # it travels in a cookie


def session_cookie(console: Console, token: str) -> Cookie:
    """Remember a session in this browser."""
    return own_cookie(console, COOKIE, token, path=PREFIX, max_age=int(SESSION_TTL.total_seconds()))


def own_cookie(console: Console, key: str, value: str, *, path: str, max_age: int) -> Cookie:
    """A cookie that scripts cannot read and other sites cannot send along with a form."""
    secure = console.platform.settings.base_url.startswith("https:")
    return Cookie(key=key, value=value, path=path, max_age=max_age, httponly=True, samesite="lax", secure=secure)


def no_cookie(key: str, path: str) -> Cookie:
    """Forget a cookie."""
    return Cookie(key=key, value="", path=path, max_age=0, httponly=True, samesite="lax")


def no_session() -> Cookie:
    """Forget the session in this browser."""
    return no_cookie(COOKIE, PREFIX)


def refuse_foreign(request: AnyRequest) -> None:
    """Before anybody is signed in there is no token to compare: then the browser says where a form comes from."""
    if from_elsewhere(request):
        raise FormExpired()


def from_elsewhere(request: AnyRequest) -> bool:
    """Whether another site sent the browser here."""
    return request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}


def back_to(path: str) -> str:
    """Where to go after signing in: a page of the console, nothing else."""
    local = path.startswith(f"{PREFIX}/") and "\\" not in path and "//" not in path and len(path) <= LONGEST_BACK
    return path if local else f"{PREFIX}/"
