"""Other seeds every day: what is printed is enough to play a failed one again."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Final

import pytest
from tests.simulation.__main__ import simulate
from tests.simulation.history import play
from tests.simulation.template import Template

SEED: Final = int(os.environ.get("CHECKSTAND_SIMULATION_SEED") or datetime.now(UTC).toordinal() * 1000)
HISTORIES: Final = int(os.environ.get("CHECKSTAND_SIMULATION_HISTORIES", "150"))
WITHIN_S: Final = 50.0

pytestmark = pytest.mark.timeout(max(300, HISTORIES))


def test_no_history_loses_or_invents_money(capsys: pytest.CaptureFixture[str]) -> None:
    summary = simulate(SEED, HISTORIES, within_s=None if "CHECKSTAND_SIMULATION_HISTORIES" in os.environ else WITHIN_S)

    with capsys.disabled():
        print(
            "\nsimulation:", *(f"{name}={summary[name]}" for name in ("seed", "histories", "crashes", "steps", "edges"))
        )
    assert not summary["bad"], f"python -m tests.simulation --histories 1 --seed {next(iter(summary['bad']))}"


def test_a_seed_is_the_same_history_every_time() -> None:
    template = Template()
    try:
        first, again = play(SEED, template), play(SEED, template)
    finally:
        template.close()
    assert (first.steps, first.did, first.edges, first.digest) == (again.steps, again.did, again.edges, again.digest)
