"""Many files are shared among processes, and nobody can tell from the result."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import pytest

from checkstand.app import check_files as sharing
from checkstand.app.check_files import check_files
from checkstand.app.prove_scenarios import prove_files
from checkstand.channel import Registry
from checkstand.infra.settings import Settings
from checkstand.proof import Proofs
from checkstand.proof import prove as proving
from checkstand.scenario import Catalogue

FILE = """\
api_version: checkout/v1
kind: Scenario
metadata: {{id: {id}, name: {{en: Books}}, owner: lantern}}
amount_limits: {{currency: CNY, max: 100000}}
methods: [{{id: wx, type: wechat_pay}}, {{id: ali, type: {other}}}]
rules: [{{id: cap, effect: hide, applies_to: [wx], when: "amount > {above}"}}]
locales: {{default: en, supported: [en]}}
"""
FILES = 20  # three parts of eight, so both workers get some


@pytest.fixture(autouse=True)
def _forgetful() -> None:
    Proofs.forget()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Good ones, one with a typing error, one with a rule that never holds, one with another's id, and no YAML."""
    made = tmp_path / "scenarios"
    made.mkdir()
    for number in range(FILES):
        other = "alypay" if number == 3 else "alipay"
        above = 900_000 if number == 7 else 1_000 + number
        text = FILE.format(id=f"books-{10 if number == 15 else number}", other=other, above=above)
        (made / f"books-{number:02}.yaml").write_text(text, encoding="utf-8")
    (made / "note.yaml").write_text("nothing: [", encoding="utf-8")
    return made


@pytest.fixture
def at_work_here(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this process checked and proved itself."""
    done: list[str] = []
    loading = importlib.import_module("checkstand.scenario.load")
    for module, name in ((loading, "_problems"), (proving, "prove")):
        real = getattr(module, name)

        def counted(*args: Any, real: Any = real, name: str = name) -> Any:
            done.append(name)
            return real(*args)

        monkeypatch.setattr(module, name, counted)
    return done


def run(folder: Path, var: Path, advanced: list[int] | None = None) -> Catalogue:
    Proofs.forget()
    settings, registry = Settings(var_dir=var), Registry.load()
    loaded = check_files([folder], settings, registry, (advanced if advanced is not None else []).append)
    return prove_files(loaded, settings, registry, lambda _path: None)


def test_workers_find_what_one_process_finds_in_the_order_of_the_files(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_work_here: list[str]
) -> None:
    alone = run(folder, tmp_path / "alone")
    assert {name: at_work_here.count(name) for name in set(at_work_here)} == {"_problems": FILES, "prove": FILES - 2}
    at_work_here.clear()
    monkeypatch.setattr(sharing, "_workers", lambda _files: 2)
    advanced: list[int] = []
    shared = run(folder, tmp_path / "shared", advanced)

    assert at_work_here == []
    assert shared == alone
    assert [Path(each.file).name for each in shared.files] == sorted(path.name for path in folder.iterdir())
    assert [problem.code for problem in shared.problems] == [
        "shape.unknown_value", "proof.dead_rule", "scenario.id_twice", "yaml.syntax",
    ]  # fmt: skip
    assert sum(advanced) == FILES + 1


def test_the_second_time_nothing_is_done_by_anybody(folder: Path, tmp_path: Path, at_work_here: list[str]) -> None:
    first = run(folder, tmp_path / "var")
    at_work_here.clear()
    advanced: list[int] = []

    assert run(folder, tmp_path / "var", advanced) == first
    assert at_work_here == []
    assert sum(advanced) == FILES + 1


def test_a_worker_that_dies_leaves_the_work_to_this_process(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "_workers", lambda _files: 2)
    monkeypatch.setattr(sharing, "_begin", os.path.dirname)  # fails on what it is given
    advanced: list[int] = []

    assert run(folder, tmp_path / "var", advanced) == run(folder, tmp_path / "alone")
    assert sum(advanced) == FILES + 1


def test_there_are_workers_for_many_files_and_never_more_than_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(4)), raising=False)

    assert [sharing._workers(files) for files in (0, 49, 99, 150, 10_000)] == [0, 0, 1, 3, 4]
