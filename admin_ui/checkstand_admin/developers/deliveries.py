"""Deliveries: what was sent, what came back, and once more."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app import steer_webhooks as steer
from checkstand.app.read_deliveries import STATES, delivery_story, list_deliveries
from checkstand.infra.webhooks import endpoints
from checkstand_admin.console import AnyRequest, Console, see_other


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/developers/deliveries", needs="webhooks.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        asked = {name: request.query_params.get(name, "") for name in ("state", "endpoint", "before")}
        state = asked["state"] if asked["state"] in STATES else ""
        rows, cursor = list_deliveries(
            platform, who.unit, who.mode, state=state, endpoint_id=asked["endpoint"], before=asked["before"]
        )
        with platform.db.read() as connection:
            known = endpoints(connection, who.unit, who.mode)
        t = console.texts.speaker(console.locale(request, who))
        everything = ("", t("developers.all"))
        kept = {"state": state, "endpoint": asked["endpoint"], "before": cursor}
        values: dict[str, Any] = {
            "deliveries": rows,
            "more": "?" + urlencode({name: value for name, value in kept.items() if value}) if cursor else "",
            "state": state,
            "state_choices": [
                ("", t("developers.all")),
                *((each, t(f"developers.delivery_state.{each}")) for each in STATES),
            ],
            "endpoint_choices": [everything, *((each.endpoint_id, each.url) for each in known)],
            "endpoint_id": asked["endpoint"],
            "urls": {each.endpoint_id: each.url for each in known},
        }
        return console.page(request, who, "developers/deliveries.html", **values)

    @get("/u/{unit:str}/{mode:str}/developers/deliveries/{delivery_id:str}", needs="webhooks.read",
         sync_to_thread=True)  # fmt: skip
    def show(request: AnyRequest, delivery_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        story = delivery_story(platform, who.unit, who.mode, delivery_id)
        return console.page(
            request, who, "developers/delivery.html", story=story, row=story.row, attempts=story.attempts
        )

    @post("/u/{unit:str}/{mode:str}/developers/deliveries/{delivery_id:str}/redeliver", needs="webhooks.write",
          sync_to_thread=True)  # fmt: skip
    def again(request: AnyRequest, delivery_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        queued = steer.redeliver_one(platform, who.actor, who.unit, who.mode, delivery_id)
        done = "webhook_sent" if queued else "webhook_running"
        return see_other(who.url("developers", "deliveries", delivery_id), done=done)

    return [index, show, again]
