"""`checkstand explain`: why a shopper sees what they see."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape

from checkstand.kernel import CheckstandError

if TYPE_CHECKING:
    from checkstand.app.explain_scenario import Explanation
    from checkstand.app.session_rows import CreateSession

_NUMBERS = ("risk", "age_days")
_LANGUAGES = click.Choice(["en", "zh-CN"])


class ExplainInvalid(CheckstandError):
    code = "explain.invalid"
    message = "This cannot be explained."
    remedy = "Write --shopper tier=new,country=CN and --at 2026-03-01T20:00+08:00."


@click.command()
@click.argument("scenario")
@click.option("--tenant", help="Explain what this business unit has published; without it, SCENARIO is a file.")
@click.option("--mode", type=click.Choice(["test", "live"]), default="test", show_default=True)
@click.option("--amount", help="In the currency's own unit: 128.50. Left out, the smallest the scenario takes.")
@click.option("--currency", help="Left out, the scenario's own.")
@click.option("--terminal", help="Left out, the scenario's first.")
@click.option("--shopper", default="", help="id=…,tier=…,country=…,real_name=…,risk=…,age_days=…")
@click.option("--category", default="", help="What is sold: order.category.")
@click.option("--device", help="The device's id, for experiments that assign by it.")
@click.option("--webview", help="The app whose built-in browser shows the page.")
@click.option("--at", "moment", help="When, ISO 8601; left out, now.")
@click.option("--session", "session_id", help="Explain this recorded session instead of an order; needs --tenant.")
@click.option("--lang", type=_LANGUAGES, default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Everything as one JSON object.")
def explain(scenario: str, tenant: str | None, mode: str, lang: str, as_json: bool, **wish: str | None) -> None:
    """Tell what an order would see and why: methods, rules, experiments, and who set each value."""
    at = _instant(wish.pop("moment"))
    session_id = wish.pop("session_id")
    told = _of_published(scenario, tenant, mode, wish, at, session_id) if tenant else _of_file(scenario, mode, wish, at)
    if as_json:
        import msgspec

        click.echo(json.dumps(msgspec.to_builtins(told), ensure_ascii=False, indent=2))
        return
    from checkstand.app.explain_words import ExplainWords

    console = Console(highlight=False, soft_wrap=True)
    for section in ExplainWords(told, lang).sections():
        console.print(f"\n[bold]{escape(section.title)}[/]")
        for line in section.lines:
            console.print(f"  {escape(line)}")


def _of_published(
    scenario: str, tenant: str, mode: str, wish: dict[str, str | None], at: datetime | None, session_id: str | None
) -> Explanation:
    from checkstand.app.create_session import ScenarioNotPublished
    from checkstand.app.explain_scenario import explain_order, explain_session
    from checkstand.cli.scenario import opened

    with opened(tenant) as platform:
        if session_id:
            return explain_session(platform, tenant, session_id, at=at)
        plan = platform.plans.published(tenant, scenario, mode)
        if plan is None:
            raise ScenarioNotPublished(f"{tenant} has no published version of {scenario!r} in {mode} mode")
        return explain_order(platform, _command(plan, tenant, mode, wish), at)


def _of_file(scenario: str, mode: str, wish: dict[str, str | None], at: datetime | None) -> Explanation:
    from checkstand.app.explain_scenario import explain_plan
    from checkstand.channel import Registry
    from checkstand.cli.scenario import load_one
    from checkstand.scenario import compile_plan

    loaded, kinds = load_one(scenario), Registry.load().method_types()
    plan = compile_plan(loaded.document or {}, kinds)
    assert loaded.tree is not None  # noqa: S101 - for the type checker: a file that loaded has a tree
    return explain_plan(plan, loaded.tree, _command(plan, "", mode, wish), kinds, at or datetime.now(UTC))


def _command(plan: Any, tenant: str, mode: str, wish: dict[str, str | None]) -> CreateSession:
    from checkstand.app.session_rows import CreateSession
    from checkstand.kernel import Money

    currency = wish["currency"] or plan.currency
    amount = wish["amount"]
    return CreateSession(
        tenant_id=tenant,
        mode=mode,
        scenario=plan.scenario_id,
        order_no="EXPLAIN",
        amount_minor=Money.from_decimal(amount, currency).minor if amount else plan.min_minor,
        currency=currency,
        title="",
        terminal=wish["terminal"] or plan.terminals[0],
        category=wish["category"] or "",
        shopper=_shopper(wish["shopper"] or ""),
        device_id=wish["device"],
        webview=wish["webview"],
    )


def _shopper(text: str) -> dict[str, Any]:
    """`tier=new,risk=20` as the API would send it; what a name may be, the variables say."""
    found: dict[str, Any] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, equals, value = part.partition("=")
        from checkstand.rule import VARIABLES

        if not equals or f"shopper.{name}" not in VARIABLES:
            known = ", ".join(each.removeprefix("shopper.") for each in VARIABLES if each.startswith("shopper."))
            raise ExplainInvalid(f"--shopper: {part!r} is not one of {known} with a value")
        if name == "real_name":
            found[name] = value == "true"
        else:
            found[name] = int(value) if name in _NUMBERS and value.isdigit() else value
    return found


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ExplainInvalid(f"--at: {text!r} is no ISO 8601 instant") from None
    if at.tzinfo is None:
        raise ExplainInvalid(f"--at: {text!r} needs a time zone, like +08:00")
    return at
