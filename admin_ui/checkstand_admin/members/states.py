"""A member is frozen, let go on, or closed; each with a reason and a line on the audit trail."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app.members.close_member import close_member
from checkstand.app.members.find import own_member
from checkstand.app.members.freeze_member import freeze_member, unfreeze_member
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, see_other
from checkstand_admin.members.common import told
from checkstand_admin.problems import STATUS


def routes(console: Console) -> list[Any]:
    platform = console.platform

    def page(
        request: AnyRequest, who: Visitor, member_id: str, *, status: int = 200, error: Any = None, reason: str = ""
    ) -> Response[bytes]:
        with platform.db.read() as connection:
            row = own_member(connection, who.unit, who.mode, member_id)
        return console.page(request, who, "members/states.html", status=status, member=row, error=error, reason=reason)

    def line(who: Visitor, action: str, member_id: str, reason: str) -> Op:
        after = {"reason": reason} if reason else None
        return who.actor.audit(who.unit, action, "member", member_id, platform.clock.now(), mode=who.mode, after=after)

    def done(request: AnyRequest, who: Visitor, member_id: str, form: Form, act: Any) -> Response[bytes]:
        try:
            act()
        except CheckstandError as error:
            problem = told(console, request, who, error)
            return page(request, who, member_id, status=STATUS[error.kind], error=problem, reason=form["reason"])
        return see_other(who.url("members", member_id), done="saved")

    @get("/u/{unit:str}/{mode:str}/members/{member_id:str}/status", needs="members.write", sync_to_thread=True)
    def ask(request: AnyRequest, member_id: FromPath[str]) -> Response[bytes]:
        return page(request, console.enter(request), member_id)

    @post("/u/{unit:str}/{mode:str}/members/{member_id:str}/freeze", needs="members.write", sync_to_thread=True)
    def freeze(request: AnyRequest, member_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        also = [line(who, "member.freeze", member_id, form["reason"])]
        return done(
            request, who, member_id, form,
            lambda: freeze_member(platform, who.unit, who.mode, member_id, form["reason"], also=also),
        )  # fmt: skip

    @post("/u/{unit:str}/{mode:str}/members/{member_id:str}/unfreeze", needs="members.write", sync_to_thread=True)
    def unfreeze(request: AnyRequest, member_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        also = [line(who, "member.unfreeze", member_id, "")]
        return done(
            request, who, member_id, form,
            lambda: unfreeze_member(platform, who.unit, who.mode, member_id, also=also),
        )  # fmt: skip

    @post("/u/{unit:str}/{mode:str}/members/{member_id:str}/closure", needs="members.write", sync_to_thread=True)
    def close(request: AnyRequest, member_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        also = [line(who, "member.close", member_id, form["reason"])]
        return done(
            request, who, member_id, form,
            lambda: close_member(platform, who.unit, who.mode, member_id, form["reason"], also=also),
        )  # fmt: skip

    return [ask, freeze, unfreeze, close]
