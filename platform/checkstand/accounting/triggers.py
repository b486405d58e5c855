"""Ledger rows are only ever added: the database itself refuses to change or delete one.

A mistake is corrected by a new journal that `reverses` the wrong one, so the books tell both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

_INSERT_ONLY: Final = ("journal", "entry")


def _sqlite() -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{change} BEFORE {change.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} rows are only ever added'); END"
        for table in _INSERT_ONLY
        for change in ("update", "delete")
    )


def _postgresql() -> tuple[str, ...]:
    refuse = (
        "CREATE OR REPLACE FUNCTION ledger_rows_are_only_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% rows are only ever added', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    triggers = (
        f"CREATE OR REPLACE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
        f"FOR EACH {level} EXECUTE FUNCTION ledger_rows_are_only_added()"
        for table in _INSERT_ONLY
        for change, level in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT"))
    )
    return (refuse, *triggers)


TRIGGERS: Final[Mapping[str, tuple[str, ...]]] = {"sqlite": _sqlite(), "postgresql": _postgresql()}


def install_triggers(connection: Connection) -> None:
    """Make journal and entry insert-only; harmless when they are already."""
    for statement in TRIGGERS[connection.dialect.name]:
        connection.execute(text(statement))
