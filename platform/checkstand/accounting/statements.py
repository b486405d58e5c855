"""SQL text for each shape of operation, compiled once; rows then go to the driver without a detour.

SQLAlchemy writes the SQL, so both engines get their own dialect, and its column types convert the
values. What is skipped is its per-row parameter handling, which costs more than the database here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Date,
    Dialect,
    Float,
    Integer,
    Numeric,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    insert,
    literal_column,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from checkstand.infra.db import Instant
from checkstand.infra.ops import Edge, Insert, Update, Upsert
from checkstand.kernel import must

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL text; `slots` say which value of a row goes to which placeholder, and through which converter."""

    text: str
    slots: tuple[tuple[int, Convert | None], ...]
    columnar: bool = False  # one array per column instead of one execution per row
    together: Statement | None = None  # the columnar form, for rows whose first `key_width` values differ
    key_width: int = 0

    def run(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> int:
        """Execute for all rows; returns how many rows of the table were touched."""
        if self.together and len(rows) > 1 and len({tuple(row[: self.key_width]) for row in rows}) == len(rows):
            return self.together.run(connection, rows)
        filled = [tuple([row[i] if to is None else to(row[i]) for i, to in self.slots]) for row in rows]
        if self.columnar:
            return connection.exec_driver_sql(
                self.text, tuple(list(column) for column in zip(*filled, strict=True))
            ).rowcount
        return connection.exec_driver_sql(self.text, filled).rowcount


class Statements:
    """The compiled statements of one engine, by shape."""

    def __init__(self, dialect: Dialect) -> None:
        self.sqlite = dialect.name == "sqlite"
        # Positional placeholders: a row is a tuple, not a dictionary built anew for each row.
        make: Any = sqlite.dialect if self.sqlite else PGDialect_psycopg
        self._dialect: Dialect = make(paramstyle="qmark" if self.sqlite else "format")
        self._cache: dict[Hashable, Statement] = {}

    def insert(self, table: Table, columns: tuple[str, ...], on_conflict: str = "fail") -> Statement:
        """For rows given as values in the order of `columns` (columns with a default may be left out)."""
        key = (Insert, table, columns, on_conflict)
        if key not in self._cache:
            self._cache[key] = self._insert(table, columns, on_conflict)
        return self._cache[key]

    def upsert(self, op: Upsert) -> tuple[Statement, tuple[Any, ...]]:
        columns = tuple(op.values)
        key = (Upsert, op.table, columns)
        if key not in self._cache:
            self._cache[key] = self._upsert(op.table, columns)
        return self._cache[key], tuple(op.values.values())

    def change(self, op: Edge | Update) -> tuple[Statement, tuple[Any, ...]]:
        """The guarded UPDATE of an edge or update, with its row of values."""
        guard = {} if isinstance(op, Edge) else op.guard
        to, sources = ((op.to,), op.sources) if isinstance(op, Edge) else ((), ())
        nulls = tuple(value is None for value in guard.values())
        key = (type(op), op.table, tuple(op.key), tuple(op.values), tuple(op.add), tuple(guard), nulls, len(sources))
        if key not in self._cache:
            self._cache[key] = self._change(op, guard, len(sources))
        return self._cache[key], (
            *op.key.values(),
            *op.values.values(),
            *op.add.values(),
            *guard.values(),
            *to,
            *sources,
        )

    # How each shape is written.

    def _insert(self, table: Table, columns: tuple[str, ...], on_conflict: str) -> Statement:
        if not self.sqlite:
            return self._unnested(table, columns, on_conflict)
        statement: Any = sqlite.insert(table) if on_conflict == "ignore" else insert(table)
        if on_conflict == "ignore":
            statement = statement.on_conflict_do_nothing()
        binds = {name: bindparam(f"v{i}", type_=table.c[name].type) for i, name in enumerate(columns)}
        return self._compiled(statement.values(binds), {f"v{i}": (i, table.c[name]) for i, name in enumerate(columns)})

    def _unnested(self, table: Table, columns: tuple[str, ...], on_conflict: str) -> Statement:
        """PostgreSQL takes a whole batch as arrays: one statement instead of one per row."""
        quoted = self._dialect.identifier_preparer
        names = ", ".join(quoted.format_column(table.c[name]) for name in columns)
        arrays = ", ".join(f"%b::{table.c[name].type.compile(self._dialect)}[]" for name in columns)
        ignore = " ON CONFLICT DO NOTHING" if on_conflict == "ignore" else ""
        sql = f"INSERT INTO {quoted.format_table(table)} ({names}) SELECT * FROM unnest({arrays}){ignore}"  # noqa: S608 - names from metadata
        slots = tuple((i, self._converter(table.c[name])) for i, name in enumerate(columns))
        return Statement(sql, slots, columnar=True)

    def _upsert(self, table: Table, columns: tuple[str, ...]) -> Statement:
        statement: Any = (sqlite if self.sqlite else postgresql).insert(table)
        keys = [column.name for column in table.primary_key]
        changed = {name: statement.excluded[name] for name in columns if name not in keys}
        binds = {name: bindparam(f"v{i}", type_=table.c[name].type) for i, name in enumerate(columns)}
        statement = statement.values(binds)
        if changed:
            statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
        else:
            statement = statement.on_conflict_do_nothing()
        return self._compiled(statement, {f"v{i}": (i, table.c[name]) for i, name in enumerate(columns)})

    def _change(self, op: Edge | Update, guard: Mapping[str, Any], sources: int) -> Statement:
        table, values, where = op.table, {}, []
        must(
            _names_one_row(table, op.key), "a change names its row by a unique key", table=table.name, key=tuple(op.key)
        )
        places: dict[str, tuple[int, Column[Any]]] = {}

        def bind(name: str) -> Any:
            label = f"p{len(places)}"
            places[label] = (len(places), table.c[name])
            return bindparam(label, type_=table.c[name].type)

        where = [table.c[name] == bind(name) for name in op.key]
        values = {name: bind(name) for name in op.values}
        values |= {name: table.c[name] + bind(name) for name in op.add}
        for name, value in guard.items():
            bound = bind(name)
            where.append(table.c[name].is_(None) if value is None else table.c[name] == bound)
        if isinstance(op, Edge):
            values["status"] = bind("status")
            if "version" in table.c:
                values["version"] = table.c["version"] + literal_column("1")
            where.append(table.c["status"].in_([bind("status") for _ in range(sources)]))
        one_by_one = self._compiled(update(table).where(*where).values(values), places)
        if self.sqlite:
            return one_by_one
        return replace(one_by_one, together=self._joined(op, guard, places), key_width=len(op.key))

    def _joined(
        self, op: Edge | Update, guard: Mapping[str, Any], places: Mapping[str, tuple[int, Column[Any]]]
    ) -> Statement:
        """The same change as one UPDATE that joins arrays; it would change a row named twice only once."""
        name_of = {column.name: self._dialect.identifier_preparer.format_column(column) for column in op.table.c}
        value = iter(f"k.{label}" for label in places)
        where = [f"t.{name_of[name]} = {next(value)}" for name in op.key]
        changes = [f"{name_of[name]} = {next(value)}" for name in op.values]
        changes += [f"{name_of[name]} = t.{name_of[name]} + {next(value)}" for name in op.add]
        for name, wanted in guard.items():
            bound = next(value)
            where.append(f"t.{name_of[name]} IS NULL" if wanted is None else f"t.{name_of[name]} = {bound}")
        if isinstance(op, Edge):
            changes.append(f"status = {next(value)}")
            changes += ["version = t.version + 1"] if "version" in op.table.c else []
            where.append(f"t.status IN ({', '.join(value)})")
        arrays = ", ".join(f"%b::{column.type.compile(self._dialect)}[]" for _, column in places.values())
        sql = (
            f"UPDATE {self._dialect.identifier_preparer.format_table(op.table)} AS t SET {', '.join(changes)} "  # noqa: S608 - names from metadata
            f"FROM unnest({arrays}) AS k ({', '.join(places)}) WHERE {' AND '.join(where)}"
        )
        return Statement(sql, tuple((i, self._converter(column)) for i, column in places.values()), columnar=True)

    def _compiled(self, statement: Any, places: Mapping[str, tuple[int, Column[Any]]]) -> Statement:
        compiled = statement.compile(dialect=self._dialect)
        names: Iterable[str] = compiled.positiontup or ()
        slots: list[tuple[int, Convert | None]] = []
        for name in names:
            place, column = places[name]
            slots.append((place, self._converter(column)))
        return Statement(str(compiled), tuple(slots))

    def _converter(self, column: Column[Any]) -> Convert | None:
        kind = column.type.dialect_impl(self._dialect)
        convert = kind.bind_processor(self._dialect)
        if isinstance(column.type, Instant | Date):
            return None if convert is None else _remembering(convert)
        if convert is None and not self.sqlite:
            return next((plain for types, plain in _PLAIN if isinstance(kind, types)), None)
        return convert


def _remembering(convert: Convert) -> Convert:
    """Convert equal neighbours once: a batch has one booking time in hundreds of rows."""
    given: Any = None
    converted: Any = None

    def remembered(value: Any) -> Any:
        nonlocal given, converted
        if value is not given:
            given, converted = value, convert(value)
        return converted

    return remembered


def _plainly(wanted: Callable[[Any], Any], exact: type) -> Convert:
    return lambda value: value if value is None or type(value) is exact else wanted(value)


# An array has one type: an enumeration's member beside a plain text is refused by the driver.
_PLAIN: Final[tuple[tuple[Any, Convert], ...]] = (
    (String, _plainly(str.__str__, str)),
    (Integer, _plainly(int, int)),
    (Float, _plainly(float, float)),
    (Numeric, _plainly(Decimal, Decimal)),
)


def _names_one_row(table: Table, key: Mapping[str, Any]) -> bool:
    """Whether some unique key of the table is wholly in `key`; otherwise row counts would prove nothing."""
    unique = [{column.name for column in table.primary_key}]
    unique += [
        {column.name for column in rule.columns} for rule in table.constraints if isinstance(rule, UniqueConstraint)
    ]
    unique += [{column.name for column in index.columns} for index in table.indexes if index.unique]
    return any(columns and columns <= set(key) for columns in unique)
