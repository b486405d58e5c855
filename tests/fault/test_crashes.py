"""`kill -9` at random moments while two hundred people buy; nothing acknowledged may be lost, nobody pays twice.

Each round starts 200 purchases at once, kills the server one to three times at moments that a seed picks,
starts it again, and checks the books on what the dead process left behind. After the last round time is
moved forward until every timer has run out, and all records are compared.

    make test T=tests/fault                                 3 rounds of each variant, a minute or two each
    CHECKSTAND_CRASH_ROUNDS=20 make test T=tests/fault      the full run
    CHECKSTAND_CRASH_SEED=…                                 the moments and shoppers of a failed run again
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import update
from tests.aside import run as run_aside
from tests.fault import swarm
from tests.fault.cluster import Cluster
from tests.fault.judge import broken_invariants, judge
from tests.fault.machine import ROOT, Machine
from tests.fault.merchant import Merchant

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.names import member_balance
from checkstand.app.bootstrap import build_platform
from checkstand.app.demo_seed import TENANT, seed_demo
from checkstand.app.manage_members import create_member
from checkstand.app.migrate import migrate
from checkstand.app.platform import Platform
from checkstand.channel.store import channel_account
from checkstand.infra.jobs import next_due_at
from checkstand.infra.settings import Settings

ROUNDS: Final = int(os.environ.get("CHECKSTAND_CRASH_ROUNDS", "3"))
PURCHASES: Final = int(os.environ.get("CHECKSTAND_CRASH_PURCHASES", "200"))
SCENARIO: Final = ROOT / "tests" / "data" / "scenarios" / "mall-order.yaml"
OPENING_MINOR: Final = 100_000_000
DRAIN_WITHIN_S: Final = 90
# How far ahead the clock is at each step after the last round: leases, deadlines of payments and sessions, retries.
# The steps after 30 hours are for who had to ask once more because a channel was too busy to answer.
AHEAD_S: Final = (60, 17 * 60, 95 * 60, 4 * 3600, 12 * 3600, *(hours * 3600 for hours in range(30, 38)))

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600 + 60 * ROUNDS), pytest.mark.xdist_group("crash")]


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with closing(Merchant()) as merchant:
        yield merchant


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("CHECKSTAND_CRASH_SEED") or random.randrange(10**6))


def test_killing_everything_loses_nothing(
    tmp_path: Path, sqlite_database: str, merchant: Merchant, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The simulators die with the platform; what they had charged is in their truth logs."""
    _survive(Machine(tmp_path, sqlite_database, simulators_apart=False), merchant, seed, capsys)


def test_killing_the_platform_alone_loses_nothing(
    tmp_path: Path, sqlite_database: str, merchant: Merchant, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The channels go on: they charge, notify and answer while nobody is there."""
    _survive(Machine(tmp_path, sqlite_database, simulators_apart=True), merchant, seed, capsys)


@pytest.mark.postgres
def test_killing_the_platform_on_postgresql_loses_nothing(
    tmp_path: Path, postgres_database: str, merchant: Merchant, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    _survive(Machine(tmp_path, postgres_database, simulators_apart=True), merchant, seed, capsys)


@pytest.mark.postgres
def test_killing_server_worker_or_postgresql_loses_nothing(
    tmp_path: Path, merchant: Merchant, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Server and worker are two processes, and the database is one that can die under them."""
    with closing(Cluster()) as cluster:
        _survive(Machine(tmp_path, cluster.url, simulators_apart=True, cluster=cluster), merchant, seed, capsys)


def _survive(machine: Machine, merchant: Merchant, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    rng, seen = random.Random(seed), swarm.Seen()
    platform = _installed(machine)
    try:
        api_key = _business_unit(platform, machine, merchant)
        machine.start()
        # Three processes take three times as long to come back: one round is enough where nobody asks for more.
        rounds = 1 if machine.cluster and "CHECKSTAND_CRASH_ROUNDS" not in os.environ else ROUNDS
        for number in range(rounds):
            broken = run_aside(_round(machine, platform, api_key, seen, number, rng))
            assert not broken, f"seed {seed}, round {number}: {broken}"
        _drain(machine, platform)
        verdict, wrong = judge(platform, machine, merchant, seen, api_key, OPENING_MINOR)
        with capsys.disabled():
            engine = "sqlite" if platform.db.is_sqlite else "postgresql"
            apart = "apart" if machine.simulators_apart else "inside"
            engine += " killed too" if machine.cluster else ""
            print(f"\ncrash: engine={engine} simulators={apart} rounds={rounds} seed={seed} {verdict.line()}")
        assert not wrong, f"seed {seed}: {len(wrong)} wrong: " + "\n".join(wrong[:30])
        assert verdict.paid > verdict.orders // 4, "the shop was hardly open, so this proves little"
    finally:
        machine.end()
        platform.db.close()


def _installed(machine: Machine) -> Platform:
    """The platform as this test reads it: same database and key, nothing of it runs."""
    server = machine.platform
    settings = Settings.from_env(server.environment, port=server.port)
    platform = build_platform(settings)
    migrate(platform.db)
    return platform


def _business_unit(platform: Platform, machine: Machine, merchant: Merchant) -> str:
    """The demo's business unit with a webhook endpoint of ours and members who can afford everything."""
    platform.poster.start()
    info = seed_demo(platform, hook_url=merchant.url, scenario_paths=[SCENARIO])
    merchant.secret = info.webhook_secret
    for name in swarm.MEMBERS:
        row, _ = create_member(platform, TENANT, "test", name, name)
        account = member_balance(row.member_id, "CNY")
        entries = (Entry(AccountRef("1001", "opening", "CNY"), OPENING_MINOR), Entry(account, -OPENING_MINOR))
        opening = Journal(TENANT, "opening", "member", row.member_id, entries, platform.clock.now())
        platform.poster.commit(WriteSet(journals=[opening]))
    platform.poster.stop()
    if machine.simulators_apart:
        with platform.db.engine.begin() as connection:
            elsewhere = f"{machine.simulators_url}/"
            connection.execute(update(channel_account).values(base_url=elsewhere + channel_account.c.channel))
    return info.api_key


async def _round(
    machine: Machine, platform: Platform, api_key: str, seen: swarm.Seen, number: int, rng: random.Random
) -> list[str]:
    """200 people buy and the server dies under them; tells which invariants a dead process left broken."""
    shoppers = random.Random(rng.random())
    buying = asyncio.create_task(
        swarm.shop(machine.platform.url, api_key, seen, round_=number, purchases=PURCHASES, rng=shoppers)
    )
    broken: list[str] = []
    for _ in range(rng.randint(1, 3)):
        await asyncio.sleep(rng.uniform(0.05, 2.5))
        if buying.done():
            break
        await asyncio.to_thread(machine.crash, rng)
        broken += await asyncio.to_thread(broken_invariants, platform, dead=True)
        await asyncio.to_thread(machine.start)
    await buying
    return broken


def _drain(machine: Machine, platform: Platform) -> None:
    """Heal, then let every timer run out: a restart at a time, each further in the future."""
    for ahead_s in AHEAD_S:
        machine.end()
        machine.start(ahead_s)
        until = time.monotonic() + DRAIN_WITHIN_S
        while _due(platform, ahead_s) and time.monotonic() < until:
            time.sleep(0.3)  # until the workers have nothing due, or the deadline
        if _next_job_at(platform) is None:
            return


def _due(platform: Platform, ahead_s: float) -> bool:
    """Whether a job is due by the machine's clock, begun or not."""
    due_at = _next_job_at(platform)
    return due_at is not None and due_at <= datetime.now(UTC) + timedelta(seconds=ahead_s)


def _next_job_at(platform: Platform) -> datetime | None:
    with platform.db.read() as connection:
        return next_due_at(connection)
