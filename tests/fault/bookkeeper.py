"""A process that books as fast as it can and says of each journal when it is durable; it will be killed.

    python -m tests.fault.bookkeeper DATABASE_URL [normal|off]

Every line on its standard output is a promise: this number is stored. `normal` and `off` weaken the database the way
in which it must not run, so that a test can show what would be lost.
"""

from __future__ import annotations

import sys
from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from sqlalchemy import event
from tests.fault.promises import CALLERS, journal

from checkstand.accounting import Poster, writer
from checkstand.infra.db import Database
from checkstand.kernel import SystemClock


def main() -> None:
    url, *weak = sys.argv[1:]
    db = Database(url)
    if weak == ["normal"]:
        _on_connect(db, "PRAGMA synchronous=NORMAL")
    if weak == ["off"]:
        writer._POSTGRESQL_SESSION = ("SET synchronous_commit = off",)  # type: ignore[misc]
    poster = Poster(db, SystemClock())
    poster.start()
    begins, numbers = datetime.now(UTC), count()
    run: Final = f"{begins:%H%M%S%f}"
    waiting: list[tuple[str, Future[None]]] = []
    for number in numbers:
        name = f"{run}-{number}"
        waiting.append((name, poster.submit(journal(name, begins))))
        if len(waiting) == CALLERS:
            for told, future in waiting:
                future.result()
                print(told, flush=True)
            waiting.clear()


def _on_connect(db: Database, statement: str) -> None:
    @event.listens_for(db.engine, "connect")
    def weaken(connection: Any, _: Any) -> None:
        connection.execute(statement)


if __name__ == "__main__":
    main()
