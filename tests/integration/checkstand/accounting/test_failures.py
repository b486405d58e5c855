"""When the database breaks in the middle: nothing is lost, nothing is said that is not known."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError
from tests.integration.checkstand.accounting.world import MEI, TENANT, business, ledger, moved

from checkstand.accounting import (
    LEDGER_CHECKS,
    AlreadyPosted,
    CommitUnknown,
    LedgerUnavailable,
    Poster,
    WriteSet,
    balance,
    run_checks,
)
from checkstand.accounting import writer as writer_module
from checkstand.accounting.store import journal
from checkstand.infra.db import Database
from checkstand.kernel import SystemClock


@pytest.fixture
def postgres(empty_postgres: str) -> Database:
    database = Database(empty_postgres)
    with database.engine.begin() as connection:
        ledger.create_all(connection)
        business.create_all(connection)
    return database


def kill_backends(database: Database) -> None:
    """What a restarting server does to its clients."""
    with Database(database.url).engine.connect() as other:
        other.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


@pytest.mark.postgres
def test_a_connection_lost_between_batches_is_replaced_unnoticed(postgres: Database) -> None:
    poster = Poster(postgres, SystemClock())
    poster.start()
    poster.commit(WriteSet(journals=[moved("p1")]))
    kill_backends(postgres)
    poster.commit(WriteSet(journals=[moved("p2")]))
    poster.stop()

    with postgres.read() as connection:
        assert balance(connection, TENANT, MEI) == 200


@pytest.mark.postgres
@pytest.mark.parametrize("committed", [False, True])
def test_a_connection_lost_in_the_commit_means_unknown(postgres: Database, committed: bool) -> None:
    poster = Poster(postgres, SystemClock())
    poster.start()
    poster.commit(WriteSet(journals=[moved("p1")]))

    def lose(connection: Any) -> None:
        if committed:
            connection.connection.dbapi_connection.commit()
        kill_backends(postgres)
        time.sleep(0.1)  # the server ends its backends after it has answered
        if committed:  # the driver has nothing left to commit, so the loss has to be told
            raise OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))

    event.listen(postgres.engine, "commit", lose, once=True)
    with pytest.raises(CommitUnknown) as unknown:
        poster.commit(WriteSet(journals=[moved("p2")]))
    assert unknown.value.retryable

    # The caller sends the same write set again: it happens once, in either case.
    if committed:
        with pytest.raises(AlreadyPosted):
            poster.commit(WriteSet(journals=[moved("p2")]))
    else:
        poster.commit(WriteSet(journals=[moved("p2")]))
    poster.stop()
    with postgres.read() as connection:
        assert balance(connection, TENANT, MEI) == 200


@pytest.mark.postgres
def test_a_deadlock_with_somebody_else_is_tried_again(postgres: Database) -> None:
    poster = Poster(postgres, SystemClock())
    poster.start()
    poster.commit(WriteSet(journals=[moved("p1", 100)]))

    with postgres.engine.connect() as other:  # locks in the wrong order: the receivable before the member
        other.execute(text("SET deadlock_timeout = '10s'"))
        other.execute(text("SELECT 1 FROM account WHERE code = '1101' FOR UPDATE"))
        future = poster.submit(WriteSet(journals=[moved("p2", 100)]))
        time.sleep(0.3)  # the poster holds the member and waits for the receivable
        other.execute(text("SELECT 1 FROM account WHERE code = '2001' FOR UPDATE"))
        other.rollback()
    future.result(timeout=30)
    poster.stop()

    with postgres.read() as connection:
        assert balance(connection, TENANT, MEI) == 200


@pytest.mark.postgres
def test_the_poster_commits_durably_whatever_the_server_defaults_to(postgres: Database) -> None:
    with postgres.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    fresh = Database(postgres.url)
    writer = writer_module.Writer(fresh, SystemClock())
    writer.write([WriteSet(journals=[moved("p1")])])

    assert writer._connection is not None
    assert writer._connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
    writer.close()


def test_an_unreachable_database_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "_PAUSES_S", (0.01, 0.02))
    (tmp_path / "ledger.db").mkdir()  # a folder is no database
    poster = Poster(Database(f"sqlite:///{tmp_path}/ledger.db"), SystemClock())
    poster.start()

    with pytest.raises(LedgerUnavailable) as unavailable:
        poster.commit(WriteSet(journals=[moved("p1")]))
    poster.stop()

    assert unavailable.value.retryable


_CHILD = r"""
import os, sys, threading
from checkstand.accounting import Poster, WriteSet
from checkstand.infra.db import Database
from checkstand.kernel import SystemClock
from tests.integration.checkstand.accounting.world import moved, spent

poster = Poster(Database(sys.argv[1]), SystemClock())
poster.start()

def call(caller):
    for i in range(100_000):
        name = f"{sys.argv[2]}_{caller}_{i}"
        poster.commit(WriteSet(journals=[moved(name, 3), spent(name, 2)]))
        os.write(1, f"{name}\n".encode())  # in one piece, unlike print

for caller in range(8):
    threading.Thread(target=call, args=(caller,)).start()
"""


def booked_payments(db: Database) -> set[str]:
    with db.read() as connection:
        return set(connection.execute(select(journal.c.source_id).where(journal.c.kind == "spend")).scalars())


def test_whatever_was_acknowledged_survives_sigkill(db: Database, empty_database_url: str) -> None:
    acknowledged: set[str] = set()
    for round_ in range(3):
        before = len(booked_payments(db))
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, empty_database_url, f"r{round_}"], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        with ThreadPoolExecutor(1) as reader:
            lines = reader.submit(list, child.stdout)
            try:
                deadline = time.monotonic() + 60
                while len(booked_payments(db)) == before:
                    assert time.monotonic() < deadline, "the child writes"
                    assert child.poll() is None, "the child lives"
                    time.sleep(0.02)  # until it has booked something, or the deadline
                time.sleep(0.3 + 0.1 * round_)  # the kill comes in the middle of its work, each time elsewhere
            finally:
                child.send_signal(signal.SIGKILL)
                child.wait()
            acknowledged |= {line.strip() for line in lines.result(timeout=30)}

        booked = booked_payments(db)
        assert acknowledged <= booked
        with db.read() as connection:
            assert balance(connection, TENANT, MEI) == len(booked)
            assert all(result.holds for result in run_checks(connection, LEDGER_CHECKS))
    assert len(acknowledged) > 50
