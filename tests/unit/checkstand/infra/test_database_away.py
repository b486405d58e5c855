"""A database that is not there is told as such, and a mistake in a statement is not."""

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from tests.demo_server import free_port

from checkstand.infra.db import Database, DatabaseAway


def test_a_server_that_does_not_answer():
    db = Database(f"postgresql://nobody@127.0.0.1:{free_port()}/none?connect_timeout=2")

    with pytest.raises(DatabaseAway) as refused, db.read():
        pass
    assert refused.value.retryable


def test_a_locked_file(tmp_path):
    path = tmp_path / "books.db"
    db = Database(f"sqlite:///{path}")
    with db.read() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    with pytest.raises(DatabaseAway):
        impatient(db)
    holder.close()
    db.close()


def impatient(db):
    with db.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
        connection.execute(text("SELECT * FROM t"))


def test_a_mistake_of_ours_stays_one(tmp_path):
    db = Database(f"sqlite:///{tmp_path}/books.db")

    with pytest.raises(OperationalError), db.read() as connection:
        connection.execute(text("SELECT * FROM there_is_no_such_table"))
    db.close()
