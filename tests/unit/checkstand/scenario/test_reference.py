"""The reference page is what the schema says."""

from __future__ import annotations

from checkstand.rule import FUNCTIONS, VARIABLES
from checkstand.scenario.reference import scenario_reference
from checkstand.scenario.schema import SCHEMA


def test_the_page_has_every_name_of_the_vocabulary() -> None:
    page = scenario_reference()

    assert [name for name in SCHEMA["properties"] if f"`{name}`" not in page] == []
    assert [name for name in VARIABLES if f"| `{name}` |" not in page] == []
    assert len(FUNCTIONS) == page[page.index("| Written | Means |") :].count("\n| `")
