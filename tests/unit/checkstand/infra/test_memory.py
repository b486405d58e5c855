"""What is remembered, for how long, and what makes it forgotten."""

import threading

import pytest
from sqlalchemy import Column, MetaData, String, Table

from checkstand.infra.memory import KEEP_S, Memory
from checkstand.infra.ops import Update

KEYS, OTHER = (Table(name, MetaData(), Column("id", String)) for name in ("keys", "other"))


class Ticking:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Ticking()


@pytest.fixture
def memory(clock):
    return Memory(clock)


@pytest.fixture
def read():
    """A read that answers 1, 2, 3, …"""
    numbers = iter(range(1, 100))
    return lambda: next(numbers)


def test_a_second_question_is_answered_from_memory(memory, read):
    assert [memory.recall("a", (KEYS,), read) for _ in range(3)] == [1, 1, 1]


def test_after_a_second_it_is_read_anew(memory, read, clock):
    memory.recall("a", (KEYS,), read)
    clock.now += KEEP_S

    assert memory.recall("a", (KEYS,), read) == 2


@pytest.mark.parametrize(("table", "seen"), [(KEYS, 2), (OTHER, 1)])
def test_a_commit_forgets_what_it_changed_and_nothing_else(memory, read, table, seen):
    memory.recall("a", (KEYS,), read)
    memory.written([Update(table, {"id": "1"}, {"id": "2"})])

    assert memory.recall("a", (KEYS,), read) == seen


def test_what_was_read_while_somebody_wrote_is_not_kept(memory):
    reading, written = threading.Event(), threading.Event()

    def slow():
        reading.set()
        assert written.wait(5)
        return "old"

    reader = threading.Thread(target=memory.recall, args=("a", (KEYS,), slow))
    reader.start()
    assert reading.wait(5)
    memory.written([Update(KEYS, {"id": "1"}, {"id": "2"})])
    written.set()
    reader.join()

    assert memory.recall("a", (KEYS,), lambda: "new") == "new"


def test_nothing_is_remembered_as_well_as_something(memory, read):
    assert [memory.recall("a", (KEYS,), lambda: None), memory.recall("a", (KEYS,), read)] == [None, None]


def test_the_time_runs_from_before_the_reading(memory, clock):
    def slow():
        clock.now += KEEP_S / 2
        return "old"

    memory.recall("a", (KEYS,), slow)
    clock.now += KEEP_S / 2

    assert memory.recall("a", (KEYS,), lambda: "new") == "new"


def test_what_is_kept_is_younger_than_the_second_that_a_publication_may_take():
    assert KEEP_S < 1


def test_a_counter_that_goes_up_makes_nothing_forgotten(memory):
    memory.recall("a", (KEYS,), lambda: "old")
    memory.written([Update(KEYS, {"id": "1"}, add={"id": 1})])

    assert memory.recall("a", (KEYS,), lambda: "new") == "old"
