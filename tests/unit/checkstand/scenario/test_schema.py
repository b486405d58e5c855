"""The schema as editors see it: a stable name, a sentence and an example for everything, examples that are valid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from checkstand.app.edit_draft import templates
from checkstand.cli import cli
from checkstand.scenario.reference import example_of
from checkstand.scenario.schema import HEADER, SCHEMA

Parts = Iterator[tuple[str, Mapping[str, Any]]]


def parts(path: str, part: Mapping[str, Any]) -> Parts:
    for name, value in part.get("properties", {}).items():
        yield f"{path}.{name}", value
        yield from parts(f"{path}.{name}", value)


ALL = dict([*parts("", SCHEMA), *(row for name, part in SCHEMA["$defs"].items() for row in parts(name, part))])
VALUES = {path: part for path, part in ALL.items() if "properties" not in part and "x-by-id" not in part}


def test_the_schema_keeps_its_name_and_is_a_schema() -> None:
    assert SCHEMA["$id"] == "urn:checkstand:schema:checkout-v1"
    Draft202012Validator.check_schema(SCHEMA)


def test_everything_has_a_sentence() -> None:
    short = [path for path, part in ALL.items() if len(part.get("description", "")) < 8]
    unfinished = [path for path, part in ALL.items() if not part["description"].endswith((".", ")"))]

    assert (short, unfinished) == ([], [])


@pytest.mark.parametrize("path", VALUES)
def test_every_value_has_an_example_that_is_valid(path: str) -> None:
    example = example_of(VALUES[path])

    assert example is not None
    here = {**VALUES[path], "$defs": SCHEMA["$defs"]}
    assert [error.message for error in Draft202012Validator(here).iter_errors(example)] == []


def test_the_command_prints_the_schema_that_the_loader_reads() -> None:
    printed = CliRunner().invoke(cli, ["schema"])

    assert (printed.exit_code, json.loads(printed.output)) == (0, SCHEMA)


def test_the_command_writes_it_to_a_file_and_says_the_first_line(tmp_path: Path) -> None:
    written = CliRunner().invoke(cli, ["schema", "--out", str(tmp_path / "vocabulary.json")])

    assert json.loads((tmp_path / "vocabulary.json").read_text("utf-8")) == SCHEMA
    assert written.output.endswith("begins with # yaml-language-server: $schema=vocabulary.json\n")


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    refused = CliRunner().invoke(cli, ["schema", "--out", str(tmp_path / "gone" / "x.json")])

    assert refused.exit_code == 1
    assert "No such file or directory" in refused.output


def test_the_recipe_shows_the_line_that_is_written() -> None:
    recipe = (Path(__file__).parents[4] / "docs" / "recipes" / "edit-in-your-editor.md").read_text("utf-8")

    assert f"```yaml\n{HEADER}api_version: checkout/v1\n" in recipe
    assert SCHEMA["$id"] in recipe


def test_scenarios_of_the_gallery_name_the_schema_beside_them() -> None:
    assert [name for name, text in templates().items() if not text.startswith(HEADER)] == []
