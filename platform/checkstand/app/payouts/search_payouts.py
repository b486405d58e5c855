"""Payouts as operators look for them: by a number they hold, by state, or those that nobody knows the end of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, or_, select

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.keyset import Cursor, Listing, read_page
from checkstand.app.platform import Platform
from checkstand.settlement.payout_states import PayoutState
from checkstand.settlement.payout_store import payout

S = PayoutState
PAGE: Final = 50
CHUNK: Final = 500  # payouts of one part of an export

# What an operator calls a state → the states of a payout.
STATUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "waiting": (S.CREATED, S.FROZEN),
    "under_way": (S.APPROVED, S.SENDING, S.IN_TRANSIT),
    "unknown": (S.UNKNOWN,),
    "succeeded": (S.SUCCEEDED,),
    "failed": (S.FAILED, S.REJECTED),
    "returned": (S.RETURNED,),
    "conflict": (S.CONFLICT,),
}
KINDS: Final = ("withdrawal", "settlement", "verification", "refund")


@dataclass(frozen=True, slots=True)
class PayoutFilter:
    """`text` is a whole number or id: of the payout, of what it pays, of its owner or of its file."""

    text: str = ""
    status: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None  # exclusive


@dataclass(frozen=True, slots=True)
class PayoutPage:
    rows: Sequence[Row[Any]]
    next_cursor: str = ""
    looked_back_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """What waits for people."""

    unknown: int = 0
    oldest_unknown: datetime | None = None  # when it was sent
    waiting: int = 0
    conflicts: int = 0


def search_payouts(
    platform: Platform, tenant_id: str, mode: str, wanted: PayoutFilter, cursor: str = "", limit: int = PAGE
) -> PayoutPage:
    """One page, newest first. Raises `PageInvalid` for a cursor that no page gave."""
    place = Cursor.read(cursor)
    listing = Listing(payout, "payout_id", _scope(tenant_id, mode, wanted), _narrow(wanted))
    with platform.db.read() as connection:
        page = read_page(connection, listing, place, limit)
    return PayoutPage(page.rows, page.next_cursor, page.looked_back_to)


def begin_export(
    platform: Platform, who: Actor, tenant_id: str, mode: str, wanted: PayoutFilter, file_format: str
) -> Iterator[Sequence[Row[Any]]]:
    """Every payout that matches, newest first, part by part; that they leave stands on the audit trail first."""
    now = platform.clock.now()
    asked = {name: str(value) for name, value in asdict(wanted).items() if value}
    told = who.audit(tenant_id, "payouts.export", "payout", "", now, mode=mode, after={**asked, "format": file_format})
    platform.poster.commit(WriteSet(ops=[told]))
    return _every(platform, Listing(payout, "payout_id", _scope(tenant_id, mode, wanted), _narrow(wanted)))


def _every(platform: Platform, listing: Listing) -> Iterator[Sequence[Row[Any]]]:
    place: Cursor | None = None
    while True:
        with platform.db.read() as connection:  # none is held between two parts
            query = listing.newest_first(payout).where(*listing.after(place), *listing.narrow).limit(CHUNK)
            rows = connection.execute(query).all()
        if rows:
            yield rows
        if len(rows) < CHUNK:
            return
        place = listing.place_of(rows[-1])


def attention(platform: Platform, tenant_id: str, mode: str) -> Attention:
    """How much of it there is."""
    p = payout.c
    query = (
        select(p.status, func.count(), func.min(p.sent_at))
        .where(p.tenant_id == tenant_id, p.mode == mode, p.status.in_((S.UNKNOWN, S.FROZEN, S.CONFLICT)))
        .where(p.cleared_at.is_(None))
        .group_by(p.status)
    )
    with platform.db.read() as connection:
        found = {status: (count, first) for status, count, first in connection.execute(query)}
    unknown, oldest = found.get(S.UNKNOWN, (0, None))
    return Attention(unknown, oldest, found.get(S.FROZEN, (0,))[0], found.get(S.CONFLICT, (0,))[0])


def _scope(tenant_id: str, mode: str, wanted: PayoutFilter) -> list[ColumnElement[bool]]:
    scope = [payout.c.tenant_id == tenant_id, payout.c.mode == mode]
    if wanted.since is not None:
        scope.append(payout.c.created_at >= wanted.since)
    if wanted.until is not None:
        scope.append(payout.c.created_at < wanted.until)
    return scope


def _narrow(wanted: PayoutFilter) -> list[ColumnElement[bool]]:
    narrow: list[ColumnElement[bool]] = []
    if wanted.text:
        columns = (payout.c.payout_id, payout.c.payout_no, payout.c.source_id, payout.c.owner_id, payout.c.file_no)
        narrow.append(or_(*(column == wanted.text for column in columns)))
    if wanted.status:
        narrow.append(payout.c.status.in_(STATUSES[wanted.status]))
    if wanted.kind:
        narrow.append(payout.c.kind == wanted.kind)
    return narrow
