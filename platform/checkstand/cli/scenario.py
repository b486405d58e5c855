"""`checkstand validate | apply | export | show`: scenario files on the command line."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import click
import yaml
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from checkstand.app.create_session import ScenarioNotPublished
from checkstand.infra.resources import scenarios as catalogue_folder
from checkstand.infra.settings import Settings
from checkstand.kernel import CheckstandError, Kind
from checkstand.scenario.plan import Plan
from checkstand.scenario.problem import Problem, ScenarioInvalid
from checkstand.scenario.schema import HEADER

if TYPE_CHECKING:
    from checkstand.app.platform import Platform
    from checkstand.scenario import Catalogue, Loaded

_MANY_FILES = 30  # below that, everything is done before a progress bar could be read
_MODES = click.Choice(["test", "live"])


class TenantUnknown(CheckstandError):
    code = "tenant.unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such business unit."
    remedy = "Name an existing one; `checkstand demo` creates demo-retail."


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for editors and CI.")
def validate(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check and prove scenario files and point at every mistake; exit code 1 when something must be corrected."""
    settings = Settings.from_env()
    loaded = _proven(load_files(paths or (settings.scenarios_dir or catalogue_folder(),)), settings)
    if as_json:
        report = {
            "valid": not loaded.errors,
            "files": [{"file": f.file, "scenario": f.scenario_id, "version": f.version} for f in loaded.files if f.ok],
            "problems": [problem.to_json() for problem in loaded.problems],
        }
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        print_problems(loaded.problems)
        _tell_of_holidays(settings)
        count, wrong = len(loaded.files), len(loaded.errors)
        click.echo(f"{count} file{'s' * (count != 1)}, {wrong} error{'s' * (wrong != 1)}", err=bool(wrong))
    sys.exit(1 if loaded.errors or not loaded.files else 0)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--tenant", required=True, help="The business unit the scenarios belong to.")
@click.option("--mode", type=_MODES, default="test", show_default=True, help="Which money they take.")
@click.option("--note", default="", help="Why, for the history.")
@click.option(
    "--explain-override", "override", default="", help="Why, in spite of what the proof found; kept for good."
)
def apply(paths: tuple[Path, ...], tenant: str, mode: str, note: str, override: str) -> None:
    """Publish scenario files: all of them, or none when one is wrong or some order could not be paid."""
    from checkstand.app.apply_scenarios import publish_catalogue
    from checkstand.app.prove_scenarios import ProofRefused

    loaded = load_files(paths)
    if loaded.errors:
        print_problems(loaded.problems)
        click.echo(f"{len(loaded.errors)} to correct; nothing was changed", err=True)
        sys.exit(1)
    try:
        with opened(tenant) as platform:
            done = publish_catalogue(platform, tenant, loaded, mode, by=_user(), note=note, override=override)
    except ProofRefused as refused:
        print_problems(refused.problems)
        click.echo(f"{refused.message}\n    → {refused.remedy}", err=True)
        sys.exit(1)
    print_problems(done.told)
    for scenario in done.scenarios:
        color = {"created": "green", "published": "yellow"}.get(scenario.verb)
        click.echo(f"{click.style(scenario.verb.ljust(9), fg=color)} {scenario.scenario_id} {scenario.version[:12]}")


@click.command()
@click.argument("scenario")
@click.option("--tenant", required=True, help="The business unit it belongs to.")
@click.option("--mode", type=_MODES, default="test", show_default=True)
@click.option("--source", is_flag=True, help="The file as it was applied, comments and `extends` included.")
def export(scenario: str, tenant: str, mode: str, source: bool) -> None:
    """Print the published version as one complete file; applying that file changes nothing."""
    from checkstand.scenario.store import published_pointer, read_version

    with opened(tenant) as platform, platform.db.read() as connection:
        content_hash = published_pointer(connection, tenant, scenario, mode)
        version = read_version(connection, tenant, content_hash) if content_hash else None
    if version is None:
        raise ScenarioNotPublished(f"{tenant} has no published version of {scenario!r} in {mode} mode")
    if source:
        click.echo(version.source_yaml, nl=False)
        return
    click.echo(HEADER, nl=False)
    click.echo(f"# {scenario}, version {version.content_hash}")
    click.echo(f"# created by {version.created_by}, {version.created_at:%Y-%m-%d}")
    click.echo(yaml.safe_dump(version.document, allow_unicode=True, sort_keys=False, width=120), nl=False)


@click.command()
@click.argument("scenario")
@click.option("--tenant", help="Show what this business unit has published; without it, SCENARIO is a file.")
@click.option("--mode", type=_MODES, default="test", show_default=True)
@click.option("--locale", default="en", show_default=True, help="Language of labels and texts.")
def show(scenario: str, tenant: str | None, mode: str, locale: str) -> None:
    """Tell what a scenario means: methods, rules, forms, experiments, times and money."""
    from checkstand.scenario.summary import summary

    plan = _published(scenario, tenant, mode) if tenant else _of_file(scenario)
    console = Console(highlight=False, soft_wrap=True)
    name = plan.name.get(locale) or plan.name[plan.default_locale]
    console.print(
        f"[bold]{escape(plan.scenario_id)}[/] {escape(name)} · {escape(plan.owner)} · {plan.content_hash[:12]}"
    )
    for section in summary(plan, locale):
        console.print(f"\n[bold]{section.title}[/]")
        for line in section.lines:
            console.print(f"  {escape(line)}")


# ── helpers ─────────────────────────────────────────────────────────────────────────────────────


def load_files(paths: Sequence[Path]) -> Catalogue:
    from checkstand.app.check_files import check_files
    from checkstand.channel import Registry
    from checkstand.scenario.load import yaml_files

    with _progress("checking", len(yaml_files(paths))) as advance:
        return check_files(paths, Settings.from_env(), Registry.load(), advance)


def _tell_of_holidays(settings: Settings) -> None:
    """When settlements reach a year whose holidays nobody has written down. Raises `HolidaysWrong`."""
    from checkstand.accounting.calendar import accounting_date
    from checkstand.clearing.calendar import STANDARD, read_calendar, unknown_year
    from checkstand.kernel import SystemClock

    path = settings.holidays_file or STANDARD
    year = unknown_year(read_calendar(path), accounting_date(SystemClock().now()))
    if year is not None:
        click.echo(f"warning: {path} has no holidays of {year}; its weeks are settled as plain ones")


def _proven(loaded: Catalogue, settings: Settings) -> Catalogue:
    from checkstand.app.prove_scenarios import prove_files
    from checkstand.channel import Registry

    with _progress("proving", len(loaded.files)) as advance:
        return prove_files(loaded, settings, Registry.load(), lambda _path: advance(1))


@contextmanager
def _progress(doing: str, files: int) -> Iterator[Callable[[int], None]]:
    """A bar that goes away at the end, where somebody looks and there is something to wait for."""
    if files < _MANY_FILES or not sys.stderr.isatty():
        yield lambda _files: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=files)
        yield lambda done: bar.advance(task, done)


def load_one(name: str) -> Loaded:
    """A file, or a scenario of the catalogue by its id; right in every respect, and no base."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else catalogue_folder() / f"{name}.yaml"
    loaded = load_files([path])
    if loaded.errors:
        raise ScenarioInvalid(loaded.errors)
    if not loaded.scenarios or loaded.scenarios[0].document is None:
        raise ScenarioNotPublished(f"{path} is a base; a scenario that extends it can be shown")
    return loaded.scenarios[0]


def _of_file(name: str) -> Plan:
    from checkstand.channel import Registry
    from checkstand.scenario import compile_plan

    return compile_plan(load_one(name).document or {}, Registry.load().method_types())


def _published(scenario: str, tenant: str, mode: str) -> Plan:
    with opened(tenant) as platform:
        plan = platform.plans.published(tenant, scenario, mode)
    if plan is None:
        raise ScenarioNotPublished(f"{tenant} has no published version of {scenario!r} in {mode} mode")
    return plan


@contextmanager
def opened(tenant: str) -> Iterator[Platform]:
    """The platform of this installation, with the poster running and no jobs."""
    from checkstand.app.bootstrap import build_platform
    from checkstand.app.migrate import migrate
    from checkstand.member import get_tenant

    platform = build_platform(Settings.from_env())
    migrate(platform.db)
    platform.start(jobs=False)
    try:
        with platform.db.read() as connection:
            known = get_tenant(connection, tenant) is not None
        if not known:
            raise TenantUnknown(f"there is no business unit {tenant!r}")
        yield platform
    finally:
        platform.stop()


def print_problems(problems: Sequence[Problem]) -> None:
    """Each problem with the line it is in and a caret below, like a compiler."""
    for problem in problems:
        color = "yellow" if problem.severity == "warning" else "red"
        word = "warning: " if problem.severity == "warning" else ""
        click.secho(f"{word}{problem}", fg=color, err=True)
        for line in excerpt(problem):
            click.secho(f"    {line}", dim=True, err=True)
        if problem.example:
            click.echo(f"    for example: {problem.example}", err=True)
        if problem.remedy:
            click.echo(f"    → {problem.remedy}", err=True)


def excerpt(problem: Problem) -> list[str]:
    """The line of the file and a caret; nothing when the file cannot be read as text."""
    try:
        lines = Path(problem.file).read_text(encoding="utf-8").splitlines()
        line = lines[problem.line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return []
    before = line[: problem.column - 1]
    width = sum(2 if east_asian_width(c) in "WF" else 1 for c in before)
    if len(line) > 160:
        return []
    return [line, " " * width + "^"]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"
