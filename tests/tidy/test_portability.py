"""What must hold for the schema to be spread over shards by tenant, and for other engines to run it (money.md §10)."""

import ast
import re
from pathlib import Path

import pytest
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint

from checkstand.app import tables
from checkstand.infra.db import metadata

ROOT = Path(__file__).resolve().parents[2]
tables.load()
TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)

# Tables that stand above business units: people sign in before they choose one.
ABOVE_UNITS = {"operator", "operator_session", "operator_identity", "sign_in_failure"}

# A scratch file in which one run compares a statement with our rows: always SQLite, thrown away afterwards.
SCRATCH = {"platform/checkstand/reconciliation/matching.py"}

# What only one engine has, or what would order money by something that has gaps.
FORBIDDEN = re.compile(
    r"\b(?:LISTEN\s+\w+|NOTIFY\s+\w+|pg_notify|pg_advisory\w*|nextval|currval|setval|CREATE\s+SEQUENCE|BIGSERIAL|SERIAL"
    r"|SERIALIZABLE|PREPARE\s+TRANSACTION|COMMIT\s+PREPARED|LOCK\s+TABLE|dblink|INSERT\s+OR\s+(?:IGNORE|REPLACE)"
    r"|last_insert_rowid|rowid|ctid|ILIKE)\b",
    re.IGNORECASE,
)
SQL = re.compile(r"\b(?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|CREATE|ALTER|SET|LISTEN|NOTIFY)\b")


def named(table):
    return table.name


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_every_key_begins_with_the_tenant(table):
    keys = [tuple(column.name for column in table.primary_key)]
    keys += [tuple(c.columns.keys()) for c in table.constraints if isinstance(c, UniqueConstraint)]
    keys += [tuple(index.columns.keys()) for index in table.indexes if index.unique]
    if table.name in ABOVE_UNITS:
        assert not any(key[0] == "tenant_id" for key in keys), "it is in a unit after all: take it off the list"
        return

    assert [key for key in keys if key[0] != "tenant_id"] == []


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_a_reference_stays_within_its_tenant(table):
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint):
            assert constraint.elements[0].target_fullname.endswith(".tenant_id"), constraint.name
            assert constraint.column_keys[0] == "tenant_id", constraint.name


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_no_key_is_counted_by_the_database(table):
    for column in table.primary_key:
        counted = column.autoincrement is True or column.identity is not None or column.server_default is not None
        assert not counted, f"{column}: ids are made by us, sequences have gaps and shards"
    assert isinstance(table.primary_key, PrimaryKeyConstraint)


def written_sql():
    """(file, line, text) of every SQL text in the platform; the rest is written by SQLAlchemy for each engine."""
    for path in sorted((ROOT / "platform").rglob("*.py")):
        if str(path.relative_to(ROOT)) in SCRATCH:
            continue
        tree = ast.parse(path.read_text())
        spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in spoken else None
            if isinstance(text, str) and len(text) > 12 and SQL.search(text):
                yield path.relative_to(ROOT), node.lineno, text


def test_no_written_statement_needs_one_engine():
    statements = list(written_sql())
    found = [f"{path}:{line}: {FORBIDDEN.search(text)[0]}" for path, line, text in statements if FORBIDDEN.search(text)]

    assert len(statements) > 40
    assert found == []


def test_the_tables_above_units_exist():
    assert set(metadata.tables) >= ABOVE_UNITS


def test_stored_procedures_are_only_the_ledgers_guard():
    """plpgsql stands in one place, and what it does (refuse a change of the books) is no part of any payment."""
    assert {str(path) for path, _, text in written_sql() if "plpgsql" in text} == {
        "platform/checkstand/accounting/triggers.py"
    }


def test_joined_rows_are_of_one_tenant():
    """Every JOIN that is written by hand names the tenant, so that it can be answered within one shard."""
    alone = []
    for path, line, text in written_sql():
        for join in re.split(r"\b(?:LEFT |INNER |CROSS |FULL OUTER )?JOIN\b", text)[1:]:
            condition = re.split(r"\b(?:WHERE|GROUP|ORDER|UNION|LIMIT)\b", join)[0]
            if "tenant_id" not in condition:
                alone.append(f"{path}:{line}: JOIN {join.strip()[:60]}")
    assert alone == []
