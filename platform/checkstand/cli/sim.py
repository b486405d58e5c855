"""`checkstand sim`: steer the simulators of a running platform through their control API."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from checkstand.app.simulator_control import SimulatorControl, SimulatorUnreachable
from checkstand.kernel import duration_s


def _control(url: str | None, token: str | None, demo_file: Path) -> SimulatorControl:
    """The control API; address and token come from the demo's file unless they are given."""
    known = json.loads(demo_file.read_text("utf-8")) if demo_file.is_file() else {}
    url, token = url or known.get("base_url"), token or known.get("sim_token")
    if not url or not token:
        raise SimulatorUnreachable(f"no address or token given, and {demo_file} does not name them")
    return SimulatorControl(url, token)


@click.group()
@click.option("--url", help="Address of the platform; default: base_url of var/demo.json.")
@click.option("--token", help="Token of the control API; default: sim_token of var/demo.json.")
@click.option("--demo-file", type=click.Path(path_type=Path), default=Path("var/demo.json"), show_default=True)
@click.pass_context
def sim(context: click.Context, url: str | None, token: str | None, demo_file: Path) -> None:
    """Steer a channel simulator: faults, clock, truth log."""
    # Made when a command asks, so that --help needs no platform.
    context.obj = lambda: _control(url, token, demo_file)


@sim.command()
@click.argument("channel")
@click.pass_obj
def state(control: Any, channel: str) -> None:
    """Print the simulator's clock, orders, notifications on their way and faults to come."""
    _print(control().ask("GET", channel, "state"))


@sim.command()
@click.argument("channel")
@click.option("--number", default="", help="One attempt number only.")
@click.pass_obj
def truth(control: Any, channel: str, number: str) -> None:
    """Print what the provider really charged and gave back."""
    _print(control().ask("GET", channel, f"truth?number={number}" if number else "truth"))


@sim.command()
@click.argument("channel")
@click.argument("kind", required=False)
@click.option("--verb", default="", help="pay, query, close, refund, query_refund or notify; default: any.")
@click.option("--number", default="", help="One attempt or refund number only.")
@click.option("--times", default=1, show_default=True, help="How often; 0 means until cleared.")
@click.option("--seconds", default=0.0, help="For slow, late_notification and abnormal_refund.")
@click.option("--clear", is_flag=True, help="Remove every fault.")
@click.pass_obj
def faults(
    control: Any, channel: str, kind: str | None, verb: str, number: str, times: int, seconds: float, *, clear: bool
) -> None:
    """Queue a fault of this KIND, list the queue, or clear it.

    Kinds: timeout_after_charging, drop_after, drop_before, http_500, slow, unsigned, bad_signature, garbled,
    unknown_code, wrong_amount; for notifications: duplicate_notification, late_notification, out_of_order,
    no_notification, forged, probe; for refunds: abnormal_refund; for banks and bills: see the console's simulator page.
    """
    if clear:
        _print(control().ask("DELETE", channel, "faults"))
    elif kind is None:
        _print(control().ask("GET", channel, "faults"))
    else:
        wanted = {"kind": kind, "verb": verb, "number": number, "times": times, "seconds": seconds}
        _print(control().ask("POST", channel, "faults", **wanted))


@sim.command()
@click.argument("channel")
@click.argument("duration", required=False)
@click.option("--reset", is_flag=True, help="Back to the machine's time.")
@click.pass_obj
def clock(control: Any, channel: str, duration: str | None, *, reset: bool) -> None:
    """Move the provider's clock forward, like PT15M; notifications and expiry follow it."""
    if duration is None and not reset:
        said = control().ask("GET", channel, "state")
        _print({"now": said["now"], "offset_s": said["offset_s"]})
        return
    _print(control().ask("POST", channel, "clock", advance_s=duration_s(duration) if duration else 0, reset=reset))


@sim.command()
@click.argument("channel")
@click.argument("number")
@click.argument("action", type=click.Choice(["approve", "refuse", "abandon"]))
@click.pass_obj
def shopper(control: Any, channel: str, number: str, action: str) -> None:
    """Play the shopper on the attempt with this NUMBER."""
    _print(control().ask("POST", channel, "shopper", number=number, action=action))


@sim.command()
@click.argument("channel")
@click.argument("merchant")
@click.argument("bank_merchant")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day that is paid out.")
@click.option("--extra-minor", default=0, help="What arrives beyond the truth; negative for less.")
@click.option("--cost-ppm", default=3_800, show_default=True, help="What the channel keeps by contract.")
@click.pass_obj
def settle(
    control: Any, channel: str, merchant: str, bank_merchant: str, day: datetime, extra_minor: int, cost_ppm: int
) -> None:
    """Pay MERCHANT's net of a past day to BANK_MERCHANT's account at the simulated bank, once."""
    body = {"merchant": merchant, "bank_merchant": bank_merchant, "day": day.date().isoformat()}
    _print(control().ask("POST", channel, "settlements", **body, extra_minor=extra_minor, cost_ppm=cost_ppm))


def _print(said: Any) -> None:
    click.echo(json.dumps(said, ensure_ascii=False, indent=2))
