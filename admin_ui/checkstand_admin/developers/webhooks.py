"""Webhook endpoints: where the unit is told, with which secret, and how that has been going."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app import steer_webhooks as steer
from checkstand.app.read_deliveries import dry_run, list_deliveries
from checkstand.infra.webhooks import TYPES, endpoints
from checkstand.infra.webhooks.endpoint import BREAKER_AFTER
from checkstand.kernel import CheckstandError, new_id
from checkstand_admin.console import AnyRequest, Console, Visitor, see_other
from checkstand_admin.developers.common import problem
from checkstand_admin.problems import STATUS


def routes(console: Console) -> list[Any]:
    return [*_list(console), *_one(console)]


def _list(console: Console) -> list[Any]:
    platform = console.platform

    def page(request: AnyRequest, who: Visitor, *, status: int = 200, **values: Any) -> Response[bytes]:
        with platform.db.read() as connection:
            rows = endpoints(connection, who.unit, who.mode)
        shown: dict[str, Any] = {"endpoints": rows, "types": TYPES, "once": new_id("whe"), "error": None, "secret": ""}
        shown |= {"url": "", "chosen": [], **values}
        return console.page(request, who, "developers/webhooks.html", status=status, **shown)

    @get("/u/{unit:str}/{mode:str}/developers/webhooks", needs="webhooks.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        return page(request, console.enter(request))

    @post("/u/{unit:str}/{mode:str}/developers/webhooks", needs="webhooks.write", sync_to_thread=True)
    def create(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        url, events = form["url"].strip(), form.all("event")
        try:
            made, secret = steer.add_endpoint(
                platform, who.actor, who.unit, who.mode, url, events, endpoint_id=form["once"]
            )
        except CheckstandError as error:
            shown = {"error": problem(console, request, error), "url": url, "chosen": events}
            return page(request, who, status=STATUS[error.kind], **shown)
        return page(request, who, secret=secret, made=made)

    return [index, create]


def _one(console: Console) -> list[Any]:
    platform = console.platform

    def page(
        request: AnyRequest, who: Visitor, endpoint_id: str, *, status: int = 200, **values: Any
    ) -> Response[bytes]:
        endpoint = steer.own_endpoint(platform, who.unit, who.mode, endpoint_id)
        rows, more = list_deliveries(platform, who.unit, who.mode, endpoint_id=endpoint_id)
        shown: dict[str, Any] = {"endpoint": endpoint, "deliveries": rows[:10], "more": bool(more or rows[10:])}
        shown |= {"breaker_after": BREAKER_AFTER, "error": None, "secret": "", "dry": None}
        shown |= {"type_choices": [(name, name) for name in TYPES], "since": "", "until": "", **values}
        return console.page(request, who, "developers/endpoint.html", status=status, **shown)

    @get("/u/{unit:str}/{mode:str}/developers/webhooks/{endpoint_id:str}", needs="webhooks.read", sync_to_thread=True)
    def show(request: AnyRequest, endpoint_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        type_ = request.query_params.get("dry_run", "")
        dry = dry_run(platform, who.unit, who.mode, endpoint_id, type_) if type_ in TYPES else None
        return page(request, who, endpoint_id, dry=dry)

    @post("/u/{unit:str}/{mode:str}/developers/webhooks/{endpoint_id:str}/secret", needs="webhooks.write",
          sync_to_thread=True)  # fmt: skip
    def secret(request: AnyRequest, endpoint_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        try:
            fresh = steer.replace_secret(platform, who.actor, who.unit, who.mode, endpoint_id)
        except steer.SecretChangedMeanwhile as error:
            return page(request, who, endpoint_id, status=409, error=problem(console, request, error))
        return page(request, who, endpoint_id, secret=fresh)

    @post("/u/{unit:str}/{mode:str}/developers/webhooks/{endpoint_id:str}/disable", needs="webhooks.write",
          sync_to_thread=True)  # fmt: skip
    def disable(request: AnyRequest, endpoint_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        steer.disable_endpoint(platform, who.actor, who.unit, who.mode, endpoint_id)
        return see_other(who.url("developers", "webhooks", endpoint_id), done="endpoint_disabled")

    @post("/u/{unit:str}/{mode:str}/developers/webhooks/{endpoint_id:str}/enable", needs="webhooks.write",
          sync_to_thread=True)  # fmt: skip
    def enable(request: AnyRequest, endpoint_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        steer.enable_endpoint(platform, who.actor, who.unit, who.mode, endpoint_id)
        return see_other(who.url("developers", "webhooks", endpoint_id), done="endpoint_enabled")

    @post("/u/{unit:str}/{mode:str}/developers/webhooks/{endpoint_id:str}/test", needs="webhooks.write",
          sync_to_thread=True)  # fmt: skip
    def test(request: AnyRequest, endpoint_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        steer.send_test(platform, who.actor, who.unit, who.mode, endpoint_id)
        return see_other(who.url("developers", "webhooks", endpoint_id), done="webhook_sent")

    @post("/u/{unit:str}/{mode:str}/developers/webhooks/{endpoint_id:str}/redeliver", needs="webhooks.write",
          sync_to_thread=True)  # fmt: skip
    def again(request: AnyRequest, endpoint_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            since, until = _time(form["since"], who.zone), _time(form["until"], who.zone)
            count = steer.redeliver_range(
                platform, who.actor, who.unit, who.mode, endpoint_id, since, until, also_delivered=bool(form["all"])
            )
        except (steer.RangeInvalid, steer.RangeTooLarge) as error:
            shown = {"error": problem(console, request, error), "since": form["since"], "until": form["until"]}
            return page(request, who, endpoint_id, status=STATUS[error.kind], **shown)
        return see_other(who.url("developers", "webhooks", endpoint_id) + f"?count={count}", done="webhooks_queued")

    return [show, secret, disable, enable, test, again]


def _time(text: str, zone: ZoneInfo) -> datetime:
    """What a date and time field says, in the business unit's time zone."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        raise steer.RangeInvalid() from None
