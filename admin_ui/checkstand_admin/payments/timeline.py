"""The parts of a payment's story in the one order in which they happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

# Of what happened in the same millisecond: what was said first, then what it changed, then what followed.
RANKS: Final = ("event", "message", "notification", "state", "journal", "webhook")
# These say again what a change of state says.
SAID_BY_STATES: Final = frozenset({"pay_success", "pay_fail", "refund_request", "refund_success"})


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened. `row` is its part of the story."""

    at: datetime
    kind: str  # one of RANKS
    row: Mapping[str, Any]


def timeline(story: Mapping[str, Any]) -> list[Step]:
    """Oldest first."""
    return sorted(_steps(story), key=lambda step: (step.at, RANKS.index(step.kind)))


def _steps(story: Mapping[str, Any]) -> Iterator[Step]:
    for row in story["events"]:
        if row["name"] not in SAID_BY_STATES:
            yield _step("event", row["at"], row)
    for row in story["history"]:
        yield _step("state", row["at"], row)
    for row in story["messages"]:
        yield _step("message", row["at"], row)
    for row in story["notifications"]:
        yield _step("notification", row["received_at"], row)
    for row in story["journals"]:
        yield _step("journal", row["booked_at"], row)
    for message in story["webhooks"]:
        for delivery in message["deliveries"]:
            yield _step("webhook", delivery["at"], {**delivery, "type": message["type"], "message": message["id"]})


def _step(kind: str, at: str, row: Mapping[str, Any]) -> Step:
    return Step(datetime.fromisoformat(at), kind, row)
