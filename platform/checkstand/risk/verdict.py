"""How often is too often: velocity limits and the verdict they add up to (风控). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

PRIORITY: Final = ("block", "review", "challenge")  # the first that applies wins; without any, allow
_RECORDED: Final = (*PRIORITY, "note")


class VelocityLimit(Protocol):
    """At most `max_count` attempts per value of `key` within `window_s`; a plan's velocity rules look like this."""

    @property
    def id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def window_s(self) -> int: ...
    @property
    def max_count(self) -> int: ...
    @property
    def effect(self) -> str: ...


class RiskRules(Protocol):
    """The risk part of a plan."""

    @property
    def mode(self) -> str: ...
    @property
    def velocity(self) -> tuple[VelocityLimit, ...]: ...


@dataclass(frozen=True, slots=True)
class RiskVerdict:
    """What velocity says about one attempt. In shadow, `effect` would have counted and `enforced` is allow."""

    effect: str  # allow | note | challenge | review | block
    reasons: tuple[str, ...] = ()  # ids of the limits that were exceeded
    shadow: bool = False

    @property
    def enforced(self) -> str:
        return "allow" if self.shadow or self.effect == "note" else self.effect


ALLOW: Final = RiskVerdict("allow")


def counted_value(limit: VelocityLimit, context: Mapping[str, Any]) -> str | None:
    """What this limit counts for this visit; None for a guest, who shares an empty id with every other guest."""
    value = context.get(limit.key)
    return str(value) if value not in (None, "") else None


def velocity_verdict(risk: RiskRules, context: Mapping[str, Any], counts: Mapping[str, int]) -> RiskVerdict:
    """Judge one attempt; `counts` says per limit id how many attempts its window already holds."""
    if risk.mode == "off":
        return ALLOW
    exceeded = [
        limit
        for limit in risk.velocity
        if counted_value(limit, context) is not None and counts.get(limit.id, 0) >= limit.max_count
    ]
    if not exceeded:
        return ALLOW
    return RiskVerdict(
        strongest(limit.effect for limit in exceeded), tuple(limit.id for limit in exceeded), risk.mode == "shadow"
    )


def strongest(effects: Iterable[str]) -> str:
    """The effect that wins: block, review, challenge, note, allow."""
    present = set(effects)
    return next((effect for effect in _RECORDED if effect in present), "allow")
