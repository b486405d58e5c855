"""What an exception of the database means to the caller whose write set caused it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from checkstand.accounting.errors import AlreadyPosted, ConstraintBroken, RowExists
from checkstand.accounting.model import WriteSet
from checkstand.accounting.store import account, entry, journal

# Serialization failure, deadlock, lock not available, statement killed by a shutdown or restart.
_TRANSIENT_STATES = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"})


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may well succeed a moment later."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _TRANSIENT_STATES or state.startswith("08")
    text = str(error.orig).lower()
    return error.connection_invalidated or "database is locked" in text or "database is busy" in text


def is_rolled_back(error: SQLAlchemyError) -> bool:
    """Whether a failed COMMIT certainly changed nothing; silence of the server proves neither."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in ("40001", "40P01")


def classify(error: Exception, write_set: WriteSet) -> Exception:
    """The error the caller of this write set sees; whatever is no broken constraint passes unchanged."""
    if not isinstance(error, IntegrityError):
        return error
    state = getattr(error.orig, "sqlstate", None)
    refusal = _postgresql(error.orig) if state else _sqlite(str(error.orig), _tables(write_set))
    refusal.__cause__ = error
    return refusal


def _postgresql(orig: Any) -> Exception:
    name, table = orig.diag.constraint_name or "", orig.diag.table_name or ""
    if orig.sqlstate == "23505":
        return _exists(table, name)
    return ConstraintBroken(name or orig.diag.message_primary, table=table)


def _tables(write_set: WriteSet) -> dict[str, Table]:
    return {table.name: table for table in (account, journal, entry, *(op.table for op in write_set.ops))}


def _sqlite(text: str, tables: Mapping[str, Table]) -> Exception:
    rule, _, subject = text.partition(" constraint failed: ")
    if rule == "UNIQUE":
        return _exists(*_unique_rule(subject, tables))
    if rule == "CHECK":
        return ConstraintBroken(subject)
    return ConstraintBroken(subject or text)


def _exists(table: str, constraint: str) -> Exception:
    if table == journal.name and not constraint.startswith("pk_"):
        return AlreadyPosted(table=table, constraint=constraint)
    return RowExists(table, constraint=constraint)


def _unique_rule(subject: str, tables: Mapping[str, Table]) -> tuple[str, str]:
    """SQLite tells `table.column, table.column` or `index 'name'`; find the rule's table and name."""
    if subject.startswith("index "):
        name = subject.removeprefix("index ").strip("'")
        return next((t.name for t in tables.values() for i in t.indexes if i.name == name), ""), name
    table_name = subject.partition(".")[0]
    columns = {part.strip().rpartition(".")[2] for part in subject.split(",")}
    table = tables.get(table_name)
    if table is None:
        return table_name, ""
    rules: list[PrimaryKeyConstraint | UniqueConstraint | Index] = [table.primary_key]
    rules += [rule for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    rules += [index for index in table.indexes if index.unique]
    names = [str(rule.name) for rule in rules if {column.name for column in rule.columns} == columns]
    return table_name, names[0] if names else ""
