"""Migrations and tables tell the same schema."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from checkstand.app import tables
from checkstand.app.migrate import migrate
from checkstand.infra.db import Database, metadata


def test_a_migrated_database_has_exactly_the_tables_of_the_code(empty_database_url: str) -> None:
    tables.load()
    db = Database(empty_database_url)
    migrate(db)

    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []
    db.close()


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    db = Database(empty_database_url)
    migrate(db)
    migrate(db)
    db.close()
