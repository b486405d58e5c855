"""Sign in at the identity provider: leave for it, come back, and a page for everything that can go wrong on the way."""

from __future__ import annotations

from typing import Any, Final

import structlog
from litestar import Response, get

from checkstand.app import single_sign_on as sso
from checkstand.kernel import CheckstandError, Kind
from checkstand_admin.console import PREFIX, PUBLIC, AnyRequest, Console, client_ip, see_other
from checkstand_admin.people.entering import back_to, from_elsewhere, no_cookie, own_cookie, session_cookie
from checkstand_admin.problems import STATUS

log = structlog.get_logger("console")

BEGIN: Final = "/sign-in/single-sign-on"
RETURN: Final = f"{BEGIN}/return"
COOKIE_PATH: Final = f"{PREFIX}{BEGIN}"


def routes(console: Console) -> list[Any]:
    platform = console.platform
    redirect_uri = f"{platform.settings.base_url}{PREFIX}{RETURN}"

    @get(BEGIN, needs=PUBLIC, sync_to_thread=True)
    def begin(request: AnyRequest) -> Response[bytes]:
        """Who is signed in connects an identity; everybody else signs in."""
        back, who = back_to(request.query_params.get("next", "")), console.visitor(request)
        if who is not None and from_elsewhere(request):
            return see_other(back)  # another site may not make somebody connect an identity
        try:
            begun = sso.begin(
                platform, back=back, redirect_uri=redirect_uri, session_hash=who.session_hash if who else ""
            )
        except CheckstandError as error:
            return refused(request, error, back)
        held = own_cookie(
            console, _cookie(begun.state), begun.sealed, path=COOKIE_PATH, max_age=int(sso.SIGN_IN_TTL.total_seconds())
        )
        return see_other(begun.url, cookies=[held])

    @get(RETURN, needs=PUBLIC, sync_to_thread=True)
    def finish(request: AnyRequest) -> Response[bytes]:
        answer, who = dict(request.query_params), console.visitor(request)
        key = _cookie(answer.get("state", ""))
        try:
            finished = sso.finish(
                platform,
                answer,
                request.cookies.get(key, ""),
                redirect_uri=redirect_uri,
                who=who.actor if who else None,
                session_hash=who.session_hash if who else "",
                locale=console.locale(request, who),
                ip=client_ip(request),
                user_agent=request.headers.get("user-agent", ""),
            )
        except CheckstandError as error:
            page = refused(request, error, f"{PREFIX}/")
            if not error.retryable:
                page.cookies.append(no_cookie(key, COOKIE_PATH))
            return page
        if finished.token is None:
            return see_other(finished.back, done="connected", cookies=[no_cookie(key, COOKIE_PATH)])
        return see_other(finished.back, cookies=[session_cookie(console, finished.token), no_cookie(key, COOKIE_PATH)])

    def refused(request: AnyRequest, error: CheckstandError, back: str) -> Response[bytes]:
        say = log.warning if error.kind is Kind.UNAVAILABLE else log.info  # the former is for who runs the installation
        say("console.single_sign_on_refused", code=error.code, **error.facts)
        values = {"code": error.code, "status_code": STATUS[error.kind], "back": back}
        values |= {"message": error.message, "remedy": error.remedy}
        who = console.visitor(request)
        return console.page(request, who, "people/single_sign_on_problem.html", status=STATUS[error.kind], **values)

    return [begin, finish]


def _cookie(state: str) -> str:
    """One cookie for each sign-in that is under way, so that two tabs do not disturb each other."""
    return "cs_sso_" + "".join(each for each in state[:12] if each.isascii() and each.isalnum())
