"""With a guard removed the simulation turns red; otherwise its green would mean nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.simulation.controls import CONTROLS, WITHIN, found_by
from tests.simulation.template import Template


@pytest.fixture(scope="module")
def template() -> Iterator[Template]:
    made = Template()
    yield made
    made.close()


@pytest.mark.parametrize("name", CONTROLS)
def test_a_planted_defect_is_found(name: str, template: Template) -> None:
    found = found_by(name, 1, template)

    assert found is not None, f"{name}: {WITHIN} histories stayed green"
