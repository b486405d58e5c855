"""`checkstand channels`: what is installed, whether it keeps the clauses, accounts with them, and the kill switch."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click
import yaml
from rich.console import Console
from rich.table import Table

from checkstand.channel import Registry
from checkstand.infra.yaml_text import load_yaml
from checkstand.kernel import duration_s


@click.group()
def channels() -> None:
    """List channels, check them against the conformance clauses, open accounts with them, stop and resume them."""


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


@channels.command("open-account")
@click.argument("channel")
@click.option("--tenant", "tenant_id", required=True, help="The business unit that gets the account.")
@click.option("--mode", type=click.Choice(["test", "live"]), default="live", show_default=True)
@click.option(
    "--credentials",
    "path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A YAML or JSON file with the fields of the channel's manifest; delete it afterwards.",
)
@click.option("--cost-ppm", default=0, show_default=True, help="What the channel keeps, in millionths.")
@click.option("--base-url", default=None, help="Another address of the channel's API, such as a regional one.")
def open_account(channel: str, tenant_id: str, mode: str, path: Path, cost_ppm: int, base_url: str | None) -> None:
    """Give a business unit an account with CHANNEL; the secrets are sealed before they are stored."""
    from checkstand.app.open_channel_account import open_channel_account
    from checkstand.channel.store import CredentialsInvalid
    from checkstand.cli.ops import opened

    try:
        read = load_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        read = None
    if not isinstance(read, dict):
        raise CredentialsInvalid(f"{path}: not a file of `field: value` lines")
    credentials = {str(name): str(value) for name, value in read.items()}
    with opened(writing=True) as platform:
        account_id = open_channel_account(
            platform, tenant_id, channel, mode, credentials, cost_ppm=cost_ppm, base_url=base_url, by=getpass.getuser()
        )
    click.echo(f"{account_id} · {channel} · {mode} · {tenant_id}")


_units = click.option(
    "--tenant", "tenants", multiple=True, help="A business unit; repeat for several. Left out: all of them."
)
_method = click.option("--method", default="", help="Only this method type of the channel, such as wechat_pay.")
_reason = click.option("--reason", required=True, help="Why; it stands in the audit trail, shoppers do not see it.")


@channels.command("stop")
@click.argument("channel")
@_units
@_method
@click.option("--for", "lasting", default="PT1H", show_default=True, help="How long, as an ISO 8601 duration.")
@click.option("--message", "messages", multiple=True, help="What shoppers read, as locale=text; repeat per locale.")
@_reason
def stop(channel: str, tenants: Sequence[str], method: str, lasting: str, messages: Sequence[str], reason: str) -> None:
    """Hide CHANNEL from new payments for a while; open payments go on. Every server obeys within a second."""
    from checkstand.app.stop_channel import StopMessageInvalid, stop_channel
    from checkstand.cli.ops import every_unit, opened

    pairs = [each.partition("=") for each in messages]
    if not all(locale and equals for locale, equals, _ in pairs):
        raise StopMessageInvalid(pointer="message")
    with opened(writing=True) as platform:
        units = tenants or every_unit(platform)
        until = stop_channel(
            platform, units, channel, method,
            lasting=timedelta(seconds=duration_s(lasting)), message={locale: text for locale, _, text in pairs},
            reason=reason, by=getpass.getuser(),
        )  # fmt: skip
    what = f"{channel} {method}".rstrip()
    click.echo(f"{what} is stopped until {until:%Y-%m-%d %H:%M:%S} UTC · {len(units)} business units")


@channels.command("resume")
@click.argument("channel")
@_units
@_method
@_reason
def resume(channel: str, tenants: Sequence[str], method: str, reason: str) -> None:
    """Let CHANNEL take new payments again."""
    from checkstand.app.stop_channel import resume_channel
    from checkstand.cli.ops import every_unit, opened

    with opened(writing=True) as platform:
        units = tenants or every_unit(platform)
        count = resume_channel(platform, units, channel, method, reason=reason, by=getpass.getuser())
    click.echo(f"{channel}{f' {method}' if method else ''} takes payments again · {count} business units")


@channels.command("stopped")
@_units
def list_stopped(tenants: Sequence[str]) -> None:
    """Print what is stopped, where, and until when."""
    from checkstand.app.stop_channel import stopped
    from checkstand.cli.ops import every_unit, opened

    table = Table("channel", "method", "business unit", "until (UTC)")
    with opened() as platform:
        for row in stopped(platform, tenants or every_unit(platform)):
            table.add_row(row.channel, row.method or "all", row.tenant_id, f"{row.expires_at:%Y-%m-%d %H:%M:%S}")
    Console().print(table)
