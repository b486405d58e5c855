"""Brings the database to this version: tables first, then the triggers that keep the ledger insert-only."""

from __future__ import annotations

from checkstand.accounting import install_triggers
from checkstand.infra.db import Database, metadata


def migrate(db: Database) -> None:
    """Create what is missing. Safe to run at every start and by several processes at once."""
    from checkstand.app import tables

    tables.load()
    with db.engine.begin() as connection:
        if db.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        metadata.create_all(connection)
        install_triggers(connection)
