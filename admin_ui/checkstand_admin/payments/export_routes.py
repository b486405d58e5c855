"""Exports of the list: first how many rows there will be, then the file, sent as it is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import RawBody
from litestar.response import Stream

from checkstand.app.export_payments import begin_export
from checkstand.app.search_payments import PaymentFilter, count_payments, every_payment
from checkstand.kernel import CheckstandError
from checkstand_admin._shared.sheets import WRITERS, download
from checkstand_admin.console import AnyRequest, Console
from checkstand_admin.payments import exports
from checkstand_admin.payments.filters import read_filters
from checkstand_admin.payments.words import names_of


class ExportInvalid(CheckstandError):
    code = "export.invalid"
    message = "This export cannot be made."
    remedy = "Go back to the list, correct the filter, and choose CSV or XLSX."


def export_routes(console: Console) -> list[Any]:
    platform = console.platform
    path = "/u/{unit:str}/{mode:str}/payments/export"

    @get(path, needs="payments.export", sync_to_thread=True)
    def ask(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        filters = read_filters(request.query_params, who.zone)
        if filters.wrong:
            raise ExportInvalid()
        until = platform.clock.now()
        rows = count_payments(platform, who.unit, who.mode, _up_to(filters.wanted, until))
        values: dict[str, Any] = {"rows": rows, "filters": filters, "until": until, **names_of(console, request)}
        return console.page(request, who, "payments/export.html", **values)

    @post(path, needs="payments.export", sync_to_thread=True)
    def export(request: AnyRequest, body: RawBody) -> Stream:
        who, form = console.submit(request, body)
        filters, file_format, now = read_filters(form, who.zone), form["format"], platform.clock.now()
        if filters.wrong or file_format not in WRITERS:
            raise ExportInvalid()
        until = _instant(form["until"], now)
        wanted = _up_to(filters.wanted, until)
        rows = begin_export(
            platform, who.actor, who.unit, who.mode, wanted, file_format=file_format, shown=filters.typed, until=until
        )
        name = f"payments-{who.unit}-{who.mode}-{now.astimezone(who.zone):%Y%m%d-%H%M%S}"
        t = console.texts.speaker(console.locale(request, who))
        parts = exports.rows(every_payment(platform, who.unit, who.mode, wanted), t, who.zone)
        return download(name, file_format, exports.head(t), parts, **{"x-row-count": str(rows)})

    return [ask, export]


def _up_to(wanted: PaymentFilter, until: datetime) -> PaymentFilter:
    """Payments made while the file is written are not in it, so that it has the rows that were counted."""
    return replace(wanted, until=min(wanted.until or until, until))


def _instant(text: str, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return now
    return min(at, now) if at.tzinfo is not None and at.year > 1970 else now.astimezone(UTC)
