"""`checkstand channels`: what is installed, and whether it keeps the clauses."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from checkstand.channel import Registry


@click.group()
def channels() -> None:
    """List channels and check them against the conformance clauses."""


@channels.command("list")
def list_channels() -> None:
    """Print every installed channel with its methods, terminals and capabilities."""
    table = Table("channel", "name", "methods and products", "currencies", "can", "simulator")
    for channel in Registry.load().channels():
        manifest = channel.manifest
        products = [
            f"{method.type}: " + ", ".join(f"{terminal}→{product}" for terminal, product in method.products.items())
            for method in manifest.methods
        ]
        table.add_row(
            manifest.name,
            manifest.names["en"],
            "\n".join(products),
            " ".join(sorted(manifest.currencies)),
            " ".join(sorted(capability.value for capability in manifest.capabilities)),
            "internal" if manifest.internal else "yes" if manifest.simulator else "no",
        )
    Console().print(table)


@channels.command("check")
@click.argument("name")
def check_channel(name: str) -> None:
    """Run every conformance clause against the channel's own simulator; exit code 1 when one is broken."""
    from checkstand.channel.conformance import check

    channel = Registry.load().channel(name)
    if channel.manifest.internal:
        click.echo(
            f"{name} is an internal channel: its money moves in our own books, `checkstand ledger check` judges it"
        )
        return
    table = Table("", "mode", "clause", title=f"{name} against its simulator")
    broken = 0
    for result in check(channel):
        broken += result.problem is not None
        says = result.clause.says if result.problem is None else f"{result.clause.says}\n[red]{result.problem}[/red]"
        table.add_row("[red]✗[/red]" if result.problem else "[green]✓[/green]", result.variant, says)
    Console().print(table)
    click.echo(f"{table.row_count - broken} kept, {broken} broken")
    if broken:
        raise SystemExit(1)
