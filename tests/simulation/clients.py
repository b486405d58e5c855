"""What clients keep in mind: every answer they were given, and how the API takes an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.stage import Stage
from tests.simulation.template import TENANT

from checkstand.app.platform import Platform
from checkstand.infra.idempotency import AlreadyAnswered, IdempotencyKey, fingerprint, replay


@dataclass(frozen=True)
class Promise:
    """A success that a client has seen for this key."""

    key: IdempotencyKey
    body: bytes


@dataclass
class Record:
    """What the clients of one history were told."""

    promises: list[Promise] = field(default_factory=list)
    shown_paid: set[str] = field(default_factory=set)
    orders: list[str] = field(default_factory=list)
    members: dict[str, int] = field(default_factory=dict)  # member → what it began with
    wrong: list[str] = field(default_factory=list)


def intent(
    stage: Stage, record: Record, endpoint: str, key: str, body: Any, work: Callable[[Platform, IdempotencyKey], bytes]
) -> bytes:
    """What the API does with an Idempotency-Key, and a client that repeats it until it is answered."""
    named = IdempotencyKey(TENANT, f"test POST {endpoint}"[:80], key, fingerprint("POST", endpoint, body))

    def serve(platform: Platform) -> bytes:
        with platform.db.read() as connection:
            stored = replay(connection, named)
        if stored is not None:
            return stored.body
        try:
            return work(platform, named)
        except AlreadyAnswered as repeated:
            return repeated.stored.body

    answer = stage.insist(endpoint.rpartition("/")[2], serve)
    record.promises.append(Promise(named, answer))
    return answer
