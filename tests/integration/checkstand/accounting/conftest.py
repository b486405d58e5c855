"""An empty ledger in each engine, and a running poster on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.integration.checkstand.accounting.world import business, ledger

from checkstand.accounting import Poster, install_triggers
from checkstand.infra.db import Database
from checkstand.kernel import SystemClock


@pytest.fixture
def db(empty_database_url: str) -> Iterator[Database]:
    """An empty ledger with two business tables beside it."""
    database = Database(empty_database_url)
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
