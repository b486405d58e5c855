"""An unchanged file is not checked again, and whatever could change a check makes a new one."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checkstand.scenario import Loaded, checks_kept
from checkstand.scenario.bases import Bases
from checkstand.scenario.checks_kept import Checks
from checkstand.scenario.finding import Facts
from checkstand.scenario.load import load_file

BASE = "api_version: checkout/v1\nkind: Base\nmetadata: {owner: lantern}\namount_limits: {currency: CNY, max: 90000}\n"
FILE = """\
api_version: checkout/v1
kind: Scenario
extends: base/shop
metadata: {id: books, name: {en: Books}}
methods: [{id: wx, type: wechat_pay, display: sideways}]
locales: {default: en, supported: [en]}
"""


@dataclass(frozen=True)
class Kind:
    channels: tuple[str, ...] = ("wechatpay",)
    terminals: frozenset[str] = frozenset({"pc", "h5", "mini_program", "ios", "android"})
    currencies: frozenset[str] = frozenset({"CNY"})


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were really checked."""
    files: list[str] = []
    module = importlib.import_module("checkstand.scenario.load")
    real = module._problems

    def problems(each: Any, facts: Facts) -> Any:
        files.append(Path(each.file).name)
        return real(each, facts)

    monkeypatch.setattr(module, "_problems", problems)
    return files


@pytest.fixture
def look(tmp_path: Path, checked: list[str]) -> Callable[..., Loaded]:
    """Load the file as a process does that has just started."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "shop.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "books.yaml").write_text(FILE, encoding="utf-8")

    def load(kind: Kind = Kind(), folder: str | None = "var", name: str = "books.yaml") -> Loaded:
        facts = Facts({"wechat_pay": kind})
        return load_file(tmp_path / name, facts, Bases(), Checks(facts, folder and tmp_path / folder))

    return load


def test_the_next_process_finds_what_this_one_has_found(look: Callable[..., Loaded], checked: list[str]) -> None:
    first = look()
    again = look()

    assert [problem.path for problem in first.problems] == ["methods[0].display"]
    assert again == first
    assert checked == ["books.yaml"]


def test_without_a_folder_every_file_is_checked(look: Callable[..., Loaded], checked: list[str]) -> None:
    assert look(folder=None) == look(folder=None)
    assert len(checked) == 2


@pytest.mark.parametrize(
    ("file", "old", "new", "wrong"),
    [
        ("books.yaml", "sideways", "instant", []),
        ("books.yaml", "api_version", "# A line more.\napi_version", ["methods[0].display"]),
        ("base/shop.yaml", "CNY", "CNYX", ["amount_limits.currency", "methods[0].display"]),
    ],
)
def test_a_change_of_the_file_or_of_its_base_is_checked(
    look: Callable[..., Loaded], checked: list[str], tmp_path: Path, file: str, old: str, new: str, wrong: list[str]
) -> None:
    look()
    (tmp_path / file).write_text((tmp_path / file).read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    again = look()

    assert [problem.path for problem in again.problems] == wrong
    assert again.problems == look(folder=None).problems
    assert len(checked) == 3


def test_a_method_that_changes_is_checked_against(look: Callable[..., Loaded], checked: list[str]) -> None:
    look()
    look(Kind(currencies=frozenset({"USD"})))

    assert len(checked) == 2


def test_the_same_text_elsewhere_has_its_own_places(look: Callable[..., Loaded], tmp_path: Path) -> None:
    look()
    (tmp_path / "copy.yaml").write_text(FILE, encoding="utf-8")

    assert {Path(problem.file).name for problem in look(name="copy.yaml").problems} == {"copy.yaml"}


@pytest.mark.parametrize(
    "damage", ["", "{", "{}", '""', "null", "[{}]", "[[1]]", '[["f", "1", 1, "", "c", "m", "", "error"]]']
)
def test_a_damaged_answer_is_found_again(
    damage: str, look: Callable[..., Loaded], checked: list[str], tmp_path: Path
) -> None:
    first = look()
    [kept] = (tmp_path / "var").rglob("*.json")
    whole = kept.read_text(encoding="utf-8")
    kept.write_text(damage, encoding="utf-8")

    assert look() == first
    assert len(checked) == 2
    assert kept.read_text(encoding="utf-8") == whole


def test_another_program_checks_again_and_sweeps_what_the_old_one_left(
    look: Callable[..., Loaded], checked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look()
    monkeypatch.setattr(checks_kept, "program", lambda: "b" * 64)
    look()

    assert len(checked) == 2
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["b" * 16]


def test_a_folder_that_cannot_be_written_costs_time_only(
    look: Callable[..., Loaded], checked: list[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert look(folder="file").problems == look().problems
    assert not Checks(Facts(), tmp_path / "file").shared()
