"""`checkstand plan`: what changes for whom, before anything is published."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from checkstand.infra.resources import scenarios as catalogue_folder
from checkstand.infra.settings import Settings
from checkstand.kernel import CheckstandError

if TYPE_CHECKING:
    from checkstand.app.plan_changes import ChangePlan
    from checkstand.app.plan_words import PlanWords
    from checkstand.scenario import Catalogue

_MODES = click.Choice(["test", "live"])
_LANGUAGES = click.Choice(["en", "zh-CN"])


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--tenant", required=True, help="The business unit whose published scenarios are compared.")
@click.option("--mode", type=_MODES, default="test", show_default=True)
@click.option("--days", type=click.IntRange(0, 90), default=1, show_default=True, help="Replay the sessions of N days.")
@click.option("--lang", type=_LANGUAGES, default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for CI and machines.")
def plan(paths: tuple[Path, ...], tenant: str, mode: str, days: int, lang: str, as_json: bool) -> None:
    """Say what publishing these files would change for whom, and replay recorded sessions against it.

    Nothing is written. A base stands for every scenario that extends it. The exit code is 0 when nothing changes, 2
    when something does, 3 when somebody loses something, and 1 when a file has to be corrected first or nothing could
    be compared.
    """
    from checkstand.app.plan_changes import plan_changes, to_json
    from checkstand.app.plan_words import PlanWords
    from checkstand.cli import explain
    from checkstand.cli.scenario import opened, print_problems

    catalogue = _catalogue(paths or (Settings.from_env().scenarios_dir or catalogue_folder(),))
    if catalogue.errors:
        print_problems(catalogue.problems)
        click.echo(f"{len(catalogue.errors)} to correct; nothing was compared", err=True)
        sys.exit(1)
    try:
        with opened(tenant) as platform:
            found = plan_changes(platform, tenant, catalogue, mode, days=days)
            names = {name: kind.names for name, kind in platform.registry.method_types().items()}
    except CheckstandError as error:  # elsewhere an error exits with 2; here that says that something changes
        explain(error)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(to_json(found), ensure_ascii=False, indent=2))
    else:
        _tell(found, PlanWords(names, lang))
    sys.exit(found.code)


def _tell(found: ChangePlan, words: PlanWords) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for change in found.changed:
        color = "red" if change.breaking else "yellow"
        console.print(
            f"[bold]{escape(change.scenario_id)}[/] {escape(change.file)} [{color}]{words.verdict(change)}[/]"
        )
        for line in words.lines(change):
            places = f"  [dim]{escape(' · '.join(line.places))}[/]" if line.places else ""
            console.print(f"  {'[red]✗[/]' if line.breaking else '·'} {escape(line.text)}{places}")
            for inside in line.inside:
                console.print(f"      {escape(inside)}")
        for text in (*words.replayed(change), *words.touched(change)):
            console.print(f"    {escape(text)}")
        console.print()
    for text in words.ending(found):
        console.print(escape(text))


def _catalogue(paths: tuple[Path, ...]) -> Catalogue:
    """The files, and for each base that is named the scenarios that take something from it."""
    from checkstand.cli.scenario import load_files
    from checkstand.scenario import Catalogue
    from checkstand.scenario.layers import settings

    named = load_files(paths)
    bases = {Path(each.file).resolve() for each in named.files if each.is_base}
    if not bases:
        return named
    here = {Path(each.file).resolve() for each in named.files}
    around = load_files(tuple(dict.fromkeys(base.parent.parent for base in bases)))
    extending = tuple(
        each
        for each in around.scenarios
        if Path(each.file).resolve() not in here
        and each.tree is not None
        and any(Path(setting.file).resolve() in bases for setting in settings(each.tree, {}))
    )
    return Catalogue((*named.files, *extending))
