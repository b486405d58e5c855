"""The console over a million payments: the list, a filter that matches little, and the story of one payment."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from tests.bench.engines import Engines
from tests.world import LANTERN, World

from checkstand.app.payment_story import payment_story
from checkstand.app.platform import Platform
from checkstand.app.search_payments import PaymentFilter, count_payments, search_payments

PAYMENTS: Final = 1_000_000
LIST_BUDGET_MS: Final = 250
STORY_BUDGET_MS: Final = 50
ROUNDS: Final = 40
BEGAN: Final = datetime(2024, 1, 1, tzinfo=UTC)

# One paid order is copied: its rows with other ids, times and, now and then, another state.
COPY: Final = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
    INSERT INTO {table} ({columns}) SELECT {values} FROM n CROSS JOIN {table} AS o WHERE o.{key} = :key
"""
ID: Final = "substr(o.{name}, 1, 4) || 'bench' || printf('%021d', n.i)"
NEW: Final = {
    "order_id": ID.format(name="order_id"),
    "payment_id": ID.format(name="payment_id"),
    "attempt_id": ID.format(name="attempt_id"),
    "order_no": "'bench-' || n.i",
    "created_at": "strftime('%Y-%m-%dT%H:%M:%S', :began, '+' || (n.i * 60) || ' seconds') || '.000000+00:00'",
    "channel_no": "'bench' || n.i",
    "status": "CASE WHEN n.i % 1000 = 0 THEN 'FAILED' ELSE o.status END",
    "amount_minor": "100 + n.i % 100000",
    "captured_minor": "100 + n.i % 100000",
    "fee_minor": "0",
}
COPIED: Final = {
    "business_order": ("order_id", ("order_id", "order_no", "created_at", "amount_minor")),
    "payment": (
        "payment_id",
        ("payment_id", "order_id", "created_at", "status", "amount_minor", "captured_minor", "fee_minor"),
    ),
    "attempt": ("attempt_id", ("attempt_id", "payment_id", "created_at", "channel_no", "amount_minor")),
}


def console(_: Engines, __: float) -> Iterator[dict[str, Any]]:
    """What a page of the list and a story take to read, without the HTML around them."""
    with (
        tempfile.TemporaryDirectory(prefix="checkstand_bench_") as folder,
        closing(World(Path(folder), f"sqlite:///{folder}/checkstand.db")) as world,
    ):
        payment_id = _one_payment(world)
        began = time.perf_counter()
        _fill(world, payment_id)
        filled_s = time.perf_counter() - began
        yield from _measure(world.platform, payment_id, filled_s)


def _measure(platform: Platform, payment_id: str, filled_s: float) -> Iterator[dict[str, Any]]:
    assert count_payments(platform, LANTERN, "test", PaymentFilter()) == PAYMENTS + 1
    middle = BEGAN + timedelta(minutes=PAYMENTS / 2)
    kinds = {
        "newest": (PaymentFilter(), ""),
        "middle": (PaymentFilter(), f"{middle.isoformat(timespec='microseconds')}~pay_"),
        "rare_status": (PaymentFilter(status="failed"), ""),
        "nothing_found": (PaymentFilter(status="closed"), ""),
        "channel": (PaymentFilter(channel="wechat_pay"), ""),
        "order_no": (PaymentFilter(text="bench-500000"), ""),
        "channel_no": (PaymentFilter(text="bench500000"), ""),
    }
    for kind, (wanted, cursor) in kinds.items():
        took = _p95_ms(lambda w=wanted, c=cursor: search_payments(platform, LANTERN, "test", w, c))  # type: ignore[misc]
        yield _line("console_list", took, LIST_BUDGET_MS, payments=PAYMENTS, filled_s=round(filled_s), kind=kind)
    took = _p95_ms(lambda: payment_story(platform, LANTERN, "test", payment_id))
    yield _line("console_story", took, STORY_BUDGET_MS, payments=PAYMENTS)


def _line(bench: str, took_ms: float, budget_ms: int, **about: Any) -> dict[str, Any]:
    return {"bench": bench, **about, "p95_ms": round(took_ms, 2), "ratio_to_budget": round(took_ms / budget_ms, 3)}


def _p95_ms(work: Callable[[], Any]) -> float:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[int(ROUNDS * 0.95) - 1]


def _one_payment(world: World) -> str:
    """Paid through the simulator, so that its story has every part."""
    session = world.session()
    world.pay(session)
    world.shop(session)
    world.settle()
    return str(world.view(session).payments[0].payment_id)


def _fill(world: World, payment_id: str) -> None:
    """The million, written past the poster: what is measured is reading."""
    with world.platform.db.engine.connect() as connection:
        row = connection.execute(
            text("SELECT p.order_id, p.payment_id, a.attempt_id FROM payment p JOIN attempt a USING (payment_id)")
        ).one()
        assert row.payment_id == payment_id
        connection.execute(text("BEGIN"))
        for table, (key, changed) in COPIED.items():
            names = [column[1] for column in connection.execute(text(f"PRAGMA table_info({table})"))]
            values = [NEW[name] if name in changed else f"o.{name}" for name in names]
            sql = COPY.format(table=table, columns=", ".join(names), values=", ".join(values), key=key)
            about = {"count": PAYMENTS, "key": row._mapping[key], "began": f"{BEGAN:%Y-%m-%d %H:%M:%S}"}
            connection.execute(text(sql), about)
        connection.execute(text("COMMIT"))
