"""API keys: shown once, replaced without an outage, ended at once."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app import manage_keys
from checkstand.kernel import CheckstandError, new_id
from checkstand.member.keys import keys_of
from checkstand.member.store import SCOPES
from checkstand_admin.console import AnyRequest, Console, Visitor, see_other
from checkstand_admin.developers.common import problem
from checkstand_admin.developers.quickstart import choices, snippets
from checkstand_admin.problems import STATUS


def routes(console: Console) -> list[Any]:
    platform = console.platform

    def page(request: AnyRequest, who: Visitor, *, status: int = 200, **values: Any) -> Response[bytes]:
        with platform.db.read() as connection:
            rows = keys_of(connection, who.unit, who.mode)
        shown = {"keys": rows, "scopes": SCOPES, "chosen": SCOPES, "once": new_id("key"), "error": None, "secret": ""}
        return console.page(request, who, "developers/keys.html", status=status, **(shown | values))

    def fresh(request: AnyRequest, who: Visitor, secret: str) -> Response[bytes]:
        """The only answer that ever holds this key: nothing to come back to, so no redirect."""
        plans = choices(platform, who)
        code = snippets(platform.settings.base_url, plans[0], secret) if plans and who.mode == "test" else []
        return page(request, who, secret=secret, snippets=code)

    @get("/u/{unit:str}/{mode:str}/developers/keys", needs="keys.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        return page(request, console.enter(request))

    @post("/u/{unit:str}/{mode:str}/developers/keys", needs="keys.write", sync_to_thread=True)
    def create(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        scopes = form.all("scope")
        try:
            secret = manage_keys.create_key(platform, who.actor, who.unit, who.mode, scopes, api_key_id=form["once"])
        except CheckstandError as error:
            shown = {"error": problem(console, request, error), "chosen": scopes}
            return page(request, who, status=STATUS[error.kind], **shown)
        return fresh(request, who, secret)

    @post("/u/{unit:str}/{mode:str}/developers/keys/{key_id:str}/rotate", needs="keys.write", sync_to_thread=True)
    def rotate(request: AnyRequest, key_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        try:
            secret = manage_keys.rotate_key(platform, who.actor, who.unit, who.mode, key_id)
        except manage_keys.KeyEnded as error:
            return page(request, who, status=409, error=problem(console, request, error))
        return fresh(request, who, secret)

    @post("/u/{unit:str}/{mode:str}/developers/keys/{key_id:str}/revoke", needs="keys.write", sync_to_thread=True)
    def revoke(request: AnyRequest, key_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        try:
            manage_keys.revoke_key(platform, who.actor, who.unit, who.mode, key_id)
        except manage_keys.KeyEnded as error:
            return page(request, who, status=409, error=problem(console, request, error))
        return see_other(who.url("developers", "keys"), done="key_revoked")

    return [index, create, rotate, revoke]
