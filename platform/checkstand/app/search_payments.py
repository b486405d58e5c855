"""Payments as operators look for them: by a number they hold, or narrowed by what they know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select

from checkstand.app.keyset import Cursor, Listing, Page, read_page
from checkstand.app.platform import Platform
from checkstand.channel.store import channel_account
from checkstand.kernel.money import EXPONENTS
from checkstand.order import business_order
from checkstand.payment import OPEN_PAYMENT, attempt, payment

PAGE: Final = 50
CHUNK: Final = 500  # payments of one step of an export

# What an operator calls a state → the states of a payment. `refunded` is a matter of money, not of state.
STATUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "processing": tuple(state.value for state in OPEN_PAYMENT),
    "succeeded": ("SUCCEEDED",),
    "failed": ("FAILED",),
    "closed": ("CLOSED",),
    "refunded": (),
}


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """What is looked for. `text` is a whole number: of the payment, of the order, ours or theirs at the channel."""

    text: str = ""
    status: str = ""
    method: str = ""
    channel: str = ""
    since: datetime | None = None
    until: datetime | None = None  # exclusive
    lowest: Decimal | None = None  # in whole currency units, whatever the currency
    highest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A payment as a row of the list."""

    payment: Row[Any]
    order: Row[Any]
    attempt: Row[*tuple[Any, ...]] | None  # the newest


@dataclass(frozen=True, slots=True)
class PaymentPage:
    found: list[Found]
    next_cursor: str = ""
    looked_back_to: datetime | None = None


def search_payments(
    platform: Platform, tenant_id: str, mode: str, wanted: PaymentFilter, cursor: str = "", limit: int = PAGE
) -> PaymentPage:
    """One page, newest first. Raises `PageInvalid` for a cursor that no page gave."""
    place = Cursor.read(cursor)
    with platform.db.read() as connection:
        listing = _listing(connection, tenant_id, mode, wanted)
        page = read_page(connection, listing, place, limit) if listing else Page()
        return PaymentPage(_found(connection, tenant_id, page.rows), page.next_cursor, page.looked_back_to)


def has_payments(platform: Platform, tenant_id: str, mode: str) -> bool:
    """Whether the unit has any in this mode."""
    query = select(payment.c.payment_id).where(payment.c.tenant_id == tenant_id, payment.c.mode == mode).limit(1)
    with platform.db.read() as connection:
        return connection.execute(query).first() is not None


def count_payments(platform: Platform, tenant_id: str, mode: str, wanted: PaymentFilter) -> int:
    """How many payments match, however many they are."""
    with platform.db.read() as connection:
        listing = _listing(connection, tenant_id, mode, wanted)
        if listing is None:
            return 0
        query = select(func.count()).select_from(payment).where(*listing.scope, *listing.narrow)
        return int(connection.execute(query).scalar_one())


def every_payment(platform: Platform, tenant_id: str, mode: str, wanted: PaymentFilter) -> Iterator[list[Found]]:
    """All that match, newest first, in steps: no connection is held between two of them."""
    place: Cursor | None = None
    while True:
        with platform.db.read() as connection:
            listing = _listing(connection, tenant_id, mode, wanted)
            if listing is None:
                return
            query = listing.newest_first(payment).where(*listing.after(place), *listing.narrow).limit(CHUNK)
            rows = connection.execute(query).all()
            found = _found(connection, tenant_id, rows)
        if found:
            yield found
        if len(rows) < CHUNK:
            return
        place = listing.place_of(rows[-1])


def _listing(connection: Connection, tenant_id: str, mode: str, wanted: PaymentFilter) -> Listing | None:
    """The conditions; None when a number was given that nothing has."""
    scope: list[ColumnElement[bool]] = [payment.c.tenant_id == tenant_id, payment.c.mode == mode]
    if wanted.since is not None:
        scope.append(payment.c.created_at >= wanted.since)
    if wanted.until is not None:
        scope.append(payment.c.created_at < wanted.until)
    if wanted.text:
        named = _named(connection, tenant_id, mode, wanted.text.strip())
        if not named:
            return None
        scope.append(payment.c.payment_id.in_(named))
    return Listing(payment, "payment_id", scope, _narrow(wanted))


def _narrow(wanted: PaymentFilter) -> list[ColumnElement[bool]]:
    narrow: list[ColumnElement[bool]] = []
    if wanted.status == "refunded":
        narrow.append(payment.c.refund_reserved_minor > 0)
    elif wanted.status:
        narrow.append(payment.c.status.in_(STATUSES.get(wanted.status, ())))
    if wanted.method:
        narrow.append(payment.c.method_type == wanted.method)
    if wanted.channel:
        same = and_(attempt.c.tenant_id == payment.c.tenant_id, attempt.c.payment_id == payment.c.payment_id)
        narrow.append(exists().where(same, attempt.c.channel == wanted.channel))
    if wanted.lowest is not None:
        narrow.append(_bound(wanted.lowest, lower=True))
    if wanted.highest is not None:
        narrow.append(_bound(wanted.highest, lower=False))
    return narrow


def _bound(amount: Decimal, *, lower: bool) -> ColumnElement[bool]:
    """An amount as people write it means other minor units in yen than in yuan."""
    each: list[ColumnElement[bool]] = []
    for exponent in sorted(set(EXPONENTS.values())):
        alike = payment.c.currency.in_(sorted(code for code, digits in EXPONENTS.items() if digits == exponent))
        minor = amount.scaleb(exponent).to_integral_value(ROUND_CEILING if lower else ROUND_FLOOR)
        is_within = payment.c.amount_minor >= int(minor) if lower else payment.c.amount_minor <= int(minor)
        each.append(and_(alike, is_within))
    return or_(*each)


def _named(connection: Connection, tenant_id: str, mode: str, text: str) -> list[str]:
    """The payments that this number belongs to. Compared whole, so nothing in it is a pattern."""
    mine = select(payment.c.payment_id).where(payment.c.tenant_id == tenant_id)
    number = select(business_order.c.order_id).where(
        business_order.c.tenant_id == tenant_id, business_order.c.mode == mode, business_order.c.order_no == text
    )
    accounts = select(channel_account.c.channel_account_id).where(
        channel_account.c.tenant_id == tenant_id, channel_account.c.mode == mode
    )
    attempts = select(attempt.c.payment_id).where(attempt.c.tenant_id == tenant_id)
    queries = (
        mine.where(payment.c.payment_id == text),
        mine.where(payment.c.order_id.in_(number)),
        attempts.where(attempt.c.attempt_id == text),
        attempts.where(attempt.c.channel_account_id.in_(accounts), attempt.c.channel_no == text),
    )
    return sorted({str(row[0]) for query in queries for row in connection.execute(query.limit(200))})


def _found(connection: Connection, tenant_id: str, rows: Any) -> list[Found]:
    """The rows with their orders and newest attempts, in two queries however many they are."""
    if not rows:
        return []
    orders = select(business_order).where(
        business_order.c.tenant_id == tenant_id, business_order.c.order_id.in_({row.order_id for row in rows})
    )
    attempts = select(
        attempt.c.payment_id, attempt.c.attempt_id, attempt.c.channel, attempt.c.channel_no, attempt.c.reason
    ).where(attempt.c.tenant_id == tenant_id, attempt.c.payment_id.in_([row.payment_id for row in rows]))
    by_order = {row.order_id: row for row in connection.execute(orders)}
    # Sorted here: asked for an order, SQLite reads the whole table in that order instead of these few by their index.
    by_age = sorted(connection.execute(attempts), key=lambda row: row.attempt_id)
    newest = {row.payment_id: row for row in by_age}
    return [Found(row, by_order[row.order_id], newest.get(row.payment_id)) for row in rows]
