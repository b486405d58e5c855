"""Sign up, sign in, one's own account, and the people of a business unit."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app import console_access as access
from checkstand.app import manage_units as units
from checkstand.kernel import CheckstandError, present
from checkstand.member import operators
from checkstand.member.identities import has_identity
from checkstand.member.permissions import PERMISSIONS, ROLES
from checkstand_admin.console import (
    PREFIX,
    PUBLIC,
    SIGNED_IN,
    AnyRequest,
    Console,
    Visitor,
    client_ip,
    read_form,
    see_other,
)
from checkstand_admin.people import single_sign_on
from checkstand_admin.people.entering import back_to, no_session, refuse_foreign, session_cookie
from checkstand_admin.problems import STATUS


def routes(console: Console) -> list[Any]:
    return [
        *_signing_in(console),
        *single_sign_on.routes(console),
        *_me(console),
        *_units(console),
        *_people(console),
        *_invitations(console),
    ]


def _signing_in(console: Console) -> list[Any]:
    platform = console.platform

    @get("/sign-in", needs=PUBLIC, sync_to_thread=True)
    def ask(request: AnyRequest) -> Response[bytes]:
        if console.visitor(request) is not None:
            return see_other(back_to(request.query_params.get("next", "")))
        return console.page(request, None, "people/sign_in.html", error=None, email="")

    @post("/sign-in", needs=PUBLIC, sync_to_thread=True)
    def enter(request: AnyRequest, body: RawBody) -> Response[bytes]:
        refuse_foreign(request)
        form = read_form(body)
        try:
            token = _session(request, form["email"], form["password"], form["code"])
        except CheckstandError as error:
            values = {"error": _problem(console, request, error), "email": form["email"]}
            return console.page(request, None, "people/sign_in.html", status=STATUS[error.kind], **values)
        return see_other(back_to(request.query_params.get("next", "")), cookies=[session_cookie(console, token)])

    @get("/sign-up", needs=PUBLIC, sync_to_thread=True)
    def ask_new(request: AnyRequest) -> Response[bytes]:
        return console.page(request, None, "people/sign_up.html", error=None, email="", name="")

    @post("/sign-up", needs=PUBLIC, sync_to_thread=True)
    def create(request: AnyRequest, body: RawBody) -> Response[bytes]:
        refuse_foreign(request)
        form = read_form(body)
        locale = console.locale(request)
        try:
            access.passwords_allowed(platform)
            access.create_operator(
                platform, form["email"], form["name"], form["password"], locale=locale, ip=client_ip(request)
            )
            token = _session(request, form["email"], form["password"], "")
        except CheckstandError as error:
            values = {"error": _problem(console, request, error), "email": form["email"], "name": form["name"]}
            return console.page(request, None, "people/sign_up.html", status=STATUS[error.kind], **values)
        return see_other(back_to(request.query_params.get("next", "")), cookies=[session_cookie(console, token)])

    @post("/sign-out", needs=SIGNED_IN, sync_to_thread=True)
    def leave(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        access.sign_out(platform, who.session_hash)
        return see_other(f"{PREFIX}/sign-in", done="signed_out", cookies=[no_session()])

    def _session(request: AnyRequest, email: str, password: str, code: str) -> str:
        agent = request.headers.get("user-agent", "")
        return access.sign_in(platform, email, password, code, ip=client_ip(request), user_agent=agent)

    return [ask, enter, ask_new, create, leave]


def _me(console: Console) -> list[Any]:
    platform = console.platform

    def page(request: AnyRequest, who: Visitor, *, status: int = 200, **values: Any) -> Response[bytes]:
        with platform.db.read() as connection:
            person = present(operators.get_operator(connection, who.operator_id), "who is signed in exists")
            shown: dict[str, Any] = {
                "sessions": operators.sessions_of(connection, who.operator_id, platform.clock.now()),
                "has_password": person.password_hash is not None,
                "connected": has_identity(connection, platform.settings.oidc_issuer, who.operator_id),
            }
        shown |= {"error": None, "totp": None, "codes": None, **values}
        return console.page(request, who, "people/me.html", status=status, **shown)

    @get("/me", needs=SIGNED_IN, sync_to_thread=True)
    def me(request: AnyRequest) -> Response[bytes]:
        return page(request, console.enter(request))

    @post("/me/password", needs=SIGNED_IN, sync_to_thread=True)
    def password(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            access.change_password(platform, who.actor, form["old"], form["new"], who.session_hash)
        except CheckstandError as error:
            return page(request, who, status=STATUS[error.kind], error=_problem(console, request, error))
        return see_other(f"{PREFIX}/me", done="password_changed")

    @post("/me/sessions/{session_hash:str}/end", needs=SIGNED_IN, sync_to_thread=True)
    def end(request: AnyRequest, session_hash: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        with platform.db.read() as connection:
            mine = operators.sessions_of(connection, who.operator_id, platform.clock.now())
        if session_hash in {row.session_hash for row in mine}:
            access.sign_out(platform, session_hash)
        return see_other(f"{PREFIX}/me", done="revoked")

    @post("/me/totp", needs=SIGNED_IN, sync_to_thread=True)
    def totp(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        secret = form["secret"]
        if not form["code"]:
            secret, _uri = access.new_totp(who.actor.email)
            return page(request, who, totp=_totp(secret, who.actor.email))
        try:
            codes = access.enable_totp(platform, who.actor, secret, form["code"])
        except CheckstandError as error:
            shown = {"totp": _totp(secret, who.actor.email), "error": _problem(console, request, error)}
            return page(request, who, status=STATUS[error.kind], **shown)
        return page(request, who, codes=codes)

    @post("/me/totp/off", needs=SIGNED_IN, sync_to_thread=True)
    def totp_off(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        access.disable_totp(platform, who.actor)
        return see_other(f"{PREFIX}/me", done="totp_off")

    return [me, password, end, totp, totp_off]


def _units(console: Console) -> list[Any]:
    platform = console.platform

    @get("/", needs=SIGNED_IN, sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        return console.page(request, console.enter(request), "people/units.html", error=None, form={})

    @post("/units", needs=SIGNED_IN, sync_to_thread=True)
    def create(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            units.create_unit(platform, who.actor, form["unit_id"], {"en": form["name"], "zh-CN": form["name_zh"]})
        except CheckstandError as error:
            values = {"error": _problem(console, request, error), "form": form}
            return console.page(request, who, "people/units.html", status=STATUS[error.kind], **values)
        return see_other(f"{PREFIX}/u/{form['unit_id']}/test/home", done="created")

    return [index, create]


def _people(console: Console) -> list[Any]:
    platform = console.platform

    def page(request: AnyRequest, who: Visitor, *, status: int = 200, **values: Any) -> Response[bytes]:
        with platform.db.read() as connection:
            people = operators.people_of(connection, who.unit)
            invitations = operators.open_invitations(connection, who.unit)
        shown: dict[str, Any] = {"people": people, "invitations": invitations, "error": None, "link": "", **values}
        shown |= {"roles": ROLES, "permissions": PERMISSIONS}
        return console.page(request, who, "people/people.html", status=status, **shown)

    @get("/u/{unit:str}/{mode:str}/people", needs="people.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        return page(request, console.enter(request))

    @post("/u/{unit:str}/{mode:str}/people/invitations", needs="people.write", sync_to_thread=True)
    def invite(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            token = units.invite(platform, who.actor, who.unit, form["email"], form["role"])
        except CheckstandError as error:
            return page(request, who, status=STATUS[error.kind], error=_problem(console, request, error))
        return page(request, who, link=f"{platform.settings.base_url}{PREFIX}/invitations/{token}")

    @post("/u/{unit:str}/{mode:str}/people/invitations/{invitation_id:str}/revoke", needs="people.write",
          sync_to_thread=True)  # fmt: skip
    def revoke(request: AnyRequest, invitation_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        units.revoke_invitation(platform, who.actor, who.unit, invitation_id)
        return see_other(who.url("people"), done="revoked")

    @post("/u/{unit:str}/{mode:str}/people/{operator_id:str}/role", needs="people.write", sync_to_thread=True)
    def role(request: AnyRequest, operator_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            units.change_role(platform, who.actor, who.unit, operator_id, form["role"] or None)
        except CheckstandError as error:
            return page(request, who, status=STATUS[error.kind], error=_problem(console, request, error))
        return see_other(who.url("people"), done="role_changed")

    return [index, invite, revoke, role]


def _invitations(console: Console) -> list[Any]:
    platform = console.platform

    @get("/invitations/{token:str}", needs=PUBLIC, sync_to_thread=True)
    def show(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
        row = units.read_invitation(platform, token)
        return console.page(request, console.visitor(request), "people/invitation.html", invitation=row, token=token)

    @post("/invitations/{token:str}", needs=SIGNED_IN, sync_to_thread=True)
    def accept(request: AnyRequest, token: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        unit = units.accept_invitation(platform, who.actor, token)
        return see_other(f"{PREFIX}/u/{unit}/test/home", done="joined")

    return [show, accept]


def _problem(console: Console, request: AnyRequest, error: CheckstandError) -> dict[str, str]:
    """An error above a form, in the person's language where we have it."""
    t, key = console.texts.speaker(console.locale(request)), f"people.problem.{error.code}"
    title = t(key) if key in console.texts.sentences else str(error)
    return {"title": title, "remedy": error.remedy if title == str(error) else "", "pointer": error.pointer or ""}


def _totp(secret: str, email: str) -> dict[str, str]:
    import pyotp
    import segno

    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Checkstand")
    return {"secret": secret, "svg": segno.make(uri, error="m").svg_inline(scale=4, light="#fff", dark="#000")}
