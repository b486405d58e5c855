"""How many payments and postings a second the poster books, with every account hot or spread over many owners.

One payment is what a channel's success writes in one commit: two guarded state changes, an outbox row and
three postings (journals) with seven entries. `cpu_us_per_payment` is the whole program's, callers included;
it says what the figures would be on a machine that does nothing else.

    python -m tests.bench poster
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any, Final

from sqlalchemy import BigInteger, Column, MetaData, String, Table, func, insert, select
from tests.bench.engines import Engines

from checkstand.accounting import LEDGER_CHECKS, Poster, WriteSet, install_triggers, journals, run_checks
from checkstand.accounting.closed_days import closed_day
from checkstand.accounting.store import account, entry, journal
from checkstand.infra.db import Database, Instant, Json, metadata
from checkstand.infra.ops import Edge, Insert
from checkstand.kernel import SystemClock, new_id

ENGINES: Final = ("sqlite", "postgresql")
BU, NOW = "bu_lantern", datetime(2026, 3, 1, 4, 0, tzinfo=UTC)

bench_tables = MetaData(naming_convention=metadata.naming_convention)
bench_payment = Table(
    "bench_payment",
    bench_tables,
    Column("tenant_id", String, primary_key=True),
    Column("payment_id", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("paid_at", Instant),
)
bench_attempt = Table(
    "bench_attempt",
    bench_tables,
    Column("tenant_id", String, primary_key=True),
    Column("attempt_id", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("version", BigInteger, nullable=False),
)
bench_outbox = Table(
    "bench_outbox",
    bench_tables,
    Column("tenant_id", String, primary_key=True),
    Column("outbox_id", String, primary_key=True),
    Column("due_at", Instant, nullable=False),
    Column("payload", Json, nullable=False),
)


def posting(number: int, payment_id: str, hot: bool) -> WriteSet:
    """A channel's success becomes a paid payment."""
    owner = 0 if hot else number % 10_000
    key = {"tenant_id": BU}
    common: dict[str, Any] = {"currency": "CNY", "amount_minor": 10_000, "event_at": NOW}
    channel: dict[str, Any] = {"attempt_id": payment_id, "channel_account": f"channel_{owner}"}
    cost = journals.channel_cost(BU, cost_ppm=3_800, **channel, **common)
    assert cost is not None
    return WriteSet(
        [
            Edge(
                bench_payment, {**key, "payment_id": payment_id}, ("processing",), "succeeded", values={"paid_at": NOW}
            ),
            Edge(bench_attempt, {**key, "attempt_id": payment_id}, ("accepted", "unknown"), "succeeded"),
            Insert(
                bench_outbox, {**key, "outbox_id": new_id("job"), "due_at": NOW, "payload": {"payment": payment_id}}
            ),
        ],
        [
            journals.pay_channel_in(BU, payment_id=payment_id, **channel, **common),
            journals.pay(BU, payment_id=payment_id, merchant_id=f"merchant_{owner}", fee_minor=60, **common),
            cost,
        ],
    )


def run(database_url: str, hot: bool, callers: int, seconds: float) -> dict[str, Any]:
    """Measure payments per second with this many callers, each waiting for its own commit."""
    db = Database(database_url)
    with db.engine.begin() as connection:
        metadata.create_all(connection, tables=[account, journal, entry, closed_day])
        bench_tables.create_all(connection)
        install_triggers(connection)
    run_id, ready = new_id("run"), int(20_000 * seconds)
    _seed(db, run_id, ready)
    commits: list[int] = []
    poster = Poster(db, SystemClock(), after_commit=lambda sets: commits.append(len(sets)))
    poster.start()
    latencies: list[list[float]] = [[] for _ in range(callers)]
    start = threading.Barrier(callers + 1)
    end = [0.0]

    def call(caller: int) -> None:
        start.wait()
        for number in range(caller, ready, callers):
            began = time.perf_counter()
            if began > end[0]:
                return
            poster.commit(posting(number, f"{run_id}_{number}", hot))
            latencies[caller].append(time.perf_counter() - began)

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    began, cpu_began = time.perf_counter(), time.process_time()
    end[0] = began + seconds
    start.wait()
    for thread in threads:
        thread.join()
    elapsed, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    poster.stop()
    return _result(db, hot, elapsed, cpu, latencies, commits)


def _seed(db: Database, run_id: str, ready: int) -> None:
    rows = [{"tenant_id": BU, "version": 1, "id": f"{run_id}_{number}"} for number in range(ready)]
    with db.engine.begin() as connection:
        if db.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        payments = [{"tenant_id": BU, "payment_id": row["id"], "version": 1, "status": "processing"} for row in rows]
        attempts = [{"tenant_id": BU, "attempt_id": row["id"], "version": 1, "status": "accepted"} for row in rows]
        connection.execute(insert(bench_payment), payments)
        connection.execute(insert(bench_attempt), attempts)


def _result(
    db: Database, hot: bool, elapsed: float, cpu: float, latencies: list[list[float]], commits: list[int]
) -> dict[str, Any]:
    took = sorted(latency for one in latencies for latency in one)
    percent = quantiles(took, n=100)
    with db.read() as connection:
        sound = all(result.holds for result in run_checks(connection, LEDGER_CHECKS))
        booked = connection.execute(
            select(func.count()).select_from(journal).where(journal.c.kind == "pay")
        ).scalar_one()
    db.close()
    return {
        "bench": "poster",
        "engine": "sqlite" if db.is_sqlite else "postgresql",
        "accounts": "hot" if hot else "spread",
        "callers": len(latencies),
        "payments_per_s": round(len(took) / elapsed),
        "postings_per_s": round(3 * len(took) / elapsed),
        "cpu_us_per_payment": round(cpu / len(took) * 1e6),
        "p50_ms": round(percent[49] * 1000, 2),
        "p99_ms": round(percent[98] * 1000, 2),
        "payments_per_commit": round(len(took) / len(commits), 1),
        "rows_per_payment": 13,  # 2 changed, 1 added, 3 journals, 7 entries
        "booked": booked,
        "invariants_hold": sound,
    }


def hot_and_spread(fresh: Engines, seconds: float) -> Iterator[dict[str, Any]]:
    """Both engines, every account hot or spread, alone and with company."""
    for engine in ENGINES:
        for hot in (True, False):
            for callers in (1, 8, 64):
                yield run(fresh.fresh(engine), hot, callers, seconds)
