"""The reference page is what the schema says."""

from __future__ import annotations

from pathlib import Path

from checkstand.rule import FUNCTIONS, VARIABLES
from checkstand.scenario.reference import scenario_reference
from checkstand.scenario.schema import SCHEMA

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "scenario.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == scenario_reference(), "run `make docs`"


def test_the_page_has_every_name_of_the_vocabulary() -> None:
    page = scenario_reference()

    assert [name for name in SCHEMA["properties"] if f"`{name}`" not in page] == []
    assert [name for name in VARIABLES if f"| `{name}` |" not in page] == []
    assert len(FUNCTIONS) == page[page.index("| Written | Means |") :].count("\n| `")
