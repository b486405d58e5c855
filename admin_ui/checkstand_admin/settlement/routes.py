"""Settlement batches: the list, one batch with its items and journals, what two people decide, and its export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, RawBody
from litestar.response import Stream

from checkstand.accounting.chart import CHART
from checkstand.app.settlement.approve_batch import approve, decline
from checkstand.app.settlement.facts import state_of
from checkstand.app.settlement.finish_batch import pay_again
from checkstand.app.settlement.review_batch import (
    FORMATS,
    ITEMS_SHOWN,
    BatchPage,
    ExportFormatWrong,
    begin_export,
    every_item,
    review_batch,
    search_batches,
    waiting_batches,
)
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError
from checkstand.settlement.batch_states import WAITING, BatchState
from checkstand.settlement.errors import BatchUnknown
from checkstand_admin._shared.sheets import download
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, see_other
from checkstand_admin.payments.timeline import timeline
from checkstand_admin.problems import STATUS
from checkstand_admin.settlement import exports

AREA: Final = "settlement"
PATH: Final = "/u/{unit:str}/{mode:str}/settlement"
MAX_REASON: Final = 200
TONES: Final = {
    "PAID": "success",
    "FAILED": "danger",
    "PART_PAID": "danger",
    "HELD_RECON": "warning",
    "CALCULATED": "warning",
}


def routes(console: Console) -> list[Any]:
    return [*_list(console), *_batch(console), *_export(console)]


def _list(console: Console) -> list[Any]:
    platform = console.platform

    @get(PATH, needs="settlement.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        status, cursor = query.get("status", ""), query.get("cursor", "")
        wrong = bool(status) and status not in list(BatchState)
        page = BatchPage() if wrong else search_batches(platform, who.unit, who.mode, status, cursor)
        values: dict[str, Any] = {"page": page, "chosen": status, "cursor": cursor, "states": list(BatchState)}
        values |= {
            "tones": TONES,
            "wrong": wrong,
            "state_of": state_of,
            "waiting": waiting_batches(platform, who.unit, who.mode),
        }
        return console.page(request, who, "settlement/batches.html", status=400 if wrong else 200, **values)

    return [index]


def _batch(console: Console) -> list[Any]:
    platform = console.platform

    def page(
        request: AnyRequest, who: Visitor, batch_id: str, *, status: int = 200, error: Any = None, reason: str = ""
    ) -> Response[bytes]:
        read = review_batch(platform, who.actor, who.unit, who.mode, batch_id, request.query_params.get("after", ""))
        row = read.row
        values: dict[str, Any] = {"read": read, "row": row, "steps": timeline(read.story), "chart": CHART}
        values |= {"tones": TONES, "error": error, "reason": reason, "max_reason": MAX_REASON, "most": ITEMS_SHOWN}
        values["state_of"] = state_of
        values["may_decide"] = row.status in WAITING and row.net_minor > 0 and who.may("settlement.approve")
        return console.page(request, who, "settlement/batch.html", status=status, **values)

    def decide(request: AnyRequest, body: bytes, batch_id: str, act: Callable[[Visitor, Form], str]) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            done = act(who, form)
        except BatchUnknown:
            raise
        except CheckstandError as error:
            problem = _problem_of(console, request, error)
            return page(request, who, batch_id, status=STATUS[error.kind], error=problem, reason=form["reason"])
        return see_other(who.url(AREA, batch_id), done=done)

    def told(who: Visitor, action: str, batch_id: str, **after: Any) -> tuple[Op]:
        now = platform.clock.now()
        line = who.actor.audit(who.unit, action, "settlement_batch", batch_id, now, mode=who.mode, after=after or None)
        return (line,)

    @get(f"{PATH}/{{batch_id:str}}", needs="settlement.read", sync_to_thread=True)
    def show(request: AnyRequest, batch_id: FromPath[str]) -> Response[bytes]:
        return page(request, console.enter(request), batch_id)

    @post(f"{PATH}/{{batch_id:str}}/approval", needs="settlement.approve", sync_to_thread=True)
    def say_yes(request: AnyRequest, batch_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(who: Visitor, form: Form) -> str:
            also = told(who, "settlement.approve", batch_id)
            return f"batch_{approve(platform, who.unit, who.mode, batch_id, by=who.operator_id, also=also)}"

        return decide(request, body, batch_id, act)

    @post(f"{PATH}/{{batch_id:str}}/refusal", needs="settlement.approve", sync_to_thread=True)
    def say_no(request: AnyRequest, batch_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(who: Visitor, form: Form) -> str:
            reason = form["reason"].strip()[:MAX_REASON]
            also = told(who, "settlement.decline", batch_id, reason=reason)
            decline(platform, who.unit, who.mode, batch_id, by=who.operator_id, reason=reason, also=also)
            return "batch_declined"

        return decide(request, body, batch_id, act)

    @post(f"{PATH}/{{batch_id:str}}/payouts", needs="settlement.approve", sync_to_thread=True)
    def pay(request: AnyRequest, batch_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(who: Visitor, form: Form) -> str:
            also = told(who, "settlement.pay_again", batch_id)
            pay_again(platform, who.unit, who.mode, batch_id, also=also)
            return "batch_paid_again"

        return decide(request, body, batch_id, act)

    return [show, say_yes, say_no, pay]


def _export(console: Console) -> list[Any]:
    platform = console.platform

    @post(f"{PATH}/{{batch_id:str}}/export", needs="settlement.read", sync_to_thread=True)
    def export(request: AnyRequest, batch_id: FromPath[str], body: RawBody) -> Stream:
        """The items as they are; the file is sent while it is written."""
        who, form = console.submit(request, body)
        file_format = form["format"]
        if file_format not in FORMATS:
            raise ExportFormatWrong()
        row = begin_export(platform, who.actor, who.unit, who.mode, batch_id, file_format)
        t = console.texts.speaker(console.locale(request, who))
        parts = exports.rows(every_item(platform, who.unit, batch_id), t, who.zone)
        name = f"settlement-{row.settles_on:%Y%m%d}-{batch_id}"
        return download(name, file_format, exports.head(t), parts, **{"x-row-count": str(row.items)})

    return [export]


def _problem_of(console: Console, request: AnyRequest, error: CheckstandError) -> dict[str, Any]:
    """In the person's language where we have it."""
    t, key = console.texts.speaker(console.locale(request)), f"settlement.problem.{error.code}"
    known = key in console.texts.sentences
    title, remedy = (t(key), "") if known else (str(error), error.remedy)
    return {"title": title, "remedy": remedy}
