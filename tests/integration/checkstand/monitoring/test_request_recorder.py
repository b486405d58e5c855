"""The request log writes many calls at once, beside the payments, and says how many it could not keep."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from checkstand.app.migrate import migrate
from checkstand.infra.db import Database
from checkstand.kernel import new_id
from checkstand.monitoring.request_log import api_request, dropped
from checkstand.monitoring.request_recorder import MOST_BYTES, RequestRecorder
from checkstand.monitoring.request_row import Call

AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    migrate(made)
    yield made
    made.close()


def call(**more: Any) -> Call:
    values = {"tenant_id": "lantern", "mode": "test", "api_key_id": "key_1", "status": 200, **more}
    return Call(new_id("req"), AT, "GET", "/v1/payments", **values)


def kept(db: Database) -> int:
    with db.read() as connection:
        return int(connection.execute(select(func.count()).select_from(api_request)).scalar_one())


def nobody(_secret: str) -> None:
    return None


def test_calls_can_be_read_within_a_second(db: Database) -> None:
    recorder = RequestRecorder(db, nobody)
    recorder.start()
    for _ in range(700):
        recorder.keep(call())

    deadline = time.monotonic() + 5
    while kept(db) < 700 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert kept(db) == 700
    recorder.stop()


def test_stopping_writes_what_waits(db: Database) -> None:
    recorder = RequestRecorder(db, nobody)
    recorder.keep(call())
    recorder.stop()

    assert kept(db) == 1


def test_what_does_not_fit_is_counted(db: Database) -> None:
    recorder = RequestRecorder(db, nobody, most_calls=2)
    for _ in range(5):
        recorder.keep(call())
    recorder.flush()

    assert kept(db) == 2
    with db.read() as connection:
        assert dropped(connection, "lantern", "test") == (3, AT)
        assert dropped(connection, "lantern", "live") == (0, None)


def test_bodies_are_bounded_too(db: Database) -> None:
    recorder = RequestRecorder(db, nobody)
    for _ in range(3):
        recorder.keep(call(status=400, body=b"x" * (MOST_BYTES // 2)))
    recorder.flush()

    assert kept(db) == 2


def test_a_call_that_nobody_owned_up_to_is_looked_up_by_its_key(db: Database) -> None:
    recorder = RequestRecorder(db, {"sk_known": ("lantern", "test", "key_1")}.get)
    recorder.keep(call(tenant_id="", api_key_id="", secret="sk_known"))
    recorder.keep(call(tenant_id="", api_key_id="", secret="sk_guessed"))
    recorder.flush()

    with db.read() as connection:
        assert [row.api_key_id for row in connection.execute(select(api_request))] == ["key_1"]


def test_a_database_that_is_away_loses_nothing(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    recorder = RequestRecorder(db, nobody)
    recorder.keep(call())

    def away() -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    with monkeypatch.context() as patched:
        patched.setattr(db, "aside", away)
        assert not recorder.flush()
    assert recorder.flush()
    assert kept(db) == 1


def test_a_row_that_cannot_be_written_is_counted_and_not_tried_for_ever(db: Database) -> None:
    recorder = RequestRecorder(db, nobody)
    twice = call()
    recorder.keep(twice)
    recorder.keep(twice)

    assert not recorder.flush()
    assert recorder.flush()
    recorder.keep(call())
    recorder.flush()
    with db.read() as connection:
        assert dropped(connection, "lantern", "test")[0] == 2
