"""Payouts: the list and its export, one payout's story, and what people decide: approve, reject, say, clear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, RawBody
from litestar.response import Stream

from checkstand.accounting.chart import CHART
from checkstand.app.payouts.approve_payout import MAX_REASON, approve_payout, reject_payout
from checkstand.app.payouts.change_rules import CURRENCY, change_rules, withdrawal_rules
from checkstand.app.payouts.clear_conflict import clear_conflict
from checkstand.app.payouts.decide_unknown import say_outcome, take_back
from checkstand.app.payouts.own_payout import PayoutNotFound
from checkstand.app.payouts.read_payout import read_payout
from checkstand.app.payouts.search_payouts import (
    KINDS,
    STATUSES,
    PayoutPage,
    attention,
    begin_export,
    search_payouts,
)
from checkstand.kernel import CheckstandError, Money
from checkstand_admin._shared.sheets import download
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, see_other
from checkstand_admin.payments.timeline import timeline
from checkstand_admin.payouts import exports
from checkstand_admin.payouts.filters import read_filters
from checkstand_admin.problems import STATUS

AREA: Final = "payouts"
PATH: Final = "/u/{unit:str}/{mode:str}/payouts"
LONG: Final = timedelta(hours=24)  # an unknown payout older than this has outlived the bank's next statement
TONES: Final = {
    "SUCCEEDED": "success",
    "FAILED": "danger",
    "REJECTED": "danger",
    "CONFLICT": "danger",
    "RETURNED": "warning",
    "UNKNOWN": "warning",
    "FROZEN": "warning",
}


def routes(console: Console) -> list[Any]:
    return [*_list(console), *_rules(console), *_story(console)]


def _list(console: Console) -> list[Any]:
    platform = console.platform

    @get(PATH, needs="payouts.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        filters, cursor = read_filters(query, who.zone), query.get("cursor", "")
        found = PayoutPage([])
        if not filters.wrong:
            found = search_payouts(platform, who.unit, who.mode, filters.wanted, cursor)
        values: dict[str, Any] = {"page": found, "filters": filters, "cursor": cursor, "tones": TONES, "long": LONG}
        values |= {"attention": attention(platform, who.unit, who.mode), "statuses": STATUSES, "kinds": KINDS}
        return console.page(request, who, "payouts/payouts.html", status=400 if filters.wrong else 200, **values)

    @post(f"{PATH}/export", needs="payouts.read", sync_to_thread=True)
    def export(request: AnyRequest, body: RawBody) -> Stream:
        who, form = console.submit(request, body)
        file_format = "xlsx" if form["format"] == "xlsx" else "csv"
        wanted = read_filters(form, who.zone).wanted
        found = begin_export(platform, who.actor, who.unit, who.mode, wanted, file_format)
        t = console.texts.speaker(console.locale(request, who))
        name = f"payouts-{who.unit}-{who.mode}"
        return download(name, file_format, exports.head(t), exports.rows(found, t, who.zone))

    return [index, export]


def _rules(console: Console) -> list[Any]:
    platform = console.platform

    def page(
        request: AnyRequest, who: Visitor, *, status: int = 200, error: Any = None, typed: Form | None = None
    ) -> Response[bytes]:
        rules, revision = withdrawal_rules(platform, who.unit)
        shown = typed or {
            "flat": Money(rules.flat_minor, CURRENCY).decimal(),
            "rate_ppm": str(rules.rate_ppm),
            "approval_above": Money(rules.approval_above_minor, CURRENCY).decimal(),
            "revision": str(revision),
        }
        return console.page(request, who, "payouts/rules.html", status=status, shown=shown, error=error)

    @get(f"{PATH}/rules", needs="payouts.read", sync_to_thread=True)
    def show(request: AnyRequest) -> Response[bytes]:
        return page(request, console.enter(request))

    @post(f"{PATH}/rules", needs="unit.write", sync_to_thread=True)
    def save(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        typed = {name: form[name] for name in ("flat", "rate_ppm", "approval_above")}
        revision = int(form["revision"]) if form["revision"].isdecimal() else -1
        try:
            change_rules(platform, who.actor, who.unit, **typed, revision=revision)
        except CheckstandError as error:
            problem = _problem_of(console, request, error)
            return page(request, who, status=STATUS[error.kind], error=problem, typed=form)
        return see_other(who.url(AREA, "rules"), done="saved")

    return [show, save]


def _story(console: Console) -> list[Any]:
    platform = console.platform

    def page(
        request: AnyRequest, who: Visitor, payout_id: str, *, status: int = 200, error: Any = None, reason: str = ""
    ) -> Response[bytes]:
        read = read_payout(platform, who.actor, who.unit, who.mode, payout_id)
        values: dict[str, Any] = {"read": read, "row": read.row, "steps": timeline(read.story), "chart": CHART}
        values |= {"tones": TONES, "error": error, "reason": reason, "max_reason": MAX_REASON, "long": LONG}
        return console.page(request, who, "payouts/story.html", status=status, **values)

    def decide(
        request: AnyRequest, body: bytes, payout_id: str, act: Callable[[Visitor, Form], str]
    ) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            done = act(who, form)
        except PayoutNotFound:
            raise
        except CheckstandError as error:
            problem = _problem_of(console, request, error)
            return page(request, who, payout_id, status=STATUS[error.kind], error=problem, reason=form["reason"])
        return see_other(who.url(AREA, payout_id), done=done)

    @get(f"{PATH}/{{payout_id:str}}", needs="payouts.read", sync_to_thread=True)
    def story(request: AnyRequest, payout_id: FromPath[str]) -> Response[bytes]:
        return page(request, console.enter(request), payout_id)

    @post(f"{PATH}/{{payout_id:str}}/approval", needs="payouts.approve", sync_to_thread=True)
    def approve(request: AnyRequest, payout_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(who: Visitor, form: Form) -> str:
            second = approve_payout(platform, who.actor, who.unit, who.mode, payout_id)
            return "payout_approved" if second else "payout_first_yes"

        return decide(request, body, payout_id, act)

    @post(f"{PATH}/{{payout_id:str}}/rejection", needs="payouts.approve", sync_to_thread=True)
    def reject(request: AnyRequest, payout_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(who: Visitor, form: Form) -> str:
            reject_payout(platform, who.actor, who.unit, who.mode, payout_id, form["reason"])
            return "payout_rejected"

        return decide(request, body, payout_id, act)

    @post(f"{PATH}/{{payout_id:str}}/outcome", needs="payouts.approve", sync_to_thread=True)
    def outcome(request: AnyRequest, payout_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(who: Visitor, form: Form) -> str:
            if form["said"] == "take_back":
                take_back(platform, who.actor, who.unit, who.mode, payout_id, form["reason"])
                return "payout_taken_back"
            paid = form["said"] == "paid"
            second = say_outcome(platform, who.actor, who.unit, who.mode, payout_id, paid=paid, reason=form["reason"])
            return "payout_ended" if second else "payout_first_word"

        return decide(request, body, payout_id, act)

    @post(f"{PATH}/{{payout_id:str}}/clearance", needs="payouts.approve", sync_to_thread=True)
    def clear(request: AnyRequest, payout_id: FromPath[str], body: RawBody) -> Response[bytes]:
        def act(who: Visitor, form: Form) -> str:
            clear_conflict(platform, who.actor, who.unit, who.mode, payout_id, form["reason"])
            return "payout_cleared"

        return decide(request, body, payout_id, act)

    return [story, approve, reject, outcome, clear]


def _problem_of(console: Console, request: AnyRequest, error: CheckstandError) -> dict[str, Any]:
    """In the person's language where we have it."""
    t, key = console.texts.speaker(console.locale(request)), f"payouts.problem.{error.code}"
    known = key in console.texts.sentences
    title, remedy = (t(key), "") if known else (str(error), error.remedy)
    return {"title": title, "remedy": remedy}
