"""The power fails while payments are booked: what was acknowledged is there afterwards.

SIGKILL cannot show this, because the kernel still writes what a dead process left in its cache. Here the file system
forgets everything that was not synced. With `synchronous=NORMAL` the same test loses payments: that it does is what
makes the other result worth something.

    CHECKSTAND_CRASH_ROUNDS=50 make test T=tests/fault/test_power_cuts.py
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from tests.fault.lossy import LossyDisk
from tests.fault.machine import ROOT
from tests.fault.promises import broken

from checkstand.app.migrate import migrate
from checkstand.infra.db import Database

ROUNDS: Final = int(os.environ.get("CHECKSTAND_CRASH_ROUNDS", "2"))
BOOKS_FOR_S: Final = (0.4, 1.2)
NAME: Final = "checkstand.db"

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120 + 20 * ROUNDS), pytest.mark.xdist_group("crash")]


@pytest.fixture
def mountable(tmp_path: Path) -> Path:
    """An empty folder on which a file system of ours can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    probe = LossyDisk(folder)
    try:
        probe.start()
    except OSError as refused:
        pytest.skip(f"mounting a file system of one's own needs /dev/fuse and the right to mount: {refused}")
    list(folder.iterdir())
    probe.unmount()
    return folder


@pytest.fixture
def empty_books(tmp_path: Path) -> bytes:
    """A migrated database."""
    path = tmp_path / "template.db"
    with closing(Database(f"sqlite:///{path}")) as db:
        migrate(db)
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def test_a_power_cut_loses_nothing_that_was_acknowledged(
    mountable: Path, empty_books: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cuts = list(_cuts(mountable, empty_books, tmp_path, ROUNDS))

    with capsys.disabled():
        print(f"\npower cuts: synchronous=FULL rounds={ROUNDS} acknowledged={sum(cut[0] for cut in cuts)} lost=0")
    assert [cut[1:] for cut in cuts] == [([], [])] * ROUNDS
    assert all(cut[0] for cut in cuts), "nothing was acknowledged before the cut, so this proves little"


def test_without_full_synchronisation_a_power_cut_loses_payments(
    mountable: Path, empty_books: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The negative control."""
    lost = acknowledged = 0
    for told, gone, _ in _cuts(mountable, empty_books, tmp_path, max(ROUNDS, 3), "normal"):
        acknowledged, lost = acknowledged + told, lost + len(gone)

    with capsys.disabled():
        print(f"\npower cuts: synchronous=NORMAL acknowledged={acknowledged} lost={lost}")
    assert lost > 0


def _cuts(
    folder: Path, content: bytes, tmp_path: Path, rounds: int, *weak: str
) -> Iterator[tuple[int, list[str], list[str]]]:
    """How many promises each round was given, which were not kept, and what else is wrong."""
    rng = random.Random()
    for number in range(rounds):
        disk = LossyDisk(folder)
        disk.put(NAME, content)
        disk.start()
        promised, left = _book_until_the_power_fails(disk, rng.uniform(*BOOKS_FOR_S), *weak)
        after = tmp_path / f"after-{number}{'-'.join(weak)}"
        after.mkdir()
        for name, kept in left.items():
            if not name.endswith("-shm"):  # memory, not disk
                (after / name).write_bytes(kept)
        with closing(Database(f"sqlite:///{after / NAME}")) as db:
            gone, wrong = broken(db, promised)
        yield len(promised), gone, wrong


def _book_until_the_power_fails(disk: LossyDisk, after_s: float, *weak: str) -> tuple[list[str], dict[str, bytes]]:
    command = [sys.executable, "-m", "tests.fault.bookkeeper", f"sqlite:///{disk.folder / NAME}", *weak]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(after_s)  # no signal to wait for: power fails at any moment
    left = disk.cut()
    process.send_signal(signal.SIGKILL)
    disk.unmount()
    said = first + process.stdout.read()
    process.wait(timeout=30)
    # The last line may have been cut short by the kill: it was not said.
    return [line for line in said.split("\n")[:-1] if line], left
