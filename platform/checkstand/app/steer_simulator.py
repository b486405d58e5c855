"""The simulator desk: a business unit's test payments that are open, and what should happen to them next.

Units share the simulators. A fault is therefore planted for the unit's own merchant number and shown to nobody
else. The clock is one for all, because it stands for the provider's: only who may `simulator.clock`, a platform
administrator, moves it, so that no unit lets the orders of another one expire.

What a step changes lives in the simulator, another system with a log of its own and no part in our transactions.
The line of the trail therefore follows in a commit of its own, once the simulator has agreed: a line about something
that the simulator refused would be the worse mistake, and losing one to a crash between the two costs no money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.app.simulator_control import SimulatorControl, SimulatorUnreachable
from checkstand.channel.simulator.faults import VERBS, offered
from checkstand.channel.store import active_accounts
from checkstand.kernel import CheckstandError, Kind
from checkstand.payment import get_attempt, get_payment
from checkstand.payment.store import open_attempts

LONGEST: Final = timedelta(days=30)


class ChannelNotSimulated(CheckstandError):
    code = "simulator.channel_unknown"
    kind = Kind.NOT_FOUND
    message = "The business unit has no test account at such a simulator."
    remedy = "Choose a channel of the list."


class AttemptUnknown(CheckstandError):
    code = "simulator.attempt_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such test payment at this simulator."
    remedy = "Choose one of the list, or leave the number empty."


class StepInvalid(CheckstandError):
    code = "simulator.step_invalid"
    message = "This is no step that the simulator can take."
    remedy = "Move the clock by 1 minute to 30 days; let a fault happen 1 to 100 times, after at most an hour."


@dataclass(frozen=True, slots=True)
class Desk:
    """One simulator as one unit sees it."""

    channel: str
    now: datetime
    offset_s: float
    faults: list[Mapping[str, Any]]
    attempts: list[Row[Any]]
    kinds: tuple[str, ...]  # the faults and verbs that mean something at this channel
    verbs: tuple[str, ...]


def simulated_channels(platform: Platform, tenant_id: str) -> dict[str, str]:
    """Channel → the unit's merchant number there; empty where this installation serves no simulators."""
    if not platform.settings.serves_simulators:
        return {}
    with platform.db.read() as connection:
        rows = active_accounts(connection, tenant_id, "test")
    simulated = {channel.manifest.name for channel in platform.registry.channels() if channel.simulator is not None}
    return {row.channel: row.merchant_ref for row in reversed(rows) if row.channel in simulated and row.merchant_ref}


def open_desk(platform: Platform, tenant_id: str, channel: str) -> Desk:
    """The simulator's clock, the unit's faults to come, and its open attempts there."""
    merchant = _merchant(platform, tenant_id, channel)
    with platform.db.read() as connection:
        attempts = open_attempts(connection, tenant_id, "test", channel)
    said = control_of(platform).ask("GET", channel, "state")
    own = [fault for fault in said["faults"] if fault.get("merchant") == merchant]
    kinds, verbs = offered(platform.registry.channel(channel).manifest.capabilities)
    return Desk(channel, datetime.fromisoformat(said["now"]), said["offset_s"], own, attempts, kinds, verbs)


def plant_fault(
    platform: Platform, who: Actor, tenant_id: str, channel: str,
    *, kind: str, verb: str = "", number: str = "", times: int = 1, seconds: int = 0,
) -> None:  # fmt: skip
    """Let this happen to the unit's next matching request or notification."""
    merchant = _merchant(platform, tenant_id, channel)
    if number:
        _own_attempt(platform, tenant_id, channel, number)
    if not 1 <= times <= 100 or not 0 <= seconds <= 3600 or verb not in VERBS:
        raise StepInvalid()
    fault = {"kind": kind, "verb": verb, "number": number, "times": times, "seconds": seconds}
    control_of(platform).ask("POST", channel, "faults", merchant=merchant, **fault)
    _tell(platform, who, tenant_id, "simulator.plant_fault", channel, fault)


def clear_faults(platform: Platform, who: Actor, tenant_id: str, channel: str) -> None:
    """Remove the unit's faults; those of others stay."""
    merchant = _merchant(platform, tenant_id, channel)
    control_of(platform).ask("DELETE", channel, "faults?" + urlencode({"merchant": merchant}))
    _tell(platform, who, tenant_id, "simulator.clear_faults", channel, {})


def move_clock(platform: Platform, who: Actor, tenant_id: str, channel: str, by: timedelta | None) -> None:
    """Move the provider's clock, for every unit, forward or (None) back to the machine's time."""
    _merchant(platform, tenant_id, channel)
    if by is not None and not timedelta(minutes=1) <= by <= LONGEST:
        raise StepInvalid()
    step = {"reset": True} if by is None else {"advance_s": by.total_seconds()}
    control_of(platform).ask("POST", channel, "clock", **step)
    _tell(platform, who, tenant_id, "simulator.move_clock", channel, step)


def play_shopper(platform: Platform, who: Actor, tenant_id: str, channel: str, number: str, action: str) -> None:
    """Approve, refuse or abandon one of the unit's open attempts, as the shopper would."""
    _own_attempt(platform, tenant_id, channel, number)
    control_of(platform).ask("POST", channel, "shopper", number=number, action=action)
    _tell(platform, who, tenant_id, "simulator.play_shopper", channel, {"number": number, "action": action})


def _merchant(platform: Platform, tenant_id: str, channel: str) -> str:
    try:
        return simulated_channels(platform, tenant_id)[channel]
    except KeyError:
        raise ChannelNotSimulated() from None


def _own_attempt(platform: Platform, tenant_id: str, channel: str, number: str) -> None:
    with platform.db.read() as connection:
        attempt = get_attempt(connection, tenant_id, number)
        payment = get_payment(connection, tenant_id, attempt.payment_id) if attempt is not None else None
    if attempt is None or payment is None or payment.mode != "test" or attempt.channel != channel:
        raise AttemptUnknown()


def control_of(platform: Platform) -> SimulatorControl:
    """This very installation's control API, asked over the loopback that it insists on."""
    settings = platform.settings
    token = settings.var_dir / "sim.token"
    if not token.is_file():
        raise SimulatorUnreachable(f"{token.name} is not there: this process serves no simulators")
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
    shown = f"[{host}]" if ":" in host else host
    return SimulatorControl(f"http://{shown}:{settings.port}", token.read_text().strip())


def _tell(
    platform: Platform, who: Actor, tenant_id: str, action: str, channel: str, after: Mapping[str, Any]
) -> None:  # fmt: skip
    """The simulator is another system, so the line of the trail follows when it has agreed."""
    told = who.audit(tenant_id, action, "simulator", channel, platform.clock.now(), mode="test", after=after)
    platform.poster.commit(WriteSet(ops=[told]))
