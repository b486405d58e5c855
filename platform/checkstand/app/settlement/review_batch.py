"""People look at settlement batches: the list, what waits for them, one with its story, and its items as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.keyset import Cursor, Listing, read_page
from checkstand.app.platform import Platform
from checkstand.app.settlement.approve_batch import APPROVAL, find_batch, open_days
from checkstand.app.settlement.finish_batch import paid_minor
from checkstand.app.story_parts import edge_told, journals_told, webhooks_told
from checkstand.channel.store import account_row
from checkstand.clearing.store import items_page
from checkstand.infra.state_event import history_of
from checkstand.kernel import CheckstandError
from checkstand.member import get_member
from checkstand.member.approvals import waiting_for
from checkstand.settlement.batch_states import WAITING, BatchState
from checkstand.settlement.batch_store import settlement_batch
from checkstand.settlement.payout_store import payouts_of

PAGE: Final = 50
ITEMS_SHOWN: Final = 50
ITEMS_TOGETHER: Final = 1000
FORMATS: Final = ("csv", "xlsx")


class ExportFormatWrong(CheckstandError):
    code = "settlement.export_format"
    message = "This export cannot be made."
    remedy = "Go back to the batch and choose CSV or XLSX."


@dataclass(frozen=True, slots=True)
class BatchPage:
    """Batches, and where the next page begins."""

    rows: Sequence[Row[Any]] = field(default_factory=list)
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class OpenDays:
    """The days of one channel account that keep a batch waiting."""

    channel: str
    account_id: str
    first: str
    last: str
    days: int


@dataclass(frozen=True, slots=True)
class BatchRead:
    """One batch with everything that a person wants to know before saying yes."""

    row: Row[Any]
    member: Row[Any] | None  # the payee, where that is a member
    items: Sequence[Row[Any]]
    next_item: str
    payouts: Sequence[Row[Any]]
    failed_minor: int  # what can be paid again
    question: Row[Any] | None  # the first person's yes
    open_days: Sequence[OpenDays]  # that reconciliation has not closed
    story: dict[str, Any]


def search_batches(platform: Platform, tenant_id: str, mode: str, status: str = "", cursor: str = "") -> BatchPage:
    """One page, newest first. Raises `PageInvalid` for a cursor that no page gave."""
    b = settlement_batch.c
    narrow = [b.status == status] if status else []
    listing = Listing(settlement_batch, "batch_id", [b.tenant_id == tenant_id, b.mode == mode], narrow)
    with platform.db.read() as connection:
        page = read_page(connection, listing, Cursor.read(cursor), PAGE)
    return BatchPage(page.rows, page.next_cursor)


def waiting_batches(platform: Platform, tenant_id: str, mode: str) -> dict[str, int]:
    """How many wait, by state."""
    b = settlement_batch.c
    states = (*WAITING, BatchState.FAILED, BatchState.PART_PAID)
    query = (
        select(b.status, func.count())
        .where(b.tenant_id == tenant_id, b.mode == mode, b.status.in_(states))
        .group_by(b.status)
    )
    with platform.db.read() as connection:
        found = {str(status): int(count) for status, count in connection.execute(query)}
    return {state: found[state] for state in states if state in found}


def review_batch(
    platform: Platform, who: Actor, tenant_id: str, mode: str, batch_id: str, after: str = ""
) -> BatchRead:
    """Raises `BatchUnknown`, also for another unit's; the audit trail says who has looked."""
    with platform.db.read() as connection:
        row = find_batch(connection, tenant_id, mode, batch_id)
        items = items_page(connection, tenant_id, batch_id, after=after or None, limit=ITEMS_SHOWN + 1)
        payouts = payouts_of(connection, tenant_id, batch_id)
        objects = [batch_id, *(payout.payout_id for payout in payouts)]
        story = {
            "events": [],
            "notifications": [],
            "messages": [],
            "history": [edge_told(each) for each in history_of(connection, tenant_id, [batch_id])],
            "journals": journals_told(connection, tenant_id, objects),
            "webhooks": webhooks_told(connection, tenant_id, [batch_id]),
        }
        failed = row.status in (BatchState.FAILED, BatchState.PART_PAID)
        held = row.status in WAITING and platform.settings.settle_after_recon
        read = BatchRead(
            row=row,
            member=get_member(connection, tenant_id, row.owner_id),
            items=items[:ITEMS_SHOWN],
            next_item=items[ITEMS_SHOWN - 1].clearing_id if len(items) > ITEMS_SHOWN else "",
            payouts=payouts,
            failed_minor=row.net_minor - paid_minor(payouts) if failed else 0,
            question=waiting_for(connection, tenant_id, APPROVAL, batch_id),
            open_days=_by_account(connection, row, open_days(platform, connection, row)) if held else (),
            story=story,
        )
    _looked(platform, who, row, "settlement.read", {})
    return read


def _by_account(connection: Connection, row: Row[Any], days: Sequence[tuple[str, str]]) -> list[OpenDays]:
    by_account: dict[str, list[str]] = {}
    for account_id, day in days:
        by_account.setdefault(account_id, []).append(day)
    found = []
    for account_id, of_account in by_account.items():
        account = account_row(connection, row.tenant_id, account_id)
        name = account.channel if account is not None else account_id
        found.append(OpenDays(name, account_id, min(of_account), max(of_account), len(of_account)))
    return found


def begin_export(
    platform: Platform, who: Actor, tenant_id: str, mode: str, batch_id: str, file_format: str
) -> Row[Any]:
    """The batch whose items are to be written, with the line of the audit trail."""
    with platform.db.read() as connection:
        row = find_batch(connection, tenant_id, mode, batch_id)
    _looked(platform, who, row, "settlement.export", {"format": file_format, "rows": row.items})
    return row


def every_item(platform: Platform, tenant_id: str, batch_id: str) -> Iterator[Sequence[Row[Any]]]:
    """The items, a part at a time."""
    after: str | None = None
    while True:
        with platform.db.read() as connection:
            part = items_page(connection, tenant_id, batch_id, after=after, limit=ITEMS_TOGETHER)
        if not part:
            return
        yield part
        after = part[-1].clearing_id


def _looked(platform: Platform, who: Actor, row: Row[Any], action: str, after: dict[str, Any]) -> None:
    line = who.audit(
        row.tenant_id, action, "settlement_batch", row.batch_id, platform.clock.now(), mode=row.mode,
        after=after or None,
    )  # fmt: skip
    platform.poster.commit(WriteSet(ops=[line]))
