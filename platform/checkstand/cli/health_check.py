"""`checkstand health`: is this installation well?"""

from __future__ import annotations

import sys

import click

from checkstand.infra.settings import Settings


@click.command()
def health() -> None:
    """Load every published version and name those that cannot be loaded; exit code 1 when there is one.

    A damaged version stops nobody else: its scenario goes on with the version that was published before it.
    """
    from checkstand.app.bootstrap import build_platform
    from checkstand.app.check_health import unusable_versions

    platform = build_platform(Settings.from_env())
    try:
        found = list(unusable_versions(platform))
    finally:
        platform.stop()
    for each in found:
        click.secho(f"{each.tenant_id} {each.mode} {each.scenario_id}: {each.why}", fg="red")
        click.echo(f"  → {f'{each.served[:12]} serves instead' if each.served else 'new checkouts are refused'}")
    click.echo("1 version cannot be loaded" if len(found) == 1 else f"{len(found)} versions cannot be loaded")
    sys.exit(1 if found else 0)
