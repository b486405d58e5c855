"""What a business unit's servers called: a page of the request log, and everything about one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row

from checkstand.app.keyset import Cursor, Listing, Page, read_page
from checkstand.app.platform import Platform
from checkstand.cashier.store import get_session
from checkstand.kernel import CheckstandError, Kind
from checkstand.monitoring import request_log
from checkstand.monitoring.request_log import api_request
from checkstand.order import find_order, get_order
from checkstand.payment import get_payment

PAGE: Final = 50


class RequestUnknown(CheckstandError):
    code = "request_log.unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such request in the log."
    remedy = "Check the id. Older requests are deleted; the settings say after how many days."


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """What is looked for. `named` is a whole request id or the caller's trace id, `path` any part of the path."""

    named: str = ""
    status_class: int | None = None
    path: str = ""
    api_key_id: str = ""
    since: datetime | None = None
    until: datetime | None = None  # exclusive


@dataclass(frozen=True, slots=True)
class Requests:
    """A page of the log; `dropped` calls since `dropped_since` came faster than they could be written."""

    page: Page
    has_any: bool
    dropped: int
    dropped_since: datetime | None


@dataclass(frozen=True, slots=True)
class RequestStory:
    """One call, and what it touched as far as that is still known."""

    row: Row[Any]
    payment_id: str = ""
    order_no: str = ""
    order_exists: bool = False


def list_requests(
    platform: Platform, tenant_id: str, mode: str, wanted: RequestFilter, cursor: str = "", limit: int = PAGE
) -> Requests:
    """One page, newest first. Raises `PageInvalid` for a cursor that no page gave."""
    place = Cursor.read(cursor)
    with platform.db.read() as connection:
        page = read_page(connection, _listing(tenant_id, mode, wanted), place, limit)
        has_any = bool(page.rows) or request_log.has_requests(connection, tenant_id, mode)
        return Requests(page, has_any, *request_log.dropped(connection, tenant_id, mode))


def request_story(platform: Platform, tenant_id: str, mode: str, request_id: str) -> RequestStory:
    """Everything about one call. Raises `RequestUnknown`."""
    with platform.db.read() as connection:
        row = request_log.request_row(connection, tenant_id, mode, request_id)
        if row is None:
            raise RequestUnknown()
        payment = get_payment(connection, tenant_id, row.touched.get("payment", ""))
        session = get_session(connection, tenant_id, row.touched.get("session", ""))
        # An id in a path is what the caller wrote, so it may be the other mode's or nobody's.
        known = [each for each in (payment, session) if each is not None and each.mode == mode]
        number = row.touched.get("order_no", "")
        if known:
            order = get_order(connection, tenant_id, known[0].order_id)
        else:
            order = find_order(connection, tenant_id, mode, number) if number else None
    found = payment.payment_id if payment is not None and payment in known else ""
    return RequestStory(row, found, order.order_no if order is not None else number, order is not None)


def _listing(tenant_id: str, mode: str, wanted: RequestFilter) -> Listing:
    t = api_request.c
    scope: list[ColumnElement[bool]] = [t.tenant_id == tenant_id, t.mode == mode]
    narrow: list[ColumnElement[bool]] = []
    if wanted.named:
        scope.append(request_log.known_as(wanted.named))
    if wanted.status_class is not None:
        scope.append(t.status_class == wanted.status_class)
    if wanted.since is not None:
        scope.append(t.created_at >= wanted.since)
    if wanted.until is not None:
        scope.append(t.created_at < wanted.until)
    if wanted.path:
        narrow.append(t.path.contains(wanted.path, autoescape=True))
    if wanted.api_key_id:
        narrow.append(t.api_key_id == wanted.api_key_id)
    return Listing(api_request, "request_id", scope, narrow)
