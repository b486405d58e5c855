"""`checkstand settle run | list | show`: settle a day, and look at batches."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Row

from checkstand.app.settlement.read_batches import list_items, read_batch
from checkstand.app.settlement.run_day import Ran, run_day
from checkstand.cli.ops import every_unit, opened
from checkstand.kernel import Money
from checkstand.settlement.batch_store import batch_anywhere, batches_page
from checkstand.settlement.errors import BatchUnknown

console = Console(highlight=False, soft_wrap=True)


@click.group()
def settle() -> None:
    """Settlement batches."""


@settle.command("run")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The settlement day.")
@click.option("--tenant", "tenants", multiple=True, help="A business unit; all of them when left out.")
@click.option("--mode", type=click.Choice(["test", "live"]), default=None, help="Both when left out.")
@click.option("--cycle-t0", "at_once", is_flag=True, help="Cut T+0, which is cut in the evening, instead of the rest.")
def run(day: datetime, tenants: Sequence[str], mode: str | None, at_once: bool) -> None:
    """Cut what is due on this day and take every batch as far as it goes. Twice does nothing twice.

    The exit code is 1 when a batch could not go on; the next run tries again.
    """
    with opened(writing=True) as platform:
        ran = [
            (unit, run_day(platform, unit, day.date(), mode=mode, at_once=at_once))
            for unit in _units(platform, tenants)
        ]
    for tenant_id, done in ran:
        _tell(tenant_id, done)
    if any(done.problems for _, done in ran):
        raise SystemExit(1)


@settle.command("list")
@click.option("--tenant", "tenants", multiple=True, help="A business unit; all of them when left out.")
@click.option("--mode", type=click.Choice(["test", "live"]), default=None, help="Both when left out.")
@click.option("--limit", default=20, show_default=True, help="Of each unit and mode.")
def list_batches(tenants: Sequence[str], mode: str | None, limit: int) -> None:
    """The latest batches, newest first."""
    told = 0
    with opened() as platform, platform.db.read() as connection:
        for tenant_id in _units(platform, tenants):
            for each in (mode,) if mode else ("live", "test"):
                for row in batches_page(connection, tenant_id, each, limit=limit):
                    click.echo(_line(row))
                    told += 1
    if not told:
        click.echo("no batch yet; `checkstand settle run --date …` cuts what is due on a day", err=True)


@settle.command("show")
@click.argument("batch_id")
@click.option("--limit", default=100, show_default=True, help="At most so many items.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def show(batch_id: str, limit: int, as_json: bool) -> None:
    """A batch with its payouts and items."""
    with opened() as platform:
        with platform.db.read() as connection:
            row = batch_anywhere(connection, batch_id)
        if row is None:
            raise BatchUnknown(f"there is no settlement batch {batch_id}", batch=batch_id)
        batch = read_batch(platform, row.tenant_id, row.mode, batch_id)
        items = list_items(platform, row.tenant_id, row.mode, batch_id, limit=min(max(limit, 1), 100))["data"]
    if as_json:
        click.echo(json.dumps({**batch, "item_list": items}, ensure_ascii=False, indent=2))
        return
    click.echo(_line(row))
    for payout in batch["payouts"]:
        click.echo(f"  payout {payout['id']} · {payout['status']} · {_amount(payout['amount'])}")
    table = Table("item", "kind", "of", "cleared", "gross", "fee", "amount")
    for item in items:
        amounts = (_amount(item[name]) for name in ("gross", "fee", "amount"))
        table.add_row(item["id"], item["kind"], item["payment"] or item["source"], item["cleared_on"], *amounts)
    console.print(table)


def _units(platform: Any, tenants: Sequence[str]) -> Sequence[str]:
    return tenants or every_unit(platform)


def _tell(tenant_id: str, done: Ran) -> None:
    if done.reserves:
        click.echo(f"{tenant_id}: {done.reserves} reserves released")
    for row in done.batches:
        click.echo(_line(row))
    for problem in done.problems:
        click.echo(f"{tenant_id}: {problem}", err=True)
    if not (done.batches or done.reserves or done.problems):
        click.echo(f"{tenant_id}: nothing to settle")


def _line(row: Row[Any]) -> str:
    amount = Money(row.net_minor, row.currency).decimal()
    why = f" ({row.reason})" if row.reason else ""
    return (
        f"{row.batch_id} · {row.tenant_id} {row.mode} · {row.owner_id} · {row.cycle} {row.settles_on} · "
        f"{row.items} items · {amount} {row.currency} · {row.status}{why}"
    )


def _amount(money: dict[str, Any]) -> str:
    return f"{Money(money['minor'], money['currency']).decimal()} {money['currency']}"
