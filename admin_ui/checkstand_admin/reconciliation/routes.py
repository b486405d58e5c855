"""Reconciliation: runs and their progress, statements that are brought by hand, and the desk of differences."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, RawBody
from litestar.response import Stream

from checkstand.app.read_reconciliation import accounts_of, every_item, read_item, read_run
from checkstand.app.reconcile import Day, reconcile
from checkstand.app.reconcile_desk import approve_write_off, assign, comment, reject_write_off, resolve
from checkstand.app.statement_files import statement_file
from checkstand.channel.port import Capability
from checkstand.kernel import CheckstandError, Kind
from checkstand.reconciliation import bank_store, queue, refused_store
from checkstand.reconciliation.classes import ItemClass, Manual
from checkstand.reconciliation.errors import ActionImpossible
from checkstand.reconciliation.labels import level_of
from checkstand_admin._shared.sheets import WRITERS, as_it_is, download
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, see_other
from checkstand_admin.problems import STATUS
from checkstand_admin.reconciliation import exports
from checkstand_admin.reconciliation.filters import STATUSES, read_filters
from checkstand_admin.reconciliation.upload import read_upload

AREA: Final = "reconciliation"
PATH: Final = "/u/{unit:str}/{mode:str}/reconciliation"
PAGE: Final = 50
DAYS: Final = 20  # days and their runs on a page; below them follow the bank's
MAX_UPLOAD: Final = 256 * 1024 * 1024
TONES: Final = {
    "CLOSED": "success", "MATCHED": "success", "POSTED": "warning", "RUNNING": "warning", "SUPERSEDED": "neutral",
    "DISCREPANT": "danger", "ASSIGNED": "warning", "RESOLVED": "neutral", "escalated": "danger", "lead": "danger",
    "owner": "warning", "new": "neutral", "waiting": "warning", "given_up": "danger",
}  # fmt: skip


class DayUnreadable(CheckstandError):
    code = "console.day_unreadable"
    message = "This is no day."
    remedy = "Choose the day that the statement is about."


def routes(console: Console) -> list[Any]:
    return [*_runs(console), _file(console), *_upload(console), *_queue(console), *_item(console)]


def _runs(console: Console) -> list[Any]:
    @get(PATH, needs="reconciliation.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        return _index(console, request, console.enter(request))

    @get(f"{PATH}/runs/{{run_id:str}}", needs="reconciliation.read", sync_to_thread=True)
    def show(request: AnyRequest, run_id: FromPath[str]) -> Response[bytes]:
        return run_page(request, run_id, "reconciliation/run.html")

    @get(f"{PATH}/runs/{{run_id:str}}/progress", needs="reconciliation.read", sync_to_thread=True)
    def progress(request: AnyRequest, run_id: FromPath[str]) -> Response[bytes]:
        return run_page(request, run_id, "reconciliation/progress.html")

    def run_page(request: AnyRequest, run_id: str, template: str) -> Response[bytes]:
        who = console.enter(request)
        story = read_run(console.platform, who.unit, who.mode, run_id)
        with console.platform.db.read() as connection:
            wanted = queue.Wanted(status="different", of_run=(run_id, story.row.cleared_on))
            rows = queue.queue(connection, who.unit, [story.row.channel_account_id], wanted, limit=500)
        values: dict[str, Any] = {"story": story, "items": rows, "tones": TONES, "accounts": _names(console, who)}
        return console.page(request, who, template, **values)

    return [index, show, progress]


def _file(console: Console) -> Any:
    @get(f"{PATH}/files/{{file_id:str}}", needs="reconciliation.read", sync_to_thread=True)
    def show(request: AnyRequest, file_id: FromPath[str]) -> Stream:
        who = console.enter(request)
        file = statement_file(console.platform, who.unit, who.mode, file_id)
        return as_it_is(file.name, file.parts, file.size)

    return show


def _upload(console: Console) -> list[Any]:
    platform = console.platform

    @post(f"{PATH}/statements", needs="reconciliation.resolve", sync_to_thread=True, request_max_body_size=MAX_UPLOAD)
    def upload(request: AnyRequest, body: RawBody) -> Response[bytes]:
        sent = read_upload(body, request.headers.get("content-type", ""))
        who = console.check(request, sent.form)
        try:
            name, content = sent.file()
            account_id, day = _account(console, who, sent.form["account"]), _day(sent.form["day"])
            with tempfile.TemporaryDirectory(prefix="statement_") as folder:
                path = Path(folder) / (name or "statement")
                path.write_bytes(content)
                run = reconcile(platform, Day(who.unit, account_id, day), path)
        except CheckstandError as error:
            return _index(console, request, who, error=error, typed=sent.form)
        return see_other(who.url(AREA, "runs", run.run_id), done="statement_used")

    return [upload]


def _queue(console: Console) -> list[Any]:
    platform = console.platform

    @get(f"{PATH}/queue", needs="reconciliation.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        filters, cursor = read_filters(query), query.get("cursor", "")
        accounts, rows = accounts_of(platform, who.unit, who.mode), []
        with platform.db.read() as connection:
            if not filters.wrong:
                rows = list(
                    queue.queue(
                        connection, who.unit, list(accounts), filters.wanted, after=_cursor(cursor), limit=PAGE + 1
                    )
                )
            ageing = queue.ageing(connection, who.unit, list(accounts))
        following = queue.cursor_of(rows[PAGE - 1]) if len(rows) > PAGE else ""
        now = platform.clock.now()
        values: dict[str, Any] = {"rows": rows[:PAGE], "next_cursor": following, "filters": filters, "ageing": ageing}
        values |= {"accounts": _names(console, who), "classes": list(ItemClass), "statuses": STATUSES, "tones": TONES}
        values |= {"levels": {row.item_id: level_of(row.created_at, now) for row in rows}}
        return console.page(request, who, "reconciliation/queue.html", status=400 if filters.wrong else 200, **values)

    @get(f"{PATH}/queue/export", needs="reconciliation.read", sync_to_thread=True)
    def export(request: AnyRequest) -> Stream:
        who, query = console.enter(request), request.query_params
        filters, file_format, now = read_filters(query), query.get("format", "csv"), platform.clock.now()
        if filters.wrong or file_format not in WRITERS:
            raise ActionImpossible("no such filter or format")
        t = console.texts.speaker(console.locale(request, who))
        parts = every_item(platform, who.unit, who.mode, filters.wanted)
        basis = platform.settings.reconciliation_labels
        lines = exports.rows(parts, t, names=_names(console, who), basis=basis, now=now)
        name = f"differences-{who.unit}-{who.mode}-{now.astimezone(who.zone):%Y%m%d-%H%M%S}"
        return download(name, file_format, exports.head(t), lines)

    return [index, export]


def _item(console: Console) -> list[Any]:
    platform = console.platform
    path = f"{PATH}/items/{{item_id:str}}"

    def page(
        request: AnyRequest, who: Visitor, item_id: str, *, status: int = 200, error: Any = None, reason: str = ""
    ) -> Response[bytes]:
        story = read_item(platform, who.unit, who.mode, item_id)
        values: dict[str, Any] = {"story": story, "row": story.row, "error": error, "reason": reason, "tones": TONES}
        values |= {"accounts": _names(console, who), "me": who.actor.email}
        return console.page(request, who, "reconciliation/item.html", status=status, **values)

    def decide(
        request: AnyRequest, body: bytes, item_id: str, done: str, act: Callable[[Visitor, Form], None]
    ) -> Response[bytes]:
        who, form = console.submit(request, body)
        read_item(platform, who.unit, who.mode, item_id)  # another unit's or mode's item does not exist
        try:
            act(who, form)
        except CheckstandError as error:
            if error.kind == Kind.NOT_FOUND and error.code == "reconciliation.item_unknown":
                raise
            problem = {"title": str(error), "remedy": error.remedy}
            return page(request, who, item_id, status=STATUS[error.kind], error=problem, reason=form["reason"])
        return see_other(who.url(AREA, "items", item_id), done=done)

    @get(path, needs="reconciliation.read", sync_to_thread=True)
    def show(request: AnyRequest, item_id: FromPath[str]) -> Response[bytes]:
        return page(request, console.enter(request), item_id)

    @post(f"{path}/owner", needs="reconciliation.resolve", sync_to_thread=True)
    def take(request: AnyRequest, item_id: FromPath[str], body: RawBody) -> Response[bytes]:
        return decide(request, body, item_id, "item_assigned", lambda who, form: assign(
            platform, who.actor, who.unit, item_id, form["owner"] or who.actor.email
        ))  # fmt: skip

    @post(f"{path}/notes", needs="reconciliation.resolve", sync_to_thread=True)
    def write(request: AnyRequest, item_id: FromPath[str], body: RawBody) -> Response[bytes]:
        return decide(request, body, item_id, "note_kept", lambda who, form: comment(
            platform, who.actor, who.unit, item_id, form["text"]
        ))  # fmt: skip

    @post(f"{path}/decision", needs="reconciliation.resolve", sync_to_thread=True)
    def settle(request: AnyRequest, item_id: FromPath[str], body: RawBody) -> Response[bytes]:
        return decide(request, body, item_id, "item_decided", lambda who, form: resolve(
            platform, who.actor, who.unit, item_id, _action(form["action"]), form["reason"], form["number"]
        ))  # fmt: skip

    @post(f"{path}/write-off", needs="reconciliation.resolve", sync_to_thread=True)
    def approve(request: AnyRequest, item_id: FromPath[str], body: RawBody) -> Response[bytes]:
        return decide(request, body, item_id, "item_written_off", lambda who, form: approve_write_off(
            platform, who.actor, who.unit, item_id
        ))  # fmt: skip

    @post(f"{path}/write-off/rejection", needs="reconciliation.resolve", sync_to_thread=True)
    def refuse(request: AnyRequest, item_id: FromPath[str], body: RawBody) -> Response[bytes]:
        return decide(request, body, item_id, "write_off_rejected", lambda who, form: reject_write_off(
            platform, who.actor, who.unit, item_id, form["reason"]
        ))  # fmt: skip

    return [show, take, write, settle, approve, refuse]


def _index(
    console: Console, request: AnyRequest, who: Visitor, *, error: CheckstandError | None = None, typed: Any = None
) -> Response[bytes]:
    platform, query = console.platform, request.query_params
    with platform.db.read() as connection:
        before = query.get("cursor", "").replace("\0", "")[:60]
        rows = queue.runs_page(connection, who.unit, who.mode, before=before, limit=DAYS + 1)
        statements = bank_store.bank_statements(connection, who.unit, who.mode)
        missing = bank_store.unfetched(connection, who.unit, who.mode)
        refused = refused_store.latest(connection, who.unit, who.mode)
        open_items = queue.ageing(connection, who.unit, list(accounts_of(platform, who.unit, who.mode)))
    values: dict[str, Any] = {"runs": rows[:DAYS], "more": rows[DAYS - 1].run_id if len(rows) > DAYS else ""}
    values |= {"statements": statements, "refused": refused, "missing": missing, "typed": typed or {}}
    values |= {"tones": TONES, "accounts": _names(console, who), "takers": _takers(console, who)}
    values["open_count"] = sum(row.items for row in open_items)
    values["error"] = {"title": str(error), "remedy": error.remedy} if error else None
    status = STATUS[error.kind] if error else 200
    return console.page(request, who, "reconciliation/runs.html", status=status, **values)


def _names(console: Console, who: Visitor) -> dict[str, str]:
    """Account → its channel's name, with the merchant number where a channel has several accounts."""
    accounts = accounts_of(console.platform, who.unit, who.mode)
    channels = [row.channel for row in accounts.values()]
    named = {}
    for account_id, row in accounts.items():
        names = console.platform.registry.channel(row.channel).manifest.names
        name = names.get(who.locale) or names["en"]
        named[account_id] = f"{name} {row.merchant_ref}" if channels.count(row.channel) > 1 else name
    return named


def _takers(console: Console, who: Visitor) -> dict[str, str]:
    """The accounts whose statement a person can bring."""
    accounts, registry = accounts_of(console.platform, who.unit, who.mode), console.platform.registry
    names = _names(console, who)
    wanted = {Capability.PAY, Capability.STATEMENT}
    return {
        account_id: names[account_id]
        for account_id, row in accounts.items()
        if wanted <= registry.channel(row.channel).manifest.capabilities
    }


def _account(console: Console, who: Visitor, account_id: str) -> str:
    if account_id not in _takers(console, who):
        raise ActionImpossible("this unit has no such channel account that takes statements")
    return account_id


def _action(text: str) -> Manual:
    try:
        return Manual(text)
    except ValueError:
        raise ActionImpossible(action=text) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DayUnreadable(pointer="day") from None


def _cursor(text: str) -> str:
    """What `cursor_of` wrote; anything else is the first page."""
    day, _, item_id = text.partition("~")
    try:
        date.fromisoformat(day)
    except ValueError:
        return ""
    return text if item_id.startswith("rci_") else ""
