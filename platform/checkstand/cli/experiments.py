"""`checkstand experiments list | results | ramp | stop | start`: what they have shown, and deciding about them."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from checkstand.app.console_access import Actor
from checkstand.app.experiments import steer
from checkstand.app.experiments.measure import Which
from checkstand.cli.ops import opened

if TYPE_CHECKING:
    from checkstand.app.experiments.results import Results, Running

F = TypeVar("F", bound=Callable[..., Any])
_MODES = click.Choice(["test", "live"])
console = Console(highlight=False, soft_wrap=True)


@click.group()
def experiments() -> None:
    """Experiments of the published scenarios."""


def _one(command: F) -> F:
    """The arguments that name one experiment."""
    for option in (
        click.option("--mode", type=_MODES, default="test", show_default=True),
        click.option("--tenant", required=True, help="The business unit it belongs to."),
        click.argument("experiment"),
        click.argument("scenario"),
    ):
        command = option(command)
    return command


def _reason(command: F) -> F:
    return click.option("--reason", required=True, help="Why; it stays with the experiment.")(command)


@experiments.command("list")
@click.option("--tenant", required=True, help="The business unit.")
@click.option("--mode", type=_MODES, default="test", show_default=True)
def list_(tenant: str, mode: str) -> None:
    """Every published experiment and the state it is in."""
    from checkstand.app.experiments.results import list_experiments

    with opened() as platform:
        found = list_experiments(platform, tenant, mode)
    if not found:
        console.print("No experiment is published. Write one into a scenario: docs/recipes/run-an-experiment.md")
        return
    table = Table("scenario", "experiment", "state", "layer", "range", "coverage", "first seen")
    for each in found:
        low, high = each.experiment.range
        seen = f"{each.first_at:%Y-%m-%d %H:%M}" if each.first_at else "–"
        cells = (each.plan.scenario_id, each.experiment.id, _state(each), each.experiment.layer)
        table.add_row(*map(escape, cells), f"{low:g} – {high:g}", f"{100 * each.coverage:g} %", seen)
    console.print(table)


@experiments.command()
@_one
@click.option("--locale", type=click.Choice(["en", "zh-CN"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Every figure as one JSON object.")
def results(scenario: str, experiment: str, tenant: str, mode: str, locale: str, as_json: bool) -> None:
    """What it has shown so far: the verdict in words, and each metric with its interval."""
    from checkstand.app.experiments.results import experiment_results
    from checkstand.experiment.stats.words import difference_words, metric_name, sentences, value_words

    with opened() as platform:
        found = experiment_results(platform, Which(tenant, mode, scenario, experiment))
    report, currency = found.report, found.running.plan.currency
    if as_json:
        click.echo(json.dumps(_figures(found), ensure_ascii=False, indent=2))
        return
    console.print(f"[bold]{escape(experiment)}[/] {escape(scenario)} · {_state(found.running)}")
    for sentence in sentences(report, locale, currency):
        console.print(escape(sentence))
    console.print(", ".join(f"{arm.variation} {arm.units}" for arm in report.arms), markup=False)
    table = Table("metric", "arm", "control", "value", "difference", "from", "to", "status")
    for each in report.comparisons:
        low, high = each.difference.low, each.difference.high
        table.add_row(
            metric_name(each.metric, locale),
            escape(each.variation),
            *(value_words(each.metric, value, locale, currency) for value in (each.control, each.value)),
            *(difference_words(each.metric, d, locale, currency) for d in (each.difference.estimate, low, high)),
            each.status.replace("_", " "),
        )
    console.print(table)


@experiments.command()
@_one
@click.argument("per_cent", type=float)
@_reason
def ramp(scenario: str, experiment: str, tenant: str, mode: str, per_cent: float, reason: str) -> None:
    """Widen it to PER_CENT of its range. Who is in it stays in the same arm."""
    with opened(writing=True) as platform:
        steer.ramp_experiment(platform, _who(), Which(tenant, mode, scenario, experiment), per_cent / 100, reason)
    click.echo(f"{experiment} covers {per_cent:g} % of its range")


@experiments.command()
@_one
@_reason
def stop(scenario: str, experiment: str, tenant: str, mode: str, reason: str) -> None:
    """Show new checkouts without it; open ones keep what they have."""
    with opened(writing=True) as platform:
        steer.stop_experiment(platform, _who(), Which(tenant, mode, scenario, experiment), reason)
    click.echo(f"{experiment} is stopped; new checkouts are without it")


@experiments.command()
@_one
@_reason
def start(scenario: str, experiment: str, tenant: str, mode: str, reason: str) -> None:
    """Let new checkouts take part again; everybody gets the arm they had."""
    with opened(writing=True) as platform:
        steer.start_experiment(platform, _who(), Which(tenant, mode, scenario, experiment), reason)
    click.echo(f"{experiment} runs")


def _state(found: Running) -> str:
    if found.state.by_guardrail:
        return "stopped by a guardrail"
    return found.state.status if found.first_at or not found.state.running else "not seen yet"


def _figures(found: Results) -> dict[str, Any]:
    report = found.report
    return {
        "scenario": found.running.plan.scenario_id,
        "experiment": found.running.experiment.id,
        "state": found.running.state.status,
        "coverage": found.running.coverage,
        "arms": {arm.variation: arm.units for arm in report.arms},
        "srm_p": report.srm,
        "in_several_arms": report.multiple,
        "verdicts": [{"code": each.code, "variation": each.variation} for each in report.verdicts],
        "comparisons": [
            {
                "role": each.role,
                "metric": each.metric,
                "variation": each.variation,
                "control": each.control,
                "value": each.value,
                "difference": each.difference.estimate,
                "low": each.difference.low if isfinite(each.difference.low) else None,
                "high": each.difference.high if isfinite(each.difference.high) else None,
                "p": each.p,
                "status": each.status,
            }
            for each in report.comparisons
        ],
    }


def _who() -> Actor:
    """Whoever is at the command line; the audit trail has no other name for them."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Actor("command_line", f"{name} (command line)", "")
