"""Whatever stands in a file: one message that points at it and says what to do, at once, and never a traceback."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import pytest
from tests.scenarios.bad_input import BAD
from tests.scenarios.test_mistakes import FACTS, GOOD

from checkstand.scenario import load
from checkstand.scenario.bases import Bases
from checkstand.scenario.load import load_bytes
from checkstand.scenario.problem import Problem

LONGEST_S: Final = 2.0
BASE: Final = "api_version: checkout/v1\nkind: Base\nmetadata: {id: shared, name: {en: Shared}, owner: lantern}\n"


def problems(raw: str | bytes, folder: Path) -> tuple[Problem, ...]:
    data = raw.encode() if isinstance(raw, str) else raw
    return load_bytes(data, "lantern.yaml", folder, FACTS, Bases()).problems


@pytest.mark.parametrize(("raw", "code", "place"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input_gets_one_message_with_its_place_and_a_remedy(
    raw: str | bytes, code: str, place: str, tmp_path: Path
) -> None:
    began = time.process_time()
    found = problems(raw, tmp_path)
    took_s = time.process_time() - began

    assert [(problem.code, f"{problem.line}:{problem.column}") for problem in found] == [(code, place)]
    assert found[0].remedy
    assert len(found[0].message) < 400, "a message is read, not scrolled"
    assert found[0].message.isprintable(), "a message cannot disturb a terminal"
    assert took_s < LONGEST_S


@pytest.mark.parametrize("text", [GOOD.replace("\n", "\r\n"), GOOD.replace("\n", "\r"), "\ufeff" + GOOD])
def test_line_ends_and_a_byte_order_mark_are_no_mistake(text: str, tmp_path: Path) -> None:
    assert problems(text, tmp_path) == ()


def bases(folder: Path, **extended: str) -> None:
    (folder / "base").mkdir()
    for name, other in extended.items():
        (folder / "base" / f"{name}.yaml").write_text(f"{BASE}extends: base/{other}\n", "utf-8")


def test_two_bases_that_extend_each_other_are_one_mistake_whoever_is_asked(tmp_path: Path) -> None:
    bases(tmp_path, day="night", night="day")
    for name in ("one", "two"):
        text = GOOD.replace("lantern-books", f"lantern-{name}").replace("mode: payment", "extends: base/night")
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    [problem] = load([tmp_path], FACTS.method_types).problems

    assert str(problem).replace(f"{tmp_path}/", "") == (
        'base/day.yaml:4:10 extends: "base/night" extends itself: night → day → night'
    )
    assert problem.remedy.startswith("Remove one of the extends lines")


def test_a_longer_circle_is_one_mistake(tmp_path: Path) -> None:
    bases(tmp_path, a="b", b="c", c="a")

    assert [problem.message for problem in load([tmp_path], FACTS.method_types).problems] == [
        '"base/b" extends itself: b → c → a → b'
    ]


def test_a_base_that_vanished_is_told_where_it_is_named(tmp_path: Path) -> None:
    bases(tmp_path, day="night")
    (tmp_path / "lantern.yaml").write_text(GOOD.replace("mode: payment", "extends: base/day"), "utf-8")
    [problem] = load([tmp_path], FACTS.method_types).problems

    assert (problem.code, problem.line, problem.column) == ("base.missing", 4, 10)
    assert problem.file.endswith("base/day.yaml")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\x00", "yaml.not_utf8"),
        (b"#" * 6_000_000, "yaml.too_large"),
        (BASE.replace("/v1", "/v2").encode(), "vocabulary.newer"),
        (GOOD.encode(), "base.not_a_base"),
    ],
)
def test_a_base_that_cannot_be_read_is_one_mistake(content: bytes, code: str, tmp_path: Path) -> None:
    bases(tmp_path)
    (tmp_path / "base" / "day.yaml").write_bytes(content)
    [problem] = problems(GOOD.replace("mode: payment", "extends: base/day"), tmp_path)

    assert problem.code == code
    assert problem.remedy


def test_a_folder_is_no_base(tmp_path: Path) -> None:
    bases(tmp_path)
    (tmp_path / "base" / "day.yaml").mkdir()
    [problem] = problems(GOOD.replace("mode: payment", "extends: base/day"), tmp_path)

    assert problem.code == "base.missing"
    assert 'mean "base/day"' not in problem.message


def test_a_base_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bases(tmp_path, day="night")

    def locked(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("checkstand.scenario.bases.beginning", locked)
    [problem] = problems(GOOD.replace("mode: payment", "extends: base/day"), tmp_path)

    assert str(problem) == 'lantern.yaml:4:10 extends: "base/day" cannot be read: Permission denied'
    assert problem.code == "base.unreadable"


def test_a_file_that_cannot_be_opened_is_one_mistake(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()

    assert [problem.code for problem in load([tmp_path], FACTS.method_types).problems] == ["file.unreadable"]
