"""Databases on the test run's PostgreSQL server: each test gets a copy of a prepared one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

EMPTY = "template1"  # what every server has


def database(server_url: str, name: str) -> str:
    """The URL of this database."""
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def administered(server_url: str) -> Iterator[Connection]:
    """A connection that may create and drop databases."""
    server = make_url(server_url).set(drivername="postgresql+psycopg")
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        yield connection
    admin.dispose()


@contextmanager
def copied(server_url: str, template: str) -> Iterator[str]:
    """The URL of a copy of this database, gone afterwards."""
    name = f"checkstand_{secrets.token_hex(6)}"
    with administered(server_url) as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    yield database(server_url, name)
    with administered(server_url) as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
