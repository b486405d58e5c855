"""Every effective value says who set it, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkstand.channel import Registry
from checkstand.scenario.finding import Facts
from checkstand.scenario.layers import Setting, settings
from checkstand.scenario.load import load_file

BASE = """\
api_version: checkout/v1
kind: Base
metadata: {id: shared, name: {en: Shared}, owner: lantern}
amount_limits: {currency: CNY, max: 500000}
methods:
  - {id: wx, type: wechat_pay, order: 10}
locales: {default: en, supported: [en]}
"""
FILE = """\
api_version: checkout/v1
kind: Scenario
metadata: {id: books, name: {en: Books}, owner: lantern}
extends: base/shared
methods:
  wx: {display: folded}
  ali: {type: alipay, order: 20}
experiments:
  - id: first
    layer: books
    variations:
      - {id: control, weight: 0.5}
      - id: ali_first
        weight: 0.5
        patch: {methods: {ali: {order: 5}}}
"""


@pytest.fixture
def found(tmp_path: Path) -> dict[str, Setting]:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "shared.yaml").write_text(BASE, "utf-8")
    (tmp_path / "books.yaml").write_text(FILE, "utf-8")
    loaded = load_file(tmp_path / "books.yaml", Facts(Registry.load().method_types()))
    assert loaded.ok, loaded.problems
    assert loaded.tree is not None
    return {setting.path: setting for setting in settings(loaded.tree, {"first": "ali_first"})}


@pytest.mark.parametrize(
    ("path", "value", "layer", "file", "line"),
    [
        ("amount_limits.max", 500_000, "base/shared", "shared.yaml", 4),
        ("methods.wx.order", 10, "base/shared", "shared.yaml", 6),
        ("methods.wx.display", "folded", "file", "books.yaml", 6),
        ("methods.ali.order", 5, "first/ali_first", "books.yaml", 15),
        ("methods.ali.type", "alipay", "file", "books.yaml", 7),
        ("methods.ali.display", "regular", "default", "checkout-v1.json", 0),
        ("amount_limits.min", 1, "default", "checkout-v1.json", 0),
        ("timeouts.pay", "PT15M", "default", "checkout-v1.json", 0),
        ("terminals", ["pc", "h5", "mini_program", "ios", "android"], "default", "checkout-v1.json", 0),
    ],
)
def test_a_value_knows_who_set_it(
    found: dict[str, Setting], path: str, value: object, layer: str, file: str, line: int
) -> None:
    setting = found[path]

    assert (setting.value, setting.layer, Path(setting.file).name, setting.line) == (value, layer, file, line)


def test_without_the_arm_the_file_has_the_last_word(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "shared.yaml").write_text(BASE, "utf-8")
    (tmp_path / "books.yaml").write_text(FILE, "utf-8")
    loaded = load_file(tmp_path / "books.yaml", Facts(Registry.load().method_types()))
    assert loaded.tree is not None

    order = next(each for each in settings(loaded.tree, {}) if each.path == "methods.ali.order")

    assert (order.value, order.layer) == (20, "file")
