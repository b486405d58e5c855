"""Reconciliation runs and what they found, to be read by a merchant's own systems."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from checkstand.app.platform import Platform
from checkstand.app.read_reconciliation import list_items, list_runs, read_run, run_facts
from checkstand.web.api.access import caller
from checkstand.web.api.answers import json_answer

Req = Request[Any, Any, Any]
SCOPE = "reconciliation:read"


def reconciliation_routes(platform: Platform) -> list[Any]:
    """Reading only: what is decided about a difference is decided by people, in the console."""

    @get("/reconciliation-runs", sync_to_thread=True)
    def index(request: Req, cursor: FromQuery[str | None] = None, limit: FromQuery[int] = 20) -> Response[bytes]:
        who = caller(platform, request, SCOPE)
        return json_answer(list_runs(platform, who.tenant_id, who.mode, cursor=cursor, limit=limit))

    @get("/reconciliation-runs/{run_id:str}", sync_to_thread=True)
    def show(request: Req, run_id: FromPath[str]) -> Response[bytes]:
        who = caller(platform, request, SCOPE)
        story = read_run(platform, who.tenant_id, who.mode, run_id)
        facts = {**run_facts(story.row), "classes": dict(story.classes), "net_minor": dict(story.net)}
        return json_answer({**facts, "receivable_minor": dict(story.owed), "percent": story.percent})

    @get("/reconciliation-runs/{run_id:str}/items", sync_to_thread=True)
    def items(
        request: Req,
        run_id: FromPath[str],
        item_class: FromQuery[str | None] = None,
        cursor: FromQuery[str | None] = None,
        limit: FromQuery[int] = 50,
    ) -> Response[bytes]:
        who = caller(platform, request, SCOPE)
        page = list_items(
            platform, who.tenant_id, who.mode, run_id, item_class=item_class or "", cursor=cursor, limit=limit
        )
        return json_answer(page)

    return [index, show, items]
