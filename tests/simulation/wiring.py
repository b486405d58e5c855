"""What the platform is built with here: a database that gives way, a poster that is stepped, and no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.simulation.scheduler import Scheduler
from tests.simulation.stepping import SteppedPoster

from checkstand.app import bootstrap
from checkstand.channel import Registry
from checkstand.channel.port import HttpAnswer
from checkstand.infra.db import Database


class Yielding:
    """The database as the platform's tasks see it: others may come between any two of their readings."""

    def __init__(self, db: Database, scheduler: Scheduler) -> None:
        self._db, self._scheduler = db, scheduler
        self.engine, self.url, self.is_sqlite = db.engine, db.url, db.is_sqlite
        self.stream, self.aside, self.close = db.stream, db.aside, db.close

    @contextmanager
    def read(self) -> Iterator[Any]:
        self._scheduler.give_way()
        with self._db.read() as connection:
            yield connection


@contextmanager
def wired(db: Database, registry: Registry) -> Iterator[None]:
    """`build_platform` with our poster, the database that is open, and manifests that were read before."""
    kept = bootstrap.Poster, bootstrap.Database, bootstrap.Registry
    bootstrap.Poster = SteppedPoster  # type: ignore[misc]
    bootstrap.Database = lambda url: db  # type: ignore[assignment,misc]
    bootstrap.Registry = type("Kept", (), {"load": staticmethod(lambda: registry)})  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        bootstrap.Poster, bootstrap.Database, bootstrap.Registry = kept  # type: ignore[misc]


class NoNetwork:
    """Channels are spoken to in our own words here."""

    def send(self, verb: str, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"") -> HttpAnswer:
        raise AssertionError(f"{verb} {url}: no message leaves a simulation")
