"""The database by URL: SQLite in one file, or PostgreSQL. Reads anywhere, writes through the poster.

SQLite runs with WAL and `synchronous=FULL`: an acknowledged payment survives a power cut (money.md
§7.2). `NORMAL` is 7 times faster with one writer and lost 3.7 % of acknowledged payments, so it is
no setting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    MetaData,
    Text,
    TypeDecorator,
    create_engine,
    event,
    func,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from checkstand.kernel import CheckstandError, Kind

_ENDING = frozenset({"57P01", "57P02", "57P03", "53300"})  # shutting down, crashed, starting, too many connections

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite keeps it as sortable ISO text with microseconds."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Any) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.isoformat(timespec="microseconds") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON as text in both engines: canonical key order, so equal values are equal bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else json.loads(value)


class DatabaseAway(CheckstandError):
    """Reading failed for a reason that passes: the server restarts, or another process holds the file."""

    code = "platform.database_away"
    kind = Kind.UNAVAILABLE
    message = "The database cannot be reached at the moment."
    remedy = "Repeat the request in a few seconds, with the same Idempotency-Key; nothing is done twice."
    retryable = True


class Database:
    """One engine. `read()` gives a connection for SELECTs; nothing but the poster uses `writer`."""

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        self.url = _with_driver(url)
        self.is_sqlite = self.url.startswith("sqlite")
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url, pool_size)
        # Reading needs no transaction: without one, PostgreSQL is spared a BEGIN and a ROLLBACK each time.
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read from; one snapshot per statement, nothing is kept open afterwards.

        Raises `DatabaseAway` when the database is not there, or no longer.
        """
        try:
            with self._reader.connect() as connection:
                yield connection
        except DBAPIError as error:
            if self._is_away(error):
                raise DatabaseAway() from error
            raise

    @contextmanager
    def stream(self) -> Iterator[Connection]:
        """A connection for one long SELECT whose rows are fetched as they are used; PostgreSQL wants a transaction."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """One short transaction for operational rows (request log, retention); never for what the poster writes.

        It doesn't wait for the disk, so that payments wait the less for it: a power cut may lose its last second.
        """
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.detach()  # closed afterwards: nobody must inherit the setting
                connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection
            connection.commit()

    def close(self) -> None:
        self.engine.dispose()

    def _is_away(self, error: DBAPIError) -> bool:
        if self.is_sqlite:
            return "database is locked" in str(error.orig)
        if not isinstance(error, OperationalError | InterfaceError):
            return False
        state = getattr(error.orig, "sqlstate", None)  # none: the connection was refused or lost
        return state is None or state in _ENDING or state.startswith("08")


def in_order(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Order a few rows by this column, after they were found by another index.

    SQLite without statistics would rather follow the primary key through a whole tenant to spare itself
    the sorting of three rows; it takes an expression for something that has to be sorted.
    """
    return func.coalesce(column, column)


def _with_driver(url: str) -> str:
    """Accept the URLs people have at hand: postgres:// and postgresql:// mean psycopg 3."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    # The connection used last comes first: its page cache and prepared statements are warm.
    arguments = {"check_same_thread": False, "timeout": 30}
    engine = create_engine(url, connect_args=arguments, pool_size=40, max_overflow=200, pool_use_lifo=True)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver's guess starts write transactions late
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "cache_size=-65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _postgres_engine(url: str, pool_size: int) -> Engine:
    return create_engine(
        url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, isolation_level="READ COMMITTED"
    )
