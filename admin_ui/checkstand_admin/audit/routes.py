"""The audit trail of a business unit: who did what, when, and what it was before."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get
from litestar.response import Stream
from sqlalchemy import Row

from checkstand.app.read_audit import begin_audit_export, every_line, read_actions, read_trail
from checkstand_admin._shared.sheets import safe
from checkstand_admin.audit.diff import differences
from checkstand_admin.console import AnyRequest, Console, headers

COLUMNS: Final = ("at", "actor_email", "action", "object_type", "object_id", "mode", "ip", "before", "after")


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/audit", needs="audit.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who, asked = console.enter(request), _asked(request.query_params)
        lines, older = read_trail(platform, who.unit, **asked, before=request.query_params.get("before", ""))
        link = who.url("audit")
        values: dict[str, Any] = {"lines": lines, "actions": read_actions(platform, who.unit), "asked": asked}
        values |= {"differences": differences, "export": f"{who.url('audit', 'export.csv')}?{urlencode(asked)}"}
        values["older"] = f"{link}?{urlencode({**asked, 'before': older})}" if older else ""
        return console.page(request, who, "audit/audit.html", **values)

    @get("/u/{unit:str}/{mode:str}/audit/export.csv", needs="audit.read", sync_to_thread=True)
    def export(request: AnyRequest) -> Stream:
        who, asked = console.enter(request), _asked(request.query_params)
        begin_audit_export(platform, who.actor, who.unit, mode=who.mode, asked=asked)
        name = f"audit-{who.unit}.csv"
        return Stream(
            _csv(every_line(platform, who.unit, **asked)),
            media_type="text/csv; charset=utf-8",
            headers={**headers(), "content-disposition": f'attachment; filename="{name}"'},
        )

    return [index, export]


def _asked(query: Mapping[str, str]) -> dict[str, str]:
    return {name: query.get(name, "").replace("\0", "").strip()[:100] for name in ("text", "action")}


def _csv(parts: Iterator[list[Row[Any]]]) -> Iterator[bytes]:
    """UTF-8 with the mark that spreadsheets need to recognise it."""
    yield _text([list(COLUMNS)]).encode("utf-8-sig")
    for part in parts:
        yield _text([[safe(_cell(getattr(line, name))) for name in COLUMNS] for line in part]).encode()


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return value.isoformat() if hasattr(value, "isoformat") else json.dumps(value, ensure_ascii=False)


def _text(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
