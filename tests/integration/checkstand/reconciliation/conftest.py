"""A shop at noon, so that no payment is near the end of a day by chance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.checkstand.reconciliation.shop import Shop
from tests.world import World, next_noon


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    world = World(tmp_path, database_url, begins=next_noon())
    try:
        yield Shop(world)
        world.settle()  # days may have passed without anybody running the jobs
        assert world.broken_invariants() == []
    finally:
        world.close()
