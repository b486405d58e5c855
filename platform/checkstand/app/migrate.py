"""Brings the database to this version: migrations forward, then the triggers that keep the ledger insert-only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, InternalError, ProgrammingError

from checkstand.accounting import install_triggers
from checkstand.infra import migrations
from checkstand.infra.db import Database

TRIES: Final = 5  # as many processes may start in the same second


def migrate(db: Database) -> None:
    """Apply what is missing. Safe at every start and when several processes start at once."""
    for left in reversed(range(TRIES)):
        try:
            return _upgrade(db)
        except (IntegrityError, InternalError, ProgrammingError):
            # Another process created the same tables, or replaced the same function, in this moment.
            if db.is_sqlite or not left:
                raise
    return None


def _upgrade(db: Database) -> None:
    with db.engine.begin() as connection:
        if db.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # of two processes the second waits, then finds nothing to do
        command.upgrade(config(connection), "head")
        install_triggers(connection)


def config(connection: Connection) -> Config:
    """Alembic's configuration on an open connection; no ini file is needed."""
    made = Config()
    made.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))
    made.attributes["connection"] = connection
    return made
