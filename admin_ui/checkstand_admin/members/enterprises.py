"""Enterprise members: their legal facts, what they may do, and who acts for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app.members.enterprise_members import (
    CreateEnterprise,
    Terms,
    change_enterprise,
    create_enterprise,
    terms_of,
)
from checkstand.app.members.find import own_member
from checkstand.app.members.operators import AddOperator, add_operator, remove_operator
from checkstand.kernel import CheckstandError
from checkstand.member import MemberNotFound
from checkstand.member.enterprise import ABILITIES, OPERATOR_ROLES, get_enterprise, operators_of
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, see_other
from checkstand_admin.members.common import told
from checkstand_admin.problems import STATUS

EMPTY = Terms("", "")


def routes(console: Console) -> list[Any]:
    return [*_new(console), *_changing(console), *_operators(console)]


def _new(console: Console) -> list[Any]:
    platform = console.platform

    def page(request: AnyRequest, who: Visitor, *, status: int = 200, **values: Any) -> Response[bytes]:
        shown = {"error": None, "external_id": "", "name": "", "terms": EMPTY, **_choices(console), **values}
        return console.page(request, who, "members/new_enterprise.html", status=status, **shown)

    @get("/u/{unit:str}/{mode:str}/members/new", needs="members.write", sync_to_thread=True)
    def ask(request: AnyRequest) -> Response[bytes]:
        return page(request, console.enter(request))

    @post("/u/{unit:str}/{mode:str}/members/new", needs="members.write", sync_to_thread=True)
    def create(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        terms, external_id = _terms(console, form), form["external_id"].strip()
        line = who.actor.audit(
            who.unit, "member.create", "member", external_id[:80], platform.clock.now(), mode=who.mode,
            after={"external_id": external_id, "legal_name": terms.legal_name},
        )  # fmt: skip
        command = CreateEnterprise(who.unit, who.mode, external_id, form["name"].strip()[:80], terms, [line])
        try:
            row, _ = create_enterprise(platform, command)
        except CheckstandError as error:
            problem = told(console, request, who, error)
            values = {"terms": terms, "external_id": external_id, "name": form["name"]}
            return page(request, who, status=STATUS[error.kind], error=problem, **values)
        return see_other(who.url("members", row.member_id), done="saved")

    return [ask, create]


def _changing(console: Console) -> list[Any]:
    platform = console.platform
    page = _page(console)

    @get("/u/{unit:str}/{mode:str}/members/{member_id:str}/enterprise", needs="members.read", sync_to_thread=True)
    def show(request: AnyRequest, member_id: FromPath[str]) -> Response[bytes]:
        return page(request, console.enter(request), member_id)

    @post("/u/{unit:str}/{mode:str}/members/{member_id:str}/enterprise", needs="members.write", sync_to_thread=True)
    def save(request: AnyRequest, member_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        terms, version = _terms(console, form), form["version"]
        line = who.actor.audit(
            who.unit, "member.change", "member", member_id, platform.clock.now(), mode=who.mode, after=_words(terms)
        )
        try:
            change_enterprise(
                platform, who.unit, who.mode, member_id, terms, int(version) if version.isdecimal() else 0, [line]
            )
        except CheckstandError as error:
            problem = told(console, request, who, error)
            return page(request, who, member_id, status=STATUS[error.kind], error=problem, terms=terms)
        return see_other(who.url("members", member_id, "enterprise"), done="saved")

    return [show, save]


def _operators(console: Console) -> list[Any]:
    platform = console.platform
    page = _page(console)

    @post("/u/{unit:str}/{mode:str}/members/{member_id:str}/operators", needs="members.write", sync_to_thread=True)
    def add(request: AnyRequest, member_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        command = AddOperator(who.unit, who.mode, member_id, form["name"], form["email"], form["role"])
        line = who.actor.audit(
            who.unit, "operator.add", "member", member_id, platform.clock.now(), mode=who.mode,
            after={"email": form["email"][:254], "role": form["role"][:10]},
        )  # fmt: skip
        try:
            add_operator(platform, command, [line])
        except CheckstandError as error:
            problem = told(console, request, who, error)
            return page(request, who, member_id, status=STATUS[error.kind], error=problem)
        return see_other(who.url("members", member_id, "enterprise"), done="saved")

    @post(
        "/u/{unit:str}/{mode:str}/members/{member_id:str}/operators/{operator_id:str}/removal",
        needs="members.write",
        sync_to_thread=True,
    )
    def remove(
        request: AnyRequest, member_id: FromPath[str], operator_id: FromPath[str], body: RawBody
    ) -> Response[bytes]:
        who, _ = console.submit(request, body)
        line = who.actor.audit(
            who.unit, "operator.remove", "member", member_id, platform.clock.now(), mode=who.mode,
            after={"operator": operator_id[:40]},
        )  # fmt: skip
        try:
            remove_operator(platform, who.unit, who.mode, member_id, operator_id, [line])
        except CheckstandError as error:
            problem = told(console, request, who, error)
            return page(request, who, member_id, status=STATUS[error.kind], error=problem)
        return see_other(who.url("members", member_id, "enterprise"), done="saved")

    return [add, remove]


def _page(console: Console) -> Callable[..., Response[bytes]]:
    platform = console.platform

    def page(
        request: AnyRequest, who: Visitor, member_id: str, *, status: int = 200, error: Any = None,
        terms: Terms | None = None,
    ) -> Response[bytes]:  # fmt: skip
        with platform.db.read() as connection:
            row = own_member(connection, who.unit, who.mode, member_id)
            known = get_enterprise(connection, who.unit, member_id)
            people = operators_of(connection, who.unit, member_id)
        if known is None:
            raise MemberNotFound(member=member_id)
        shown = {"member": row, "terms": terms or terms_of(known), "version": known.version, "people": people}
        shown |= {"roles": OPERATOR_ROLES, "error": error, **_choices(console)}
        return console.page(request, who, "members/enterprise.html", status=status, **shown)

    return page


def _choices(console: Console) -> dict[str, Any]:
    kinds = console.platform.registry.method_types()
    return {"abilities": ABILITIES, "method_types": {name: kind.names for name, kind in sorted(kinds.items())}}


def _terms(console: Console, form: Form) -> Terms:
    """What the form says; all methods ticked means every method, also one that is added later."""
    chosen = frozenset(form.all("methods"))
    every = frozenset(console.platform.registry.method_types())
    return Terms(
        legal_name=form["legal_name"],
        registration_no=form["registration_no"],
        contact_name=form["contact_name"],
        contact_email=form["contact_email"],
        contact_phone=form["contact_phone"],
        settlement_owner=form["settlement_owner"].strip(),
        may=frozenset(form.all("may")) & frozenset(ABILITIES),
        methods=None if chosen >= every else chosen,
    )


def _words(terms: Terms) -> dict[str, Any]:
    return {
        "legal_name": terms.legal_name,
        "registration_no": terms.registration_no,
        "settlement_owner": terms.settlement_owner,
        "may": sorted(terms.may),
        "methods": None if terms.methods is None else sorted(terms.methods),
    }
