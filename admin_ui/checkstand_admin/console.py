"""What every page of the console stands on: who is asking, may they, which words, which frame.

A handler says what it needs where it is declared and asks first thing:

    @get("/u/{unit:str}/{mode:str}/payments", needs="payments.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        return console.page(request, who, "payments/index.html", rows=…)

    @post("/u/{unit:str}/{mode:str}/keys", needs="keys.write", sync_to_thread=True)
    def create(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)

`needs` is a permission of `checkstand.member.permissions`, or one of PUBLIC, SIGNED_IN, ADMIN.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie

from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.app.preview_page import Preview
from checkstand.kernel import CheckstandError, Kind
from checkstand.member import get_tenant, operators
from checkstand.member.permissions import PERMISSIONS, may
from checkstand.member.unit_settings import settings_of
from checkstand_admin import formats
from checkstand_admin.assets import Files
from checkstand_admin.texts import LOCALES, Texts

PREFIX: Final = "/admin"
PUBLIC: Final = "public"  # nobody has to be signed in
SIGNED_IN: Final = "signed_in"  # any person
ADMIN: Final = "admin"  # a platform administrator
MODES: Final = ("test", "live")
COOKIE: Final = "cs_console"
LOCALE_COOKIE: Final = "cs_locale"
MAX_FIELDS: Final = 500
FOLDER: Final = Path(__file__).parent

AnyRequest = Request[Any, Any, Any]

# Area → the permission that shows it in the navigation, in this order.
NAVIGATION: Final = (
    ("home", "unit.read"),
    ("studio", "scenarios.read"),
    ("payments", "payments.read"),
    ("transactions", "transactions.read"),
    ("reconciliation", "reconciliation.read"),
    ("members", "members.read"),
    ("payouts", "payouts.read"),
    ("settlement", "settlement.read"),
    ("ledger", "ledger.read"),
    ("publishing", "scenarios.read"),
    ("experiments", "experiments.read"),
    ("developers", "keys.read"),
    ("people", "people.read"),
    ("audit", "audit.read"),
    ("messages", "messages.read"),
    ("settings", "unit.read"),
)


class SignInNeeded(CheckstandError):
    code = "console.sign_in_needed"
    kind = Kind.UNAUTHENTICATED
    message = "Sign in first."
    remedy = "Sign in; you come back to this page afterwards."


class NotYours(CheckstandError):
    """Absent, or another business unit's: the answer is the same."""

    code = "console.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such page."
    remedy = "Go back, or choose a business unit that you work in."


class NotAllowed(CheckstandError):
    code = "console.not_allowed"
    kind = Kind.FORBIDDEN
    message = "Your role does not allow this."
    remedy = "Ask an owner of the business unit for a role that does."


class FormExpired(CheckstandError):
    code = "console.form_expired"
    kind = Kind.FORBIDDEN
    message = "This form is from an earlier sign-in or from another site. Nothing was changed."
    remedy = "Open the page again and repeat what you did."


class FormUnreadable(CheckstandError):
    code = "console.form_unreadable"
    message = "This is not a form that the console can read."
    remedy = "Send UTF-8 form fields, at most 500 of them."


@dataclass(frozen=True)
class Visitor:
    """Who asks, in which business unit and mode."""

    actor: Actor
    name: str
    locale: str
    is_admin: bool
    csrf: str
    session_hash: str
    has_totp: bool
    unit: str = ""
    unit_name: str = ""
    mode: str = "test"
    role: str | None = None
    zone: ZoneInfo = formats.ZONE

    @property
    def operator_id(self) -> str:
        return self.actor.operator_id

    def may(self, permission: str) -> bool:
        return may(self.role, permission, is_admin=self.is_admin)

    def url(self, *parts: str, mode: str | None = None) -> str:
        """An address in this unit and mode: `who.url("payments", payment_id)`."""
        tail = "".join("/" + quote(part, safe="") for part in parts)
        return f"{PREFIX}/u/{quote(self.unit, safe='')}/{mode or self.mode}{tail}"


class Form(Mapping[str, str]):
    """The fields of a post; an absent one reads as the empty string."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs
        self._last = dict(pairs)

    def __getitem__(self, name: str) -> str:
        return self._last.get(name, "")

    def __iter__(self) -> Any:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def all(self, name: str) -> list[str]:
        """Every value of a repeated field, in the order of the page."""
        return [value for key, value in self._pairs if key == name]


class Console:
    """The platform with a face."""

    def __init__(self, platform: Platform, preview: Preview) -> None:
        self.platform = platform
        self.preview = preview
        self.texts = Texts(FOLDER)
        self.files = Files(FOLDER)
        self.environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(FOLDER)]),
            undefined=StrictUndefined,
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.do"],
        )
        self.environment.globals.update(PREFIX=PREFIX, files=self.files, LOCALES=LOCALES)
        settings = platform.settings
        self.environment.globals.update(sso_name=settings.oidc_label, password_sign_in=settings.password_sign_in)
        self.environment.filters.update(formats.FILTERS)
        self.environment.tests["in_texts"] = self.texts.sentences.__contains__

    @cached_property
    def _key(self) -> bytes:
        return hashlib.blake2b(self.platform.settings.secret_key, person=b"console-csrf").digest()

    # ── who is asking ───────────────────────────────────────────────────────────────────────────

    def enter(self, request: AnyRequest) -> Visitor:
        """The visitor, who may do what the route needs. Raises `SignInNeeded`, `NotYours`, `NotAllowed`."""
        needs = request.route_handler.opt["needs"]
        who = self.visitor(request)
        if who is None:
            raise SignInNeeded()
        if needs == ADMIN and not who.is_admin:
            raise NotYours()
        if needs in PERMISSIONS:
            who = self._in_unit(who, request.path_params["unit"], request.path_params.get("mode", "test"))
            if not who.may(needs):
                raise NotAllowed(needs=needs)
        return who

    def submit(self, request: AnyRequest, body: bytes) -> tuple[Visitor, Form]:
        """`enter` for a post: also reads the form and refuses one that is not from a page of this sign-in."""
        who = self.enter(request)
        form = read_form(body)
        _own_form(who, form)
        return who, form

    def check(self, request: AnyRequest, form: Form) -> Visitor:
        """`submit` for fields that were read already: of a form that carries a file."""
        who = self.enter(request)
        _own_form(who, form)
        return who

    def visitor(self, request: AnyRequest) -> Visitor | None:
        """Whoever is signed in on this browser, outside any unit."""
        token = request.cookies.get(COOKIE, "")
        if not token:
            return None
        with self.platform.db.read() as connection:
            row = operators.live_session(connection, token, self.platform.clock.now())
        if row is None:
            return None
        return Visitor(
            actor=Actor(row.operator_id, row.email, client_ip(request)),
            name=row.name,
            locale=request.cookies.get(LOCALE_COOKIE) or row.locale,
            is_admin=row.is_admin,
            csrf=self.csrf(row.session_hash),
            session_hash=row.session_hash,
            has_totp=row.totp_sealed is not None,
        )

    def _in_unit(self, who: Visitor, unit: str, mode: str) -> Visitor:
        with self.platform.db.read() as connection:
            role = operators.role_in(connection, unit, who.operator_id)
            row = get_tenant(connection, unit) if role or who.is_admin else None
            zone = ZoneInfo(settings_of(connection, unit).time_zone)
        if row is None or mode not in MODES:
            raise NotYours()
        name = str(row.name.get(who.locale) or row.name.get("en") or next(iter(row.name.values()), unit))
        return Visitor(**{**vars(who), "unit": unit, "unit_name": name, "mode": mode, "role": role, "zone": zone})

    def csrf(self, session_hash: str) -> str:
        """The token that a form of this sign-in carries."""
        return hmac.new(self._key, session_hash.encode(), "sha256").hexdigest()

    # ── what they see ───────────────────────────────────────────────────────────────────────────

    def locale(self, request: AnyRequest, who: Visitor | None = None) -> str:
        """The person's language, else the browser's, else English."""
        wanted = request.cookies.get(LOCALE_COOKIE) or (who.locale if who else "")
        return self.texts.nearest(wanted or request.headers.get("accept-language", ""))

    def page(
        self, request: AnyRequest, who: Visitor | None, template: str, *, status: int = 200, **values: Any
    ) -> Response[bytes]:
        """A page in the console's frame. In the template: `who`, `t`, `request_path` and the values."""
        locale = self.locale(request, who)
        html = self.environment.get_template(template).render(
            who=who,
            t=self.texts.speaker(locale),
            locale=locale,
            navigation=self._navigation(who),
            units=self._units(who),
            request_path=request.url.path,
            query=dict(request.query_params),
            flash=request.query_params.get("done", ""),
            now=self.platform.clock.now(),
            **values,
        )
        return Response(html.encode(), status_code=status, headers=headers(), media_type="text/html; charset=utf-8")

    def part(self, request: AnyRequest, who: Visitor | None, template: str, **values: Any) -> Response[bytes]:
        """A fragment for htmx, without the frame."""
        return self.page(request, who, template, **values)

    def _navigation(self, who: Visitor | None) -> list[tuple[str, str]]:
        if who is None or not who.unit:
            return []
        return [(area, who.url(area)) for area, permission in NAVIGATION if who.may(permission)]

    def _units(self, who: Visitor | None) -> list[Any]:
        if who is None:
            return []
        with self.platform.db.read() as connection:
            return operators.units_of(connection, who.operator_id, is_admin=who.is_admin)


def _own_form(who: Visitor, form: Form) -> None:
    """Refuse a form that is not from a page of this sign-in."""
    if not hmac.compare_digest(form["csrf"].encode(), who.csrf.encode()):
        raise FormExpired()


def see_other(location: str, *, done: str = "", cookies: list[Cookie] | None = None) -> Response[bytes]:
    """After a post, so that the page can be reloaded. `done` names a sentence of `flash.*`."""
    if done:
        location += ("&" if "?" in location else "?") + "done=" + quote(done, safe="")
    answer = Response(b"", status_code=303, headers={"location": location, "cache-control": "no-store"})
    answer.cookies.extend(cookies or [])
    return answer


def read_form(body: bytes) -> Form:
    """URL-encoded fields."""
    try:
        return Form(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except (UnicodeDecodeError, ValueError):
        raise FormUnreadable() from None


def client_ip(request: AnyRequest) -> str:
    return request.client.host if request.client else ""


def headers() -> dict[str, str]:
    """The console's own scripts and styles only, and no frames but the preview from the same address."""
    policy = (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors 'none'"
    )
    return {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
