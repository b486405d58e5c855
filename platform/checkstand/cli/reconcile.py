"""`checkstand reconcile run | fetch | queue | list | show | refused | file`: a day against the channel's statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Row

from checkstand.app.platform import Platform
from checkstand.app.read_reconciliation import accounts_of
from checkstand.app.reconcile import Day
from checkstand.app.reconcile import reconcile as reconcile_day
from checkstand.app.reconcile_fetch import fetch_day
from checkstand.app.statement_files import statement_file
from checkstand.channel.store import active_accounts
from checkstand.cli.ops import every_unit, opened
from checkstand.kernel import present
from checkstand.reconciliation import queue, refused_store, store
from checkstand.reconciliation.errors import AccountAmbiguous, RunUnknown, StatementMissing
from checkstand.reconciliation.queue import Wanted

console = Console(highlight=False, soft_wrap=True)
Command = Callable[..., None]


def _of_unit(command: Command) -> Command:
    """The options that say whose books, and whether those of test or of live money."""
    mode = click.option("--mode", type=click.Choice(["test", "live"]), default="live", show_default=True)
    return click.option("--tenant", required=True, help="The business unit.")(mode(command))


@click.group()
def reconcile() -> None:
    """Compare our books with the channels' statements."""


@reconcile.command("run")
@click.argument("channel")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day of the statement.")
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
              help="The statement as it was fetched: plain, .gz or .zip.")  # fmt: skip
@_of_unit
@click.option("--account", default="", help="The channel account, where the unit has several.")
def run(channel: str, day: datetime, path: Path, tenant: str, mode: str, account: str) -> None:
    """Use a statement of CHANNEL. The same file twice changes nothing; a re-issued one corrects the day."""
    with opened(writing=True) as platform:
        account_id = account or _only_account(platform, tenant, mode, channel)
        done = reconcile_day(platform, Day(tenant, account_id, day.date()), path)
        _tell(platform, done)


@reconcile.command("fetch")
@click.argument("channel")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day of the statement.")
@_of_unit
@click.option("--account", default="", help="The channel account, where the unit has several.")
def fetch(channel: str, day: datetime, tenant: str, mode: str, account: str) -> None:
    """Get the statement of CHANNEL from it and use it; a bank's statements up to that day."""
    with opened(writing=True) as platform:
        account_id = account or _only_account(platform, tenant, mode, channel)
        tried = fetch_day(platform, tenant, account_id, day.date())
        if not tried.done:
            raise StatementMissing(f"{channel} {day.date()}: {tried.code} {tried.detail}".strip())
        with platform.db.read() as connection:
            rows = store.runs_of_day(connection, tenant, account_id, day.date())
        if rows:
            _tell(platform, rows[-1])
        else:
            click.echo(f"{channel} · {mode} · fetched up to {day.date()}")


@reconcile.command("queue")
@_of_unit
@click.option("--limit", default=100, show_default=True)
def open_items(tenant: str, mode: str, limit: int) -> None:
    """Differences that wait for a person, with their age."""
    with opened() as platform:
        accounts = list(accounts_of(platform, tenant, mode))
        with platform.db.read() as connection:
            rows = queue.queue(connection, tenant, accounts, Wanted(), limit=limit)
        now = platform.clock.now()
    for row in rows:
        minor = row.amount_diff_minor - row.cost_diff_minor
        number, age = row.our_no or row.channel_no, (now - row.created_at).days
        owner = row.owner or "nobody"
        told = f"{row.item_class} · {number} · {minor} {row.currency} · {row.cleared_on} · {age} days · {owner}"
        click.echo(f"{row.item_id} · {told}")


@reconcile.command("list")
@click.option("--tenant", "tenants", multiple=True, help="A business unit; all of them when left out.")
@click.option("--limit", default=20, show_default=True)
def list_runs(tenants: Sequence[str], limit: int) -> None:
    """The latest runs, newest first."""
    told = 0
    with opened() as platform, platform.db.read() as connection:
        for tenant_id in tenants or every_unit(platform):
            for row in store.runs(connection, tenant_id, limit=limit):
                found = f"{row.lines} lines, {_differences(row)} to look at"
                click.echo(f"{row.run_id} · {row.tenant_id} · {_headline(row)} · {found}")
                told += 1
    if not told:
        click.echo("no day was compared yet; `checkstand reconcile fetch` gets a channel's statement", err=True)


@reconcile.command("show")
@click.argument("run_id")
@click.option("--class", "item_class", default=None, help="Only items of this class, such as amount_diff.")
@click.option("--limit", default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def show(run_id: str, item_class: str | None, limit: int, as_json: bool) -> None:
    """What a run found. Items that match are counted, and listed with --class matched."""
    with opened() as platform:
        with platform.db.read() as connection:
            found = store.run_anywhere(connection, run_id)
            if found is None:
                raise RunUnknown(f"no run {run_id}")
            items = store.items_of_run(connection, found.tenant_id, run_id, item_class=item_class, limit=limit)
        if as_json:
            told = {**found._mapping, "items": [dict(row._mapping) for row in items]}
            click.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))
            return
        _tell(platform, found)
    table = Table("class", "state", "resolution", "our number", "the channel's", "ours", "theirs", "line")
    for row in items:
        if row.item_class != "matched" or item_class:
            cells = (row.item_class, row.status, row.resolution, row.our_no, row.channel_no)
            amounts = (row.own_minor, row.channel_minor, row.line_no)
            table.add_row(*("" if cell is None else str(cell) for cell in (*cells, *amounts)))
    console.print(table)


@reconcile.command("refused")
@_of_unit
@click.option("--limit", default=20, show_default=True)
def list_refused(tenant: str, mode: str, limit: int) -> None:
    """Files that could not be used, newest first, with the reason; `file` writes one as it came."""
    with opened() as platform:
        accounts = accounts_of(platform, tenant, mode)
        with platform.db.read() as connection:
            rows = refused_store.latest(connection, tenant, mode, limit=limit)
    for row in rows:
        told = f"{accounts[row.channel_account_id].channel} · {row.day} · {row.name} · {row.size} bytes"
        click.echo(f"{row.file_id} · {told} · [{row.code}] {row.detail}")


@reconcile.command("file")
@click.argument("file_id")
@_of_unit
@click.option("--to", "path", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True,
              help="Where to write it; a file that is there stays.")  # fmt: skip
def write_file(file_id: str, tenant: str, mode: str, path: Path) -> None:
    """Write a statement as it came: FILE_ID is in what `run` and `refused` print."""
    with opened() as platform:
        file = statement_file(platform, tenant, mode, file_id)
        try:
            with path.open("xb") as stream:
                stream.writelines(file.parts)
        except FileExistsError:
            raise click.BadParameter(f"{path} exists", param_hint="--to") from None
    click.echo(f"{path} · {file.name} · {file.size} bytes · SHA-256 {file.sha256}")


def _only_account(platform: Platform, tenant: str, mode: str, channel: str) -> str:
    platform.registry.channel(channel)  # a misspelt name is told with the one that was meant
    with platform.db.read() as connection:
        found = [row.channel_account_id for row in active_accounts(connection, tenant, mode) if row.channel == channel]
    if len(found) != 1:
        names = ", ".join(found) or "none"
        raise AccountAmbiguous(f"{tenant} has these {mode} accounts at {channel}: {names}", pointer="account")
    return str(found[0])


def _tell(platform: Platform, row: Row[Any]) -> None:
    with platform.db.read() as connection:
        files = store.files_of(connection, row.tenant_id, row.channel_account_id, row.cleared_on)
    file = present(next((each for each in files if each.file_id == row.file_id), None), "a run has its file")
    click.echo(f"{row.run_id} · {_headline(row)}")
    click.echo(f"{file.file_id} · {file.name} · version {file.version} · {file.format} · SHA-256 {file.sha256}")
    for name, count in row.classes.items():
        click.echo(f"  {count:>8} {name}")


def _headline(row: Row[Any]) -> str:
    return f"{row.channel} · {row.mode} · {row.cleared_on} · {row.status}"


def _differences(row: Row[Any]) -> int:
    return sum(count for name, count in row.classes.items() if name != "matched")
