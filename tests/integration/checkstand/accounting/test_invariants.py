"""Each check finds the damage it is there for, and says how much it looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text
from tests.integration.checkstand.accounting.world import TENANT, moved, spent

from checkstand.accounting import LEDGER_CHECKS, Poster, WriteSet, accounting_date, day_digest, run_checks
from checkstand.infra.db import Database
from checkstand.kernel import SystemClock

Damage = Callable[[Connection], None]


@pytest.fixture
def books(poster: Poster, db: Database) -> Database:
    poster.commit(WriteSet(journals=[moved("p1", 100), moved("p2", 50), spent("s1", 30)]))
    return db


def without_protection(connection: Connection, *statements: str) -> None:
    """What somebody with the database's password can do."""
    for table in ("entry", "journal"):
        for change in ("update", "delete"):
            on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
            connection.execute(text(f"DROP TRIGGER {table}_no_{change}{on}"))
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA ignore_check_constraints = ON"))
    else:
        connection.execute(text("ALTER TABLE account DROP CONSTRAINT ck_account_limit"))
    for statement in statements:
        connection.execute(text(statement))
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA ignore_check_constraints = OFF"))


def broken(db: Database) -> set[str]:
    with db.read() as connection:
        return {result.check.id for result in run_checks(connection, LEDGER_CHECKS) if not result.holds}


def test_sound_books_pass_and_tell_what_was_proven(books: Database) -> None:
    with books.read() as connection:
        results = run_checks(connection, LEDGER_CHECKS)

    assert all(result.holds for result in results)
    assert {result.check.id: dict(result.proof.proven) for result in results} == {
        "I1": {"journals": 3, "entries": 6},
        "I2": {"books": 1, "accounts": 3},
        "I3": {"accounts": 3, "entries": 6},
        "I4": {"limited_accounts": 2},
    }


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (
            "UPDATE entry SET amount_minor = amount_minor + 1 WHERE account_id = '2001:CNY:mei' AND seq = 1",
            {"I1", "I2", "I3"},
        ),
        ("UPDATE account SET balance_minor = balance_minor - 1 WHERE code = '2102'", {"I2", "I3"}),
        ("UPDATE entry SET balance_after_minor = 7 WHERE account_id = '2001:CNY:mei' AND seq = 2", {"I3"}),
        ("UPDATE account SET seq = seq + 1 WHERE code = '2102'", {"I3"}),
        ("UPDATE account SET balance_minor = 1 WHERE code = '2102'", {"I2", "I3", "I4"}),
        ("DELETE FROM entry WHERE account_id = '2001:CNY:mei' AND seq = 2", {"I1", "I2", "I3"}),
        ("DELETE FROM entry WHERE journal_id = (SELECT MIN(journal_id) FROM journal)", {"I1", "I3"}),
    ],
)
def test_planted_damage_is_found(books: Database, damage: str, found: set[str]) -> None:
    with books.engine.begin() as connection:
        without_protection(connection, damage)

    assert broken(books) == found


def test_a_days_digest_shows_tampering(books: Database) -> None:
    day = accounting_date(SystemClock().now())
    with books.stream() as connection:
        before, again = day_digest(connection, TENANT, day), day_digest(connection, TENANT, day)
    with books.engine.begin() as connection:
        without_protection(connection, "UPDATE entry SET amount_minor = -amount_minor")
    with books.stream() as connection:
        after = day_digest(connection, TENANT, day)

    assert before == again != after
