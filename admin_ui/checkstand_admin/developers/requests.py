"""Requests: what the unit's servers called, what we answered, and what to do about a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromPath

from checkstand.app.read_requests import RequestFilter, list_requests, request_story
from checkstand.member.keys import keys_of
from checkstand.monitoring.request_log import CLASSES
from checkstand_admin.console import AnyRequest, Console

_CURL: Final = """\
curl -sSi {url}/v1/payments \\
  -H "Authorization: Bearer sk_{mode}_…"
"""
FIELDS: Final = ("q", "status", "path", "key", "from", "to")


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/developers/requests", needs="requests.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        typed, wanted, wrong = read_filter(request.query_params, who.zone)
        found = list_requests(platform, who.unit, who.mode, wanted, request.query_params.get("cursor", ""))
        with platform.db.read() as connection:
            keys = keys_of(connection, who.unit, who.mode)
        hints = {key.api_key_id: key.hint for key in keys}
        t = console.texts.speaker(console.locale(request, who))
        everything = ("", t("developers.all"))
        values: dict[str, Any] = {
            "found": found,
            "typed": typed,
            "wrong": wrong,
            "hints": hints,
            "classes": [everything, *((str(each), t(f"developers.requests.class.{each}xx")) for each in CLASSES)],
            "keys": [everything, *hints.items()],
            "older_url": _older(who.url("developers", "requests"), typed, found.page.next_cursor),
            "curl": _CURL.format(url=platform.settings.base_url, mode=who.mode),
        }
        return console.page(request, who, "developers/requests.html", **values)

    @get("/u/{unit:str}/{mode:str}/developers/requests/{request_id:str}", needs="requests.read", sync_to_thread=True)
    def show(request: AnyRequest, request_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        story = request_story(platform, who.unit, who.mode, request_id)
        with platform.db.read() as connection:
            hints = {key.api_key_id: key.hint for key in keys_of(connection, who.unit, who.mode)}
        places = _places(story.row.problem or {})
        return console.page(
            request, who, "developers/request.html", story=story, row=story.row, hints=hints, places=places
        )

    return [index, show]


def read_filter(query: Mapping[str, str], zone: ZoneInfo) -> tuple[dict[str, str], RequestFilter, list[str]]:
    """What was typed, what it means, and the names of fields that make no sense."""
    typed = {name: query.get(name, "").replace("\0", "").strip()[:200] for name in FIELDS}
    typed = {name: value for name, value in typed.items() if value}
    times = {name: _time(typed.get(name, ""), zone) for name in ("from", "to")}
    wrong = [name for name, at in times.items() if name in typed and at is None]
    status = typed.get("status", "")
    wanted = RequestFilter(
        named=typed.get("q", ""),
        status_class=int(status) if status in map(str, CLASSES) else None,
        path=typed.get("path", ""),
        api_key_id=typed.get("key", ""),
        since=times["from"],
        until=times["to"],
    )
    return typed, wanted, wrong


def _time(text: str, zone: ZoneInfo) -> datetime | None:
    """What `datetime-local` sends, in the unit's zone."""
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return None
    return at if 2000 <= at.year <= 2100 else None


def _older(url: str, typed: Mapping[str, str], cursor: str) -> str:
    return f"{url}?{urlencode({**typed, 'cursor': cursor})}" if cursor else ""


def _places(problem: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Field → what is wrong there, of one mistake or of several."""
    errors = problem.get("errors")
    if isinstance(errors, list):
        parts = [str(each).partition(": ") for each in errors]
        return [(pointer, said) for pointer, _, said in parts]
    pointer = problem.get("pointer")
    return [(str(pointer), str(problem.get("detail", "")))] if pointer else []
