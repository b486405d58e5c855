"""One history: some people do things at the same time, the platform dies now and then, and all must end well."""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from sqlalchemy import select
from tests.simulation.assertions import invariants, judge
from tests.simulation.clients import Record
from tests.simulation.escrow import settle_disputes
from tests.simulation.linear import Reading
from tests.simulation.movements import Movement
from tests.simulation.outside import ConnectionLost, Unavailable
from tests.simulation.purchases import Purchase
from tests.simulation.stage import Stage
from tests.simulation.template import TENANT, Template

from checkstand.accounting.names import member_balance
from checkstand.accounting.store import account, entry
from checkstand.app.platform import Platform
from checkstand.infra.state_event import state_event

ORDERS: Final = (1, 1, 2, 3)
MOVEMENTS: Final = (0, 0, 1, 2)
OBSERVED: Final = 4


@dataclass
class Result:
    """What became of one history."""

    seed: int
    wrong: list[str]
    crashes: int
    did: Counter[str]
    edges: set[tuple[str, str, str]] = field(default_factory=set)
    steps: int = 0
    seconds: float = 0.0
    digest: str = ""  # of every journal entry, so that two runs of a seed can be compared


def play(seed: int, template: Template) -> Result:
    """Everything follows from the seed; the same seed is the same history, byte for byte."""
    begun = time.perf_counter()
    stage = Stage(seed, template)
    try:
        record = Record()
        rng = random.Random(seed + 1)
        _cast(stage, record, rng)
        stage.chaos(
            fault=rng.choice((0.0, 0.1, 0.3)),
            refuse=rng.choice((0.0, 0.1)),
            crash=rng.choice((0.0, 0.02, 0.06)),
            most=rng.choice((1, 2, 4)),
        )
        while not _everybody_left(stage):
            alive = stage.generation
            stage.scheduler.run(partial(_left_or_dead, stage, alive))
            if stage.generation == alive:
                break
            record.wrong += [f"after crash {alive}: {what}" for what in invariants(stage, dead=True)]
        crashes = stage.nemesis.crashes
        stage.heal()
        stage.drain()
        if settle_disputes(stage):
            stage.drain()
        wrong = judge(stage, record)
        return Result(
            seed,
            wrong,
            crashes,
            stage.did,
            _edges(stage),
            stage.scheduler.steps,
            time.perf_counter() - begun,
            _digest(stage),
        )
    finally:
        stage.close()


def _everybody_left(stage: Stage) -> bool:
    return not any(task.name.startswith("actor") for task in stage.scheduler.tasks)


def _left_or_dead(stage: Stage, generation: int) -> bool:
    return stage.generation != generation or _everybody_left(stage)


def _digest(stage: Stage) -> str:
    query = select(entry.c.account_id, entry.c.seq, entry.c.balance_after_minor, entry.c.journal_id)
    with stage.db.read() as connection:
        rows = connection.execute(query.order_by(entry.c.account_id, entry.c.seq)).all()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _cast(stage: Stage, record: Record, rng: random.Random) -> None:
    """Two members, some orders, and somebody who looks at balances all the time."""
    names = ("mei", "noor")
    for name in names:
        minor = rng.choice((0, 5_000, 100_000))
        record.members[stage.member(name, minor)] = minor
    for number in range(rng.choice(ORDERS)):
        purchase = Purchase(stage, record, random.Random(rng.random()), f"o{number}", rng.choice(names))
        stage.scheduler.spawn(f"actor {purchase.number}", purchase.run)
    members = tuple(record.members)
    for number in range(rng.choice(MOVEMENTS)):
        card_id = stage.card(members[0])
        moving = Movement(stage, record, random.Random(rng.random()), f"m{number}", (members[0], members[1]), card_id)
        stage.scheduler.spawn(f"actor {moving.number}", moving.run)
    accounts = [member_balance(member, "CNY").account_id for member in record.members]
    stage.scheduler.spawn("observer", lambda: _observe(stage, rng.choice(accounts), random.Random(rng.random())))


def _observe(stage: Stage, account_id: str, rng: random.Random) -> None:
    def look(platform: Platform) -> int:
        with platform.db.read() as connection:
            query = select(account.c.balance_minor).where(
                account.c.tenant_id == TENANT, account.c.account_id == account_id
            )
            return int(connection.execute(query).scalar() or 0)

    for _ in range(OBSERVED):
        began = stage.scheduler.steps
        try:
            minor = stage.ask("balance", look)
        except (ConnectionLost, Unavailable):
            continue
        stage.readings.seen.append(Reading(account_id, began, stage.scheduler.steps, minor))
        stage.scheduler.sleep(rng.choice((0.1, 1.0, 30.0)))


def _edges(stage: Stage) -> set[tuple[str, str, str]]:
    """Which edges of which state tables this history has taken."""
    t = state_event.c
    with stage.db.read() as connection:
        rows = connection.execute(select(t.object_type, t.source, t.event).distinct()).all()
    return {(row[0], row[1] or "", row[2]) for row in rows}
