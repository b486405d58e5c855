"""Every channel × every clause of money.md §4.9, at the port (the platform's own part is in tests/integration)."""

from __future__ import annotations

import pytest

from checkstand.channel import Registry
from checkstand.channel.conformance import Clause, clauses_for, run_clause

REGISTRY = Registry.load()
CASES = [
    pytest.param(channel.manifest.name, variant, item, id=f"{channel.manifest.name}-{variant}-{item.id}")
    for channel in REGISTRY.channels()
    for variant in channel.test_variants
    for item in clauses_for(channel.manifest)
]


@pytest.mark.parametrize(("name", "variant", "item"), CASES)
def test_a_channel_keeps_every_clause(name: str, variant: str, item: Clause) -> None:
    assert run_clause(REGISTRY.channel(name), variant, item) is None, item.says


def test_every_external_channel_has_a_simulator_to_be_judged_by() -> None:
    external = [channel for channel in REGISTRY.channels() if not channel.manifest.internal]

    assert external
    assert all(channel.simulator is not None and channel.test_variants for channel in external)
