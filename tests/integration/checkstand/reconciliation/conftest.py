"""A shop at noon, so that no payment is near the end of a day by chance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.checkstand.reconciliation.shop import Shop
from tests.unit.checkstand.reconciliation.statements import SHANGHAI
from tests.world import World


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    world = World(tmp_path, database_url)
    local = world.clock.now().astimezone(SHANGHAI)
    noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
    world.clock.advance(seconds=((noon - local) % timedelta(days=1)).total_seconds())
    try:
        yield Shop(world)
        world.settle()  # days may have passed without anybody running the jobs
        assert world.broken_invariants() == []
    finally:
        world.close()
