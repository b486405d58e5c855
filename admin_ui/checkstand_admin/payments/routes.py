"""Payments: the list with its filters and saved views, one payment's story, refunds, orders and exports."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.accounting.chart import CHART
from checkstand.app import saved_views
from checkstand.app.ask_refund import ask_about_refund, refunds_for_people
from checkstand.app.create_refund import PaymentNotFound
from checkstand.app.payment_story import PUBLIC_STATUS
from checkstand.app.read_payment import read_payment
from checkstand.app.request_refund import MAX_REASON, request_refund
from checkstand.app.search_orders import STATUSES as ORDER_STATUSES
from checkstand.app.search_orders import search_orders
from checkstand.app.search_payments import STATUSES, PaymentFilter, PaymentPage, has_payments, search_payments
from checkstand.kernel import CheckstandError, Money, new_id
from checkstand.member.saved_views import views_of
from checkstand.payment import RefundState, get_payment
from checkstand_admin._shared.filters import Filters
from checkstand_admin.console import AnyRequest, Console, Visitor, see_other
from checkstand_admin.payments.export_routes import export_routes
from checkstand_admin.payments.filters import read_filters
from checkstand_admin.payments.timeline import timeline
from checkstand_admin.payments.words import TONES, names_of, problem_of
from checkstand_admin.problems import STATUS

AREA = "payments"


def routes(console: Console) -> list[Any]:
    return [*_list(console), *export_routes(console), *_orders(console), *_story(console), *_refund(console)]


def _list(console: Console) -> list[Any]:
    platform = console.platform

    def page(
        request: AnyRequest,
        who: Visitor,
        filters: Filters[PaymentFilter],
        cursor: str = "",
        *,
        status: int = 200,
        error: Any = None,
    ) -> Response[bytes]:
        found = PaymentPage([])
        if not filters.wrong:
            found = search_payments(platform, who.unit, who.mode, filters.wanted, cursor)
        with platform.db.read() as connection:
            views = views_of(connection, who.unit, who.operator_id, AREA)
        values: dict[str, Any] = {"page": found, "filters": filters, "views": views, "cursor": cursor, "error": error}
        values |= {"statuses": STATUSES, "public": PUBLIC_STATUS, "tones": TONES, **names_of(console, request)}
        values["for_people"] = refunds_for_people(platform, who.unit, who.mode)
        values["has_any"] = bool(found.found) or has_payments(platform, who.unit, who.mode)
        return console.page(request, who, "payments/payments.html", status=400 if filters.wrong else status, **values)

    @get("/u/{unit:str}/{mode:str}/payments", needs="payments.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        return page(request, who, read_filters(query, who.zone), query.get("cursor", ""))

    @post("/u/{unit:str}/{mode:str}/payments/views", needs="payments.read", sync_to_thread=True)
    def save(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        filters = read_filters(form, who.zone)
        try:
            saved_views.save_view(platform, who.actor, who.unit, who.mode, AREA, form["name"], filters.typed)
        except CheckstandError as error:
            shown = problem_of(console, request, error)
            return page(request, who, filters, status=STATUS[error.kind], error=shown)
        return see_other(f"{who.url(AREA)}?{filters.query}", done="view_saved")

    @post("/u/{unit:str}/{mode:str}/payments/views/{view_id:str}/delete", needs="payments.read", sync_to_thread=True)
    def delete(request: AnyRequest, view_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        saved_views.delete_view(platform, who.actor, who.unit, who.mode, AREA, view_id)
        return see_other(who.url(AREA), done="view_deleted")

    return [index, save, delete]


def _orders(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/payments/orders", needs="payments.read", sync_to_thread=True)
    def orders(request: AnyRequest) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        order_no = query.get("q", "").replace("\0", "")[:100]
        status = query.get("status", "") if query.get("status", "") in ORDER_STATUSES else ""
        found = search_orders(
            platform, who.unit, who.mode, order_no=order_no, status=status, cursor=query.get("cursor", "")
        )
        values: dict[str, Any] = {"page": found, "order_no": order_no, "chosen": status}
        values |= {"statuses": ORDER_STATUSES, "tones": TONES}
        return console.page(request, who, "payments/orders.html", **values)

    return [orders]


def _story(console: Console) -> list[Any]:
    @get("/u/{unit:str}/{mode:str}/payments/{payment_id:str}", needs="payments.read", sync_to_thread=True)
    def story(request: AnyRequest, payment_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        read = read_payment(console.platform, who.actor, who.unit, who.mode, payment_id)
        values: dict[str, Any] = {"story": read.story, "order": read.order, "session": read.session}
        values |= {"steps": timeline(read.story), "chart": CHART, "tones": TONES, **names_of(console, request)}
        return console.page(request, who, "payments/story.html", **values)

    return [story]


def _refund(console: Console) -> list[Any]:
    platform = console.platform
    path = "/u/{unit:str}/{mode:str}/payments/{payment_id:str}/refund"

    def page(
        request: AnyRequest, who: Visitor, payment_id: str, *, status: int = 200, error: Any = None, **typed: str
    ) -> Response[bytes]:
        with platform.db.read() as connection:
            payment = get_payment(connection, who.unit, payment_id)
        if payment is None or payment.mode != who.mode:
            raise PaymentNotFound(payment=payment_id)
        left = Money(payment.captured_minor - payment.refund_reserved_minor, payment.currency)
        values: dict[str, Any] = {"payment": payment, "left": left, "error": error, "max_reason": MAX_REASON}
        values |= {"amount_typed": left.decimal(), "reason": "", "refund_no": new_id("crf"), **typed}
        return console.page(request, who, "payments/refund.html", status=status, **values)

    @get(path, needs="refunds.write", sync_to_thread=True)
    def ask(request: AnyRequest, payment_id: FromPath[str]) -> Response[bytes]:
        return page(request, console.enter(request), payment_id)

    @post(path, needs="refunds.write", sync_to_thread=True)
    def refund(request: AnyRequest, payment_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        typed = {"amount": form["amount"].strip(), "reason": form["reason"], "refund_no": form["refund_no"]}
        try:
            request_refund(platform, who.actor, who.unit, who.mode, payment_id, **typed)
        except PaymentNotFound:
            raise
        except CheckstandError as error:
            # A refused refund did not use up its number, but one that was used for another amount did.
            shown = {"amount_typed": typed["amount"], "reason": typed["reason"]}
            problem = problem_of(console, request, error)
            return page(request, who, payment_id, status=STATUS[error.kind], error=problem, **shown)
        return see_other(who.url(AREA, payment_id), done="refund_requested")

    @post("/u/{unit:str}/{mode:str}/payments/{payment_id:str}/refunds/{refund_id:str}/ask", needs="refunds.write",
          sync_to_thread=True)  # fmt: skip
    def ask_channel(
        request: AnyRequest, payment_id: FromPath[str], refund_id: FromPath[str], body: RawBody
    ) -> Response[bytes]:
        who, _ = console.submit(request, body)
        state = ask_about_refund(platform, who.actor, who.unit, who.mode, payment_id, refund_id)
        done = "refund_still_waits" if state == RefundState.MANUAL else "refund_has_moved"
        return see_other(who.url(AREA, payment_id), done=done)

    return [ask, refund, ask_channel]
