"""A small business day with every class of discrepancy planted; `python -m tests.simulation.day` plays a large one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.simulation.day import play_day

from checkstand.reconciliation.classes import ItemClass


@pytest.mark.timeout(600)
def test_every_planted_discrepancy_of_a_day_is_found_and_the_rest_is_settled() -> None:
    seed = datetime.now(UTC).toordinal()

    summary = play_day(300, seed)

    assert not summary["wrong"], f"python -m tests.simulation.day --payments 300 --seed {seed}: {summary['wrong']}"
    assert set(summary["planted"]) == {each.value for each in ItemClass} - {ItemClass.MATCHED.value}
