"""Reconciliation as people and merchants' servers read it: runs, items, and one item with everything behind it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row, select

from checkstand.accounting.store import account, entry, journal
from checkstand.app.list_payments import PageInvalid
from checkstand.app.platform import Platform
from checkstand.app.reconcile import formats_of
from checkstand.app.reconcile_bank_items import BANK
from checkstand.app.reconcile_close import receivable
from checkstand.app.reconcile_desk import actions_of, waiting_write_off
from checkstand.app.statement_files import statement_file
from checkstand.channel.store import channel_account
from checkstand.infra.state_event import history_of
from checkstand.kernel import CheckstandError
from checkstand.reconciliation import bank_store, queue, store
from checkstand.reconciliation.classes import Manual
from checkstand.reconciliation.errors import ItemUnknown, RunUnknown
from checkstand.reconciliation.labels import is_open, label_of, level_of
from checkstand.reconciliation.queue import Wanted
from checkstand.reconciliation.reading import opened

MAX_PAGE: Final = 100
PART: Final = 1000  # items at a time of an export
_C = channel_account.c


@dataclass(frozen=True, slots=True)
class RunStory:
    """One run with its file, what it found by now, and how far it has come."""

    row: Row[Any]
    file: Row[Any] | None
    classes: Mapping[str, int]
    done: int
    net: Mapping[str, int]
    owed: Mapping[str, int]

    @property
    def percent(self) -> int:
        """Of the lines of the file; a run that is not finished never shows all of them."""
        if self.row.status != "RUNNING":
            return 100
        return min(99, self.done * 100 // max(1, int(self.row.lines)))


@dataclass(frozen=True, slots=True)
class ItemStory:
    """One difference: both sides, the line as the channel wrote it, what was booked, and what can be done."""

    row: Row[Any]
    run: Row[Any] | None
    raw_line: str | None
    bank_line: Row[Any] | None
    journals: Sequence[Mapping[str, Any]]
    history: Sequence[Mapping[str, Any]]
    notes: Sequence[Row[Any]]
    suggestions: Sequence[Row[Any]]
    actions: tuple[Manual, ...]
    waiting: Row[Any] | None
    level: str
    label: str | None

    @property
    def open(self) -> bool:
        return is_open(self.row)


def accounts_of(platform: Platform, tenant_id: str, mode: str) -> dict[str, Row[Any]]:
    """The channel accounts of a mode, whether they still serve or not."""
    with platform.db.read() as connection:
        query = select(channel_account).where(_C.tenant_id == tenant_id, _C.mode == mode).order_by(_C.created_at)
        return {row.channel_account_id: row for row in connection.execute(query.limit(500))}


def list_runs(
    platform: Platform, tenant_id: str, mode: str, *, cursor: str | None = None, limit: int = 20
) -> dict[str, Any]:
    """One page, newest first; the cursor is the last id seen."""
    if not 1 <= limit <= MAX_PAGE or (cursor is not None and not cursor.startswith("rcr_")):
        raise PageInvalid()
    with platform.db.read() as connection:
        rows = queue.runs_page(connection, tenant_id, mode, before=cursor or "", limit=limit + 1)
    more = rows[limit - 1].run_id if len(rows) > limit else None
    return {"data": [run_facts(row) for row in rows[:limit]], "next_cursor": more}


def read_run(platform: Platform, tenant_id: str, mode: str, run_id: str) -> RunStory:
    """A run of this unit and mode."""
    with platform.db.read() as connection:
        row = queue.find_run(connection, tenant_id, run_id)
        if row is None or row.mode != mode:
            raise RunUnknown(run=run_id)
        day = tenant_id, row.channel_account_id, row.cleared_on
        files = store.files_of(connection, *day)
        return RunStory(
            row,
            next((each for each in files if each.file_id == row.file_id), None),
            store.classes_of(connection, tenant_id, run_id),
            queue.progress(connection, tenant_id, run_id),
            store.statement_net(connection, *day),
            receivable(connection, *day),
        )


def list_items(
    platform: Platform,
    tenant_id: str,
    mode: str,
    run_id: str,
    *,
    item_class: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """Items of a run by id, a page at a time."""
    if not 1 <= limit <= MAX_PAGE or (cursor is not None and not cursor.startswith("rci_")):
        raise PageInvalid()
    read_run(platform, tenant_id, mode, run_id)
    item = store.reconciliation_item.c
    query = select(store.reconciliation_item).where(item.tenant_id == tenant_id, item.run_id == run_id)
    if cursor:
        query = query.where(item.item_id > cursor)
    if item_class:
        query = query.where(item.item_class == item_class)
    with platform.db.read() as connection:
        rows = connection.execute(query.order_by(item.item_id).limit(limit + 1)).all()
    more = rows[limit - 1].item_id if len(rows) > limit else None
    return {"data": [item_facts(platform, row) for row in rows[:limit]], "next_cursor": more}


def every_item(platform: Platform, tenant_id: str, mode: str, wanted: Wanted) -> Iterator[Sequence[Row[Any]]]:
    """All that the filter names, a part at a time."""
    accounts, after = list(accounts_of(platform, tenant_id, mode)), ""
    while True:
        with platform.db.read() as connection:
            rows = queue.queue(connection, tenant_id, accounts, wanted, after=after, limit=PART)
        if not rows:
            return
        yield rows
        after = queue.cursor_of(rows[-1])


def read_item(platform: Platform, tenant_id: str, mode: str, item_id: str) -> ItemStory:
    """One item of this unit and mode, with everything behind it."""
    accounts = accounts_of(platform, tenant_id, mode)
    with platform.db.read() as connection:
        row = queue.find_item(connection, tenant_id, item_id)
        if row is None or row.channel_account_id not in accounts:
            raise ItemUnknown(item=item_id)
        run = queue.find_run(connection, tenant_id, row.run_id)
        history = history_of(connection, tenant_id, [item_id])
        notes = queue.notes_of(connection, tenant_id, item_id)
        found = queue.suggestions(connection, row) if Manual.COMPLETE in actions_of(row) else []
        bank_line = bank_store.entry_of_item(connection, tenant_id, item_id)
        journals = _journals(connection, row)
    raw = _raw_line(platform, row, run) if row.line_no and row.kind != BANK else None
    return ItemStory(
        row, run, raw, bank_line, journals, history, notes, found, actions_of(row), waiting_write_off(platform, row),
        level_of(row.created_at, platform.clock.now()), label_of(row, platform.settings.reconciliation_labels),
    )  # fmt: skip


def run_facts(row: Row[Any]) -> dict[str, Any]:
    """A run as the API tells it."""
    return {
        "id": row.run_id, "channel": row.channel, "channel_account": row.channel_account_id,
        "cleared_on": row.cleared_on.isoformat(), "status": row.status.lower(), "lines": row.lines,
        "classes": dict(row.classes), "created_at": row.created_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
    }  # fmt: skip


def item_facts(platform: Platform, row: Row[Any]) -> dict[str, Any]:
    """An item as the API tells it; amounts in minor units, null for the side that has nothing."""
    return {
        "id": row.item_id, "run": row.run_id, "class": row.item_class, "status": row.status.lower(),
        "resolution": row.resolution, "kind": row.kind, "our_no": row.our_no or None,
        "channel_no": row.channel_no or None, "cleared_on": row.cleared_on.isoformat(), "currency": row.currency,
        "own_minor": row.own_minor, "own_fee_minor": row.own_fee_minor, "channel_minor": row.channel_minor,
        "channel_fee_minor": row.channel_fee_minor, "difference_minor": row.amount_diff_minor - row.cost_diff_minor,
        "label": label_of(row, platform.settings.reconciliation_labels), "owner": row.owner,
        "created_at": row.created_at.isoformat(),
    }  # fmt: skip


def _journals(connection: Any, row: Row[Any]) -> list[dict[str, Any]]:
    """What was booked for the item, oldest first, each with its entries."""
    query = (
        select(journal.c.journal_id, journal.c.kind, journal.c.event_at, account.c.account_id, entry.c.amount_minor)
        .select_from(journal)
        .join(entry, (entry.c.tenant_id == journal.c.tenant_id) & (entry.c.journal_id == journal.c.journal_id))
        .join(account, (account.c.tenant_id == entry.c.tenant_id) & (account.c.account_id == entry.c.account_id))
        .where(journal.c.tenant_id == row.tenant_id, journal.c.source_type == "recon_item")
        .where(journal.c.source_id.in_([f"{row.item_id}.{number}" for number in range(1, row.posting + 1)]))
        .order_by(journal.c.journal_id, entry.c.amount_minor.desc())
    )
    found: dict[str, dict[str, Any]] = {}
    for each in connection.execute(query):
        made = found.setdefault(each.journal_id, {"kind": each.kind, "at": each.event_at, "entries": []})
        made["entries"].append((each.account_id, each.amount_minor))
    return list(found.values())


def _raw_line(platform: Platform, row: Row[Any], run: Row[Any] | None) -> str | None:
    """The line exactly as it stands in the file that was kept; None when the file cannot be opened any more."""
    if run is None:
        return None
    formats = formats_of(platform.registry.channel(run.channel))
    kept = statement_file(platform, row.tenant_id, run.mode, run.file_id)
    with tempfile.NamedTemporaryFile(prefix="statement_") as file:
        for part in kept.parts:
            file.write(part)
        file.flush()
        try:
            with opened(Path(file.name), formats) as stream:
                for number, line in enumerate(stream, start=1):
                    if number == row.line_no:
                        return line.decode(formats[0].encoding.removesuffix("-sig"), "replace").rstrip("\r\n\t")
        except (CheckstandError, OSError):
            return None
    return None
