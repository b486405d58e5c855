"""Documentation that is out of date is a bug."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


@pytest.fixture(scope="module")
def generate():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        return importlib.import_module("generate")
    finally:
        sys.path.remove(str(ROOT / "docs"))


def test_the_reference_is_what_the_code_says(generate):
    assert generate.outdated() == [], "run `make docs`"


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(document):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", document.read_text())
    here = [unquote(link or source) for link, source in links if "://" not in (link or source)]

    assert [link for link in here if not (document.parent / link).exists()] == []


def test_the_changelog_is_newest_first():
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert versions[0] == "Unreleased"
    numbers = [tuple(map(int, version.split("."))) for version in versions[1:]]
    assert numbers == sorted(numbers, reverse=True)


def test_decisions_are_numbered_without_gaps_and_have_every_part():
    records = sorted(
        path for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md") if not path.name.startswith("0000")
    )

    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for record in records:
        for part in ("## Context", "## Decision", "## Status", "## Consequences"):
            assert part in record.read_text(), f"{record.name} lacks {part}"


def test_make_help_lists_the_words_everybody_uses():
    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for word in ("setup", "demo", "dev", "test", "lint", "ci", "bench", "docs"):
        assert f"make {word} " in printed


def test_the_scenario_in_the_readme_is_valid(tmp_path):
    scenario = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert scenario, "the README shows a scenario"
    (tmp_path / "readme.yaml").write_text(scenario[1])

    found = subprocess.run(
        [sys.executable, "-m", "checkstand", "validate", str(tmp_path / "readme.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 0, found.stdout + found.stderr
