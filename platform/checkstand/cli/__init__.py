"""The command line: `checkstand <command>`. Each command lives in its owner's file and is imported when called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import click

from checkstand.kernel import CheckstandError


class Place(NamedTuple):
    """Where a command is defined, and the line `--help` shows without importing it."""

    module: str
    attribute: str
    help: str


# fmt: off
COMMANDS: Final[Mapping[str, Place]] = {
    "demo":     Place("demo",     "demo",     "Start everything with a demo merchant and print where to look."),
    "serve":    Place("demo",     "serve",    "Serve the platform with its jobs until stopped."),
    "migrate":  Place("demo",     "migrate",  "Bring the database to this version."),
    "validate": Place("scenario", "validate", "Check scenario files and point at every mistake."),
    "plan":     Place("planning", "plan",     "Say what publishing files would change for whom."),
    "apply":    Place("scenario", "apply",    "Publish scenario files to the database."),
    "export":   Place("scenario", "export",   "Write published scenarios back to files."),
    "explain":  Place("explaining", "explain", "Tell what an order would see and why."),
    "show":     Place("scenario", "show",     "Print a scenario as it is after merging."),
    "experiments": Place("experiments", "experiments", "Results of experiments; widen, stop and start them."),
    "schema":   Place("schema_file", "schema", "Print the JSON Schema of scenario files, for editors."),
    "channels": Place("channels", "channels", "List channels and check them against the conformance clauses."),
    "sim":      Place("sim",      "sim",      "Steer a channel simulator: faults, clock, truth log."),
    "payments": Place("ops",      "payments", "Tell the whole story of a payment."),
    "webhooks": Place("ops",      "webhooks", "List and repeat webhook deliveries."),
    "health":   Place("health_check", "health", "Name published versions that cannot be loaded."),
    "reconcile": Place("reconcile", "reconcile", "Compare a day with the channel's statement; list what was found."),
    "settle":   Place("settle",   "settle",   "Settle a day; list batches and show what is in one."),
    "ledger":   Place("ledger",   "ledger",   "Prove and read the books, close days, adjust by two people."),
}
# fmt: on


class Commands(click.Group):
    """A group that knows its commands by name and imports one only to run it, so the shell answers quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        command = getattr(importlib.import_module(f"checkstand.cli.{place.module}"), place.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"checkstand.cli.{place.module}.{place.attribute} is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.help) for name, place in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CheckstandError as error:
            explain(error)
            ctx.exit(2)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="checkstand", prog_name="checkstand", message="%(prog)s %(version)s")
def cli() -> None:
    """Checkstand turns one YAML file into a checkout and the money flow behind it."""


def explain(error: CheckstandError) -> None:
    """Say what is wrong, what to do, and the code to search for."""
    click.secho(f"error: {error.detail}", fg="red", err=True)
    click.secho(f"  → {error.remedy}", err=True)
    click.secho(f"  [{error.code}]", dim=True, err=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the entry point of the wheel."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show 收银台 prints question marks; it must not stop the command.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    cli.main(args=None if arguments is None else list(arguments), prog_name="checkstand")
