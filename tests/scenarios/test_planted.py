"""A mutation run: defects planted into the catalogue are found, and the catalogue as it is has none."""

from __future__ import annotations

import pytest
from tests.scenarios.kinds import KINDS
from tests.scenarios.planted import Tally, false_alarms, run


@pytest.fixture(scope="module")
def tallies() -> list[Tally]:
    return run()


def test_the_catalogue_as_it_is_raises_no_alarm() -> None:
    assert false_alarms() == []


def test_at_least_98_percent_of_the_planted_defects_are_found(tallies: list[Tally]) -> None:
    planted, found = sum(tally.planted for tally in tallies), sum(tally.found for tally in tallies)

    assert (len(KINDS) >= 15, planted >= 200) == (True, True)
    assert found >= planted * 0.98, [(tally.name, tally.missed) for tally in tallies if tally.missed]


def test_every_class_is_planted_and_mostly_found(tallies: list[Tally]) -> None:
    assert [tally.name for tally in tallies if tally.planted == 0 or tally.found * 10 < tally.planted * 8] == []


def test_the_cashier_confirms_every_order_that_the_proof_shows(tallies: list[Tally]) -> None:
    assert [text for tally in tallies for text in tally.unconfirmed] == []
