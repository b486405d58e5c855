"""Members of both kinds: found by the business unit's own id, read, changed, frozen and closed."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from checkstand.app.read_members import read_member, search_members
from checkstand_admin.console import AnyRequest, Console
from checkstand_admin.members import cards, enterprises, states

MAX_SEQ = 2**62
KINDS = ("personal", "enterprise")


def routes(console: Console) -> list[Any]:
    return [*_reading(console), *states.routes(console), *enterprises.routes(console), *cards.routes(console)]


def _reading(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/members", needs="members.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        external_id, after = _text(query.get("q", "")), _text(query.get("after", ""))
        kind = query.get("kind", "") if query.get("kind", "") in KINDS else ""
        found = search_members(platform, who.actor, who.unit, who.mode, external_id=external_id, after=after, kind=kind)
        return console.page(request, who, "members/members.html", page=found, external_id=external_id, kind=kind)

    @get("/u/{unit:str}/{mode:str}/members/{member_id:str}", needs="members.read", sync_to_thread=True)
    def member(request: AnyRequest, member_id: FromPath[str]) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        before = _number(query.get("before", ""))
        read = read_member(
            platform,
            who.actor,
            who.unit,
            who.mode,
            member_id,
            currency=query.get("currency", ""),
            before=before,
        )
        return console.page(request, who, "members/member.html", read=read)

    return [index, member]


def _text(typed: str) -> str:
    return typed.replace("\0", "")[:100]


def _number(text: str) -> int | None:
    return min(int(text[:19]), MAX_SEQ) if text.isascii() and text.isdigit() else None
