"""Reconcile one day of one channel account with its statement: verify, keep, match, book, complete.

Everything is repeatable. Items are named by what they are about and are written together with their
postings, so a run that was interrupted goes on where it stood, and a file that was used already changes
nothing. A re-issued file becomes a new version: what it says differently is undone and booked anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.edges import edge
from checkstand.app.platform import Platform
from checkstand.app.reconcile_close import last_word, settle_and_close
from checkstand.app.reconcile_completing import complete, withdraw
from checkstand.app.reconcile_items import Recorder
from checkstand.app.reconcile_rows import own_of, statement_of
from checkstand.app.statement_files import keep_parts, keep_refused, sha256_of
from checkstand.channel import Channel
from checkstand.channel.store import account_row
from checkstand.infra.ops import Insert
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import CheckstandError, new_id, present
from checkstand.reconciliation import store
from checkstand.reconciliation.errors import NoStatements
from checkstand.reconciliation.formats import Format, load_formats
from checkstand.reconciliation.judging import FeeTolerance
from checkstand.reconciliation.matching import Matcher
from checkstand.reconciliation.own_side import own_lines
from checkstand.reconciliation.reading import Reading
from checkstand.reconciliation.states import RunEvent, RunState

CHUNK: Final = 200  # pairs a commit: short enough for payments to get in between


@dataclass(frozen=True, slots=True)
class Day:
    """What is reconciled: one clearing date of one channel account."""

    tenant_id: str
    channel_account_id: str
    cleared_on: date


def reconcile(platform: Platform, day: Day, path: Path, *, empty: bool = False) -> Row[Any]:
    """Use this statement file for this day; tells the run as it stands afterwards.

    Nothing is written before the whole file has been read and its totals were found right. With `empty` the file
    holds the channel's own words for a day on which nothing moved, and no lines.
    """
    with platform.db.read() as connection:
        account = account_row(connection, day.tenant_id, day.channel_account_id)
    formats = formats_of(platform.registry.channel(account.channel))
    reading = Reading(path, formats, day.cleared_on, account.merchant_ref)
    with Matcher() as matcher:
        if not empty:
            _load_theirs(platform, day, matcher, reading)
        read_as = formats[0] if empty else present(reading.format, "a file that was read has its format")
        run = _run(platform, day, path, account, read_as, reading.rows)
        if run.status != RunState.RUNNING:
            return _settled(platform, run)
        tolerance = FeeTolerance(matcher.gross_minor())
        _load_ours(platform, day, matcher, read_as)
        recorder = Recorder(platform, run, tolerance)
        pairs = matcher.pairs()
        while chunk := list(islice(pairs, CHUNK)):
            recorder.record(chunk)
    complete(platform, run)
    withdraw(platform, run)
    run = _finish(platform, run)
    last_word(platform, run)
    return _settled(platform, run)


def _load_theirs(platform: Platform, day: Day, matcher: Matcher, reading: Reading) -> None:
    """The whole file, or none of it; what could not be read is kept with the reason."""
    try:
        matcher.load_statement(reading.lines())
    except CheckstandError as why:
        keep_refused(platform, day.tenant_id, day.channel_account_id, day.cleared_on, reading.path, why)
        raise


def _settled(platform: Platform, run: Row[Any]) -> Row[Any]:
    """The bank's side, and the end of every day that has come to it; tells this run again."""
    settle_and_close(platform, run.tenant_id, run.mode)
    with platform.db.read() as connection:
        return present(store.run_of_file(connection, run.tenant_id, run.file_id), "a run never disappears")


def formats_of(channel: Channel) -> tuple[Format, ...]:
    """The statement formats a channel declares beside its manifest."""
    path = channel.folder / "statement.yaml"
    if not path.is_file():
        raise NoStatements(f"{channel.manifest.name} declares no statement.yaml")
    return load_formats(path)


def _run(platform: Platform, day: Day, path: Path, account: Row[Any], read_as: Format, lines: int) -> Row[Any]:
    """The run over this very file; a new one, with the file kept, when its content is new."""
    digest = sha256_of(path)
    with platform.db.read() as connection:
        files = store.files_of(connection, day.tenant_id, day.channel_account_id, day.cleared_on)
        same = next((each for each in files if each.sha256 == digest), None)
        if same is not None:
            run = store.run_of_file(connection, day.tenant_id, same.file_id)
            return present(run, "a file is kept together with its run", file=same.file_id)
        earlier = store.runs_of_day(connection, day.tenant_id, day.channel_account_id, day.cleared_on)
    now, file_id, run_id = platform.clock.now(), new_id("rcf"), new_id("rcr")
    common = {"tenant_id": day.tenant_id, "channel_account_id": day.channel_account_id, "cleared_on": day.cleared_on}
    file = {
        **common, "file_id": file_id, "version": len(files) + 1, "name": path.name, "format": read_as.name,
        "sha256": digest, "size": path.stat().st_size, "created_at": now,
    }  # fmt: skip
    row = {
        **common, "run_id": run_id, "channel": account.channel, "mode": account.mode, "file_id": file_id,
        "status": RunState.RUNNING.value, "version": 1, "lines": lines, "classes": {}, "created_at": now,
        "finished_at": None,
    }  # fmt: skip
    # The parts first: a file without its run is found by nobody, a run without its file would be a loss.
    keep_parts(platform, day.tenant_id, file_id, path)
    ops = [Insert(store.reconciliation_file, file), Insert(store.reconciliation_run, row)]
    history = state_event_op(day.tenant_id, "reconciliation_run", run_id, None, "create", RunState.RUNNING, now)
    replaced = [
        op
        for each in earlier
        if each.status != RunState.SUPERSEDED
        for op in edge("reconciliation_run", each, RunEvent.SUPERSEDE, now, facts={"by": run_id})
    ]
    platform.poster.commit(WriteSet(ops=[*ops, history, *replaced]))
    with platform.db.read() as connection:
        return present(store.run_of_file(connection, day.tenant_id, file_id), "it was just written", run=run_id)


def _load_ours(platform: Platform, day: Day, matcher: Matcher, read_as: Format) -> None:
    """Our successes of the day, and from both sides what waits since the days before."""
    with platform.db.stream() as connection:
        waiting = store.waiting_items(connection, day.tenant_id, day.channel_account_id, day.cleared_on)
        covered = [row for row in waiting if row.kind in read_as.covers]
        carried = (own_of(row) for row in covered if row.own_minor is not None)
        ours = own_lines(connection, day.tenant_id, day.channel_account_id, day.cleared_on, read_as.covers)
        matcher.load_own(chain(ours, carried))
        matcher.load_statement(statement_of(row) for row in covered if row.channel_minor is not None)


def _finish(platform: Platform, run: Row[Any]) -> Row[Any]:
    """RUNNING → POSTED with the counts; when another process was faster, what it wrote stands."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        values = {"classes": store.classes_of(connection, run.tenant_id, run.run_id), "finished_at": now}
    try:
        platform.poster.commit(WriteSet(ops=edge("reconciliation_run", run, RunEvent.POST, now, values=values)))
    except EdgeRefused:
        pass  # superseded or finished meanwhile; the re-read tells
    with platform.db.read() as connection:
        return present(store.run_of_file(connection, run.tenant_id, run.file_id), "a run never disappears")
