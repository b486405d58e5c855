"""`extends`: what is inherited, and what is said when it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.checkstand.scenario.example import METHOD_TYPES

from checkstand.scenario import Loaded, load

BASE = """\
api_version: checkout/v1
kind: Base
metadata: {id: shop, name: {en: Shop}, owner: platform, labels: {tier: gold}}
amount_limits: {currency: CNY, max: 1000}
methods:
  - {id: wx, type: wechat_pay, order: 10}
  - {id: ali, type: alipay, order: 20}
locales: {default: en, supported: [en]}
"""
FILE = """\
api_version: checkout/v1
kind: Scenario
metadata: {id: books, name: {en: Books}, owner: lantern}
extends: base/shop
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str) -> Loaded:
    return load([write(folder, "books.yaml", text)], METHOD_TYPES).files[0]


def messages(found: Loaded, folder: Path) -> list[str]:
    return [str(problem).replace(f"{folder}/", "") for problem in found.problems]


def test_a_scenario_takes_over_its_base_and_keeps_its_own_name(tmp_path: Path) -> None:
    write(tmp_path, "base/shop.yaml", BASE)
    found = loaded(tmp_path, FILE + "methods: {ali: null, bal: {type: balance}}\n")

    assert found.ok
    assert found.document is not None
    assert [method["id"] for method in found.document["methods"]] == ["wx", "bal"]
    assert found.document["metadata"] == {
        "id": "books",
        "labels": {"tier": "gold"},
        "name": {"en": "Books"},
        "owner": "lantern",
    }


def test_bases_may_stand_on_bases(tmp_path: Path) -> None:
    write(tmp_path, "base/shop.yaml", BASE)
    write(
        tmp_path, "base/night.yaml", BASE[: BASE.index("amount_limits")] + "extends: base/shop\ntheme: {base: dark}\n"
    )
    found = loaded(tmp_path, FILE.replace("base/shop", "base/night"))

    assert found.ok
    assert found.document is not None
    assert (found.document["theme"], len(found.document["methods"])) == ({"base": "dark"}, 2)


def test_a_mistake_in_a_base_is_told_where_the_base_has_it(tmp_path: Path) -> None:
    write(tmp_path, "base/shop.yaml", BASE.replace("type: alipay", "type: alipai"))

    assert messages(loaded(tmp_path, FILE), tmp_path) == [
        'base/shop.yaml:7:21 methods[1].type: unknown payment method "alipai"; did you mean "alipay"?'
    ]


def test_two_files_on_a_broken_base_tell_its_mistake_once(tmp_path: Path) -> None:
    write(tmp_path, "base/shop.yaml", BASE.replace("type: alipay", "type: alipai"))
    write(tmp_path, "a.yaml", FILE)
    write(tmp_path, "b.yaml", FILE.replace("id: books", "id: maps"))

    assert len(load([tmp_path], METHOD_TYPES).problems) == 1


@pytest.mark.parametrize(
    ("base", "message"),
    [
        (
            BASE.replace("kind: Base", "kind: Scenario"),
            'books.yaml:4:10 extends: "base/shop" is no base: its kind is not Base',
        ),
        (BASE + "extends: base/shop\n", 'base/shop.yaml:9:10 extends: "base/shop" extends itself: shop → shop'),
        (
            BASE + "extends: base/shpo\n",
            'base/shop.yaml:9:10 extends: there is no base "base/shpo"; did you mean "base/shop"?',
        ),
        (BASE + "mode: [\n", "base/shop.yaml:10:1: a value is missing here"),
    ],
)
def test_a_base_that_cannot_be_used_gets_one_message(tmp_path: Path, base: str, message: str) -> None:
    write(tmp_path, "base/shop.yaml", base)

    assert messages(loaded(tmp_path, FILE), tmp_path) == [message]


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "base/../../x"])
def test_a_base_outside_the_folder_cannot_be_named(tmp_path: Path, name: str) -> None:
    found = loaded(tmp_path / "in", FILE.replace("base/shop", name))

    assert not found.ok
    assert 'there is no base "' in messages(found, tmp_path)[0]


def test_two_files_cannot_be_one_scenario(tmp_path: Path) -> None:
    write(tmp_path, "base/shop.yaml", BASE)
    write(tmp_path, "a.yaml", FILE)
    write(tmp_path, "b.yaml", FILE)
    [problem] = load([tmp_path], METHOD_TYPES).problems

    assert problem.message == f'the id "books" already belongs to {tmp_path}/a.yaml'


def test_a_file_that_is_not_there_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    [problem] = load([tmp_path / "gone.yaml"], METHOD_TYPES).problems

    assert problem.message == "cannot be read: No such file or directory"
