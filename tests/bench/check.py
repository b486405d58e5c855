"""How long the proof of the books takes (I1–I4 and the seals, I14), each check in one pass over everything.

    python -m tests.bench check              200,000 entries
    python -m tests.bench check:10000000     ten million

The books are made by the database itself: payments of four entries, two hot accounts and a thousand merchants,
ten accounting days, all of them sealed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, text
from tests.bench.engines import Engines

from checkstand.accounting import LEDGER_CHECKS, install_triggers, run_checks
from checkstand.accounting.closed_days import chained, closed_day
from checkstand.accounting.sealing import SEAL_CHECK, contents_of
from checkstand.accounting.store import account, entry, journal
from checkstand.infra.db import Database, metadata
from checkstand.kernel.clock import monotonic_s

BU: Final = "bu_lantern"
FIRST: Final = date(2026, 3, 1)
DAYS: Final = 10
MERCHANTS: Final = 1_000
ENTRIES: Final = 4  # of a payment

# Account of an entry, its amount, and its number on the account, for payment n (0, 1, …).
_SHAPE: Final = (
    ("'1101:CNY:wx'", 10_000, "n + 1"),
    (f"'2102:CNY:m' || (n % {MERCHANTS})", -9_930, f"n / {MERCHANTS} + 1"),
    ("'4001:CNY:test'", -60, "n + 1"),
    (f"'2501:CNY:p' || (n % {MERCHANTS})", -10, f"n / {MERCHANTS} + 1"),
)


def check(fresh: Engines, _seconds: float, size: int = 200_000) -> Iterator[dict[str, Any]]:
    for engine in ("sqlite", "postgresql"):
        db = Database(fresh.fresh(engine))
        begun = monotonic_s()
        _fill(db, size // ENTRIES)
        made_s = monotonic_s() - begun
        with db.stream() as connection:
            results = run_checks(connection, [*LEDGER_CHECKS, SEAL_CHECK])
        assert all(result.holds for result in results), [result.proof.findings[:1] for result in results]
        db.close()
        seconds = {result.check.id: round(result.seconds, 2) for result in results}
        total = round(sum(result.seconds for result in results), 2)
        about = {"bench": "check", "engine": engine, "entries": size}
        yield {**about, "made_s": round(made_s, 1), "total_s": total, **seconds}


def _fill(db: Database, payments: int) -> None:
    """Books that hold: numbers and running balances are arithmetic, so nothing has to be read back."""
    daily = -(-payments // DAYS)
    with db.engine.begin() as connection:
        metadata.create_all(connection, tables=[account, journal, entry, closed_day])
        series = "generate_series(0::bigint, CAST(:last AS bigint)) AS t (n)"
        at, day, journal_id = "now()", f"date '{FIRST}' + (n / {daily})::int", "'jnl_' || lpad(n::text, 26, '0')"
        if db.is_sqlite:
            series = (
                "(WITH RECURSIVE t (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t WHERE n < :last) SELECT n FROM t)"
            )
            day, journal_id = f"date('{FIRST}', '+' || (n / {daily}) || ' days')", "'jnl_' || printf('%026d', n)"
            at = f"'{datetime(2026, 3, 1, tzinfo=UTC).isoformat(timespec='microseconds')}'"
        values = {"last": payments - 1, "bu": BU}
        connection.execute(text(
            "INSERT INTO account SELECT :bu, owned, substr(owned, 1, 4), substr(owned, 10), '', 'CNY', "
            "CASE WHEN owned LIKE '1%' THEN 'debit' ELSE 'credit' END, "
            "'deferred', 'none', 0, sum(amount), count(*) FROM ("
            + " UNION ALL ".join(f"SELECT {name} AS owned, {each} AS amount FROM {series}" for name, each, _ in _SHAPE)
            + ") AS made GROUP BY owned"
        ), values)  # fmt: skip
        connection.execute(text(
            f"INSERT INTO journal SELECT :bu, {journal_id}, 'pay', 'payment', 'pay_' || n, {at}, {at}, {day}, '', NULL "
            f"FROM {series}"
        ), values)  # fmt: skip
        for name, amount, seq in _SHAPE:
            connection.execute(text(
                f"INSERT INTO entry SELECT :bu, {name}, {seq}, {journal_id}, {amount}, {amount} * ({seq}), {at} "
                f"FROM {series}"
            ), values)  # fmt: skip
        install_triggers(connection)
    if not db.is_sqlite:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    _seal(db)


def _seal(db: Database) -> None:
    chain, rows = "", []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        with db.stream() as connection:
            held = contents_of(connection, BU, day)
        chain = chained(chain, day, held.digest)
        rows.append({"tenant_id": BU, "accounting_date": day, "journals": held.journals, "entries": held.entries,
                     "digest": held.digest, "chain": chain, "closed_at": datetime.now(UTC)})  # fmt: skip
    with db.engine.begin() as connection:
        connection.execute(insert(closed_day), rows)
