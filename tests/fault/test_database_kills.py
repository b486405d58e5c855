"""PostgreSQL itself is killed while payments are booked: what was acknowledged is there after its recovery.

With `synchronous_commit=off` the same test loses payments, which is why the poster sets it for its own connection.

    CHECKSTAND_CRASH_ROUNDS=50 make test T=tests/fault/test_database_kills.py
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest
from tests.fault.cluster import Cluster
from tests.fault.machine import ROOT
from tests.fault.promises import broken

from checkstand.app.migrate import migrate
from checkstand.infra.db import Database

ROUNDS: Final = int(os.environ.get("CHECKSTAND_CRASH_ROUNDS", "2"))
BOOKS_FOR_S: Final = (0.3, 1.0)
MOST_WEAK_ROUNDS: Final = 12

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.crash,
    pytest.mark.timeout(180 + 30 * ROUNDS),
    pytest.mark.xdist_group("crash"),
]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with closing(Cluster()) as cluster:
        with closing(Database(cluster.url)) as db:
            migrate(db)
        yield cluster


def test_a_killed_postgresql_loses_nothing_that_was_acknowledged(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    promised: list[str] = []
    for _ in range(ROUNDS):
        promised += _book_until_the_server_dies(cluster)
        assert _broken(cluster, promised) == ([], [])

    with capsys.disabled():
        print(f"\ndatabase kills: synchronous_commit=on rounds={ROUNDS} acknowledged={len(promised)} lost=0")
    assert promised, "nothing was acknowledged before the kill, so this proves little"


def test_without_synchronous_commits_a_killed_postgresql_loses_payments(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """The negative control."""
    promised, gone, rounds = list[str](), list[str](), 0
    while not gone and rounds < MOST_WEAK_ROUNDS:
        promised += _book_until_the_server_dies(cluster, "off")
        rounds += 1
        gone, wrong = _broken(cluster, promised)
        assert not wrong, "payments may be gone, but the books must balance"

    with capsys.disabled():
        print(f"\ndatabase kills: synchronous_commit=off rounds={rounds} acknowledged={len(promised)} lost={len(gone)}")
    assert gone


def _broken(cluster: Cluster, promised: list[str]) -> tuple[list[str], list[str]]:
    with closing(Database(cluster.url)) as db:
        return broken(db, promised)


def _book_until_the_server_dies(cluster: Cluster, *weak: str) -> list[str]:
    """What was acknowledged before the kill; the server runs again afterwards."""
    command = [sys.executable, "-m", "tests.fault.bookkeeper", cluster.url, *weak]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(random.uniform(*BOOKS_FOR_S))  # no signal to wait for: the kill comes at any moment
    cluster.kill()
    process.kill()
    said = first + process.stdout.read()
    process.wait(timeout=30)
    cluster.start()
    return [line for line in said.split("\n")[:-1] if line]
