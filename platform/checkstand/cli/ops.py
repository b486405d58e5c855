"""What operators ask before there is a console: the story of a payment, redelivery, and whether the books balance."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from checkstand.app.bootstrap import build_platform
from checkstand.app.manage_webhooks import redeliver as redeliver_one
from checkstand.app.payment_story import payment_story
from checkstand.app.platform import Platform
from checkstand.infra.settings import Settings
from checkstand.infra.webhooks import recent_deliveries
from checkstand.member import tenant
from checkstand.payment import payment

console = Console()


@contextmanager
def opened(*, writing: bool = False) -> Iterator[Platform]:
    """The platform of the current settings, without jobs; its poster only when something is written."""
    platform = build_platform(Settings.from_env())
    if writing:
        platform.start(jobs=False)
    try:
        yield platform
    finally:
        platform.stop()


def every_unit(platform: Platform) -> list[str]:
    """The ids of all business units."""
    with platform.db.read() as connection:
        return list(connection.execute(select(tenant.c.tenant_id).order_by(tenant.c.tenant_id)).scalars())


@click.group()
def payments() -> None:
    """Payments."""


@payments.command("show")
@click.argument("payment_id")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def show_payment(payment_id: str, as_json: bool) -> None:
    """Tell the whole story of a payment: decisions, attempts, messages, journals, webhooks."""
    with opened() as platform:
        with platform.db.read() as connection:
            owner = connection.execute(select(payment.c.tenant_id).where(payment.c.payment_id == payment_id)).scalar()
        story = payment_story(platform, owner or "", None, payment_id)
    if as_json:
        click.echo(json.dumps(story, ensure_ascii=False, indent=2, default=str))
        return
    _tell(story)


@click.group()
def webhooks() -> None:
    """Webhook deliveries."""


@webhooks.command("list")
@click.option("--tenant", "tenant_id", default=None, help="The business unit; all of them when left out.")
@click.option("--state", type=click.Choice(["delivered", "retrying", "dead"]), default=None)
@click.option("--limit", default=20, show_default=True)
def list_deliveries(tenant_id: str | None, state: str | None, limit: int) -> None:
    """The latest deliveries, newest first."""
    table = Table("delivery", "message", "attempt", "state", "status", "error")
    with opened() as platform, platform.db.read() as connection:
        owners = [tenant_id] if tenant_id else list(connection.execute(select(tenant.c.tenant_id)).scalars())
        for owner in owners:
            for row in recent_deliveries(connection, owner, state=state, limit=limit):
                cells = (
                    row["delivery_id"],
                    row["message_id"],
                    row["attempt"],
                    row["state"],
                    row["status_code"],
                    row["error"],
                )
                table.add_row(*("" if cell is None else str(cell) for cell in cells))
    if table.row_count:
        console.print(table)
    else:
        console.print("No deliveries yet. They appear here when a payment changes and an endpoint is registered.")


@webhooks.command("redeliver")
@click.argument("delivery_ids", nargs=-1, required=True)
@click.option("--tenant", "tenant_id", required=True, help="The business unit whose deliveries these are.")
def redeliver(delivery_ids: tuple[str, ...], tenant_id: str) -> None:
    """Tell it again: same body, same webhook-id. The running server's jobs deliver it."""
    with opened(writing=True) as platform:
        for delivery_id in delivery_ids:
            result = redeliver_one(platform, tenant_id, None, delivery_id)
            state = "queued" if result["queued"] else "already on its way"
            click.echo(f"{delivery_id} → {result['endpoint_id']}: {state}")


def _tell(story: dict[str, Any]) -> None:
    amount = story["amount"]
    console.print(f"[bold]{story['id']}[/] · {story['status']} · {amount['minor']} {amount['currency']} minor units")
    console.print(
        f"order {story['order_no']} ({story['order_status']}) · scenario {story['scenario']['id']} · {story['mode']}"
    )
    console.rule("methods")
    for method in story["decisions"].get("methods", []):
        console.print(f"  {json.dumps(method, ensure_ascii=False)}")
    console.rule("history")
    for row in story["history"]:
        console.print(f"  {row['at']}  {row['object']:<11} {row['from'] or '–'} → {row['to']}  ({row['event']})")
    console.rule("channel messages")
    for row in story["messages"]:
        console.print(f"  {row['at']}  {row['verb']} {row['status']} {row['duration_ms']} ms", highlight=False)
        console.print(f"    {row['request']}\n    → {row['response'] or row['error']}", highlight=False, markup=False)
    for row in story["notifications"]:
        console.print(
            f"  {row['received_at']}  notification {row['notify_id']}: {row['outcome']} ({row['classified']})"
        )
    console.rule("journals")
    for journal in story["journals"]:
        console.print(f"  {journal['kind']} ({journal['source']})")
        for entry in journal["entries"]:
            sides = f"Dr {entry['debit_minor']:>9}  Cr {entry['credit_minor']:>9}"
            console.print(f"    {entry['account']:<60} {sides}  {entry['name']}")
    console.rule("webhooks")
    for message in story["webhooks"]:
        console.print(f"  {message['type']} {message['id']}")
        for delivery in message["deliveries"]:
            answer = delivery["status"] or delivery["error"]
            console.print(f"    {delivery['at']}  attempt {delivery['attempt']}: {delivery['state']} {answer}")
