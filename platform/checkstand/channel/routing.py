"""Which channel is asked first. Pure: the same payment, plan and switches give the same order."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from checkstand.channel.port import Answer, Outcome
from checkstand.channel.reasons import CHANNEL_SIDE


class Condition(Protocol):
    def evaluate(self, context: Mapping[str, Any]) -> bool: ...


class Route(Protocol):
    """A scenario's route as routing needs it; `scenario.RoutePlan` is one."""

    @property
    def channel(self) -> str: ...
    @property
    def weight(self) -> int: ...
    @property
    def when(self) -> Condition | None: ...


@dataclass(frozen=True, slots=True)
class Switch:
    """A kill switch in force; an empty method means every method of the channel."""

    channel: str
    method: str
    message: Mapping[str, str]
    expires_at: datetime


def ordered_channels(
    strategy: str, routes: Sequence[Route], *, payment_id: str, context: Mapping[str, Any]
) -> tuple[str, ...]:
    """Channels in the order in which this payment should try them.

    `priority` and `rules` keep the order of the scenario; a route whose condition does not hold is
    left out. `weighted` draws by a hash of the payment id, so a retry, another worker and an
    explanation months later all see the same draw.
    """
    open_routes = [route for route in routes if route.when is None or route.when.evaluate(context)]
    if strategy == "weighted":
        drawn = [route for route in open_routes if route.weight > 0]
        drawn.sort(key=lambda route: (-_score(payment_id, route), route.channel))
        open_routes = drawn
    return tuple(dict.fromkeys(route.channel for route in open_routes))


def _score(payment_id: str, route: Route) -> float:
    """Weighted rendezvous hashing: the highest score wins with a probability equal to its weight's share."""
    digest = hashlib.sha256(f"{payment_id}/{route.channel}".encode()).digest()
    unit = (int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1)
    return route.weight / -math.log(unit)


def switched_off(switches: Iterable[Switch], channel: str, method: str, now: datetime) -> Switch | None:
    """The switch that hides this method of this channel now; its message is for the shopper."""
    for switch in switches:
        if switch.channel == channel and switch.method in ("", method) and switch.expires_at > now:
            return switch
    return None


def candidates(
    channels: Sequence[str],
    *,
    method: str,
    switches: Iterable[Switch],
    broken: Collection[str],
    now: datetime,
) -> tuple[str, ...]:
    """The channels that may start a new attempt: not switched off, circuit closed.

    When every remaining circuit is open the least bad answer is to try: hiding all of them would turn a
    hiccup into an empty checkout.
    """
    live = [*switches]
    allowed = [channel for channel in channels if switched_off(live, channel, method, now) is None]
    healthy = [channel for channel in allowed if channel not in broken]
    return tuple(healthy or allowed)


def may_fail_over(answer: Answer) -> bool:
    """Whether the next route may be tried: this one is known not to have charged, and not because of the payer."""
    return answer.outcome is Outcome.FAILED and answer.reason in CHANNEL_SIDE
