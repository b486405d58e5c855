"""A whole platform per test; what books something runs on both engines, a refusal on one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.world import World


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """`sqlite`, unless the test is marked with `on_both_engines`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, engine: str) -> Iterator[World]:
    made = World(tmp_path, request.getfixturevalue(f"{engine}_database"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _books_balance(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does, every invariant holds afterwards."""
    world = request.getfixturevalue("world") if "world" in request.fixturenames else None
    yield
    if world is not None:
        assert world.broken_invariants() == []
