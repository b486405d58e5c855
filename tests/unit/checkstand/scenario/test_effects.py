"""What an edit changes for whom, as sentences: one row per kind of edit, in both languages."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from tests.unit.checkstand.scenario.example import METHOD_TYPES, document, rule

from checkstand.scenario import compile_plan
from checkstand.scenario.effect_words import TEXTS, EffectWords
from checkstand.scenario.effects import Effect, effects

NAMES = {"wechat_pay": {"en": "WeChat Pay", "zh-CN": "微信支付"}, "alipay": {"en": "Alipay", "zh-CN": "支付宝"}}
OLD = document(
    terminals=["pc", "h5"],
    theme={"tokens": {"radius": 4}},
    settlement={"fee": {"rate_ppm": 6000, "min": 1}},
    locales={"default": "en", "supported": ["en", "ar"]},
    copy={"en": {"terms": "Old"}, "ar": {"terms": "x"}},
    rules=[rule("hide", "amount > 90000", applies_to=["ali"], rule_id="cap")],
)
ARM = {"id": "b", "weight": 0.5, "patch": {"methods": {"ali": {"order": 1}}}}
HIDING = {"id": "b", "weight": 0.5, "patch": {"methods": {"ali": None}, "rules": {"cap": None}}}


def experiment(*arms: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [{"id": "first", "layer": "books", "variations": [{"id": "a", "weight": 0.5}, *arms], **more}]


def told(new: dict[str, Any], locale: str = "en", old: dict[str, Any] = OLD) -> tuple[list[Effect], list[str]]:
    before, after = compile_plan(old, METHOD_TYPES), compile_plan({**deepcopy(old), **new}, METHOD_TYPES)
    found = effects(before, after, METHOD_TYPES)
    return list(found), list(EffectWords(before, after, NAMES, locale).lines(found))


# fmt: off
EDITS = [  # the edit, whether somebody loses something, one of its sentences in both languages
    ({"amount_limits": {"currency": "CNY", "max": 200_000}}, False,
     "The largest amount rises from ¥1,000.00 to ¥2,000.00: orders in between are taken from now on, for example: "
     "¥1,000.01.",
     "单笔上限由 ¥1,000.00 提高到 ¥2,000.00，其间的订单今后可以支付，例如：¥1,000.01。"),
    ({"amount_limits": {"currency": "CNY", "min": 500, "max": 100_000}}, True,
     "The smallest amount rises from ¥0.01 to ¥5.00: orders below it are refused from now on, for example: ¥4.99.",
     "单笔下限由 ¥0.01 提高到 ¥5.00，低于它的订单今后会被拒绝，例如：¥4.99。"),
    ({"terminals": ["pc"]}, True, "No checkout on a phone browser any more.", "不再支持在手机浏览器上付款。"),
    ({"terminals": ["pc", "h5", "ios"]}, False,
     "The checkout opens on an iOS app too.", "新增支持在 iOS 应用上付款。"),
    ({"methods": OLD["methods"][:2]}, True, "balance is gone for everybody.", "所有人都不再能使用 balance。"),
    ({"rules": []}, False,
     "Shoppers see Alipay again when the amount is above ¥900.00, for example: ¥900.01, a phone browser.",
     "当金额高于 ¥900.00 时，重新展示支付宝，例如：¥900.01、手机浏览器。"),
    ({"rules": [rule("hide", "amount > 80000", applies_to=["ali"], rule_id="cap")]}, True,
     "Fewer orders see Alipay: hidden so far when the amount is above ¥900.00, from now on when the amount is above "
     "¥800.00, for example: ¥800.01, a phone browser.",
     "支付宝展示的订单变少：原先当金额高于 ¥900.00 时隐藏，今后当金额高于 ¥800.00 时隐藏，例如：¥800.01、"
     "手机浏览器。"),
    ({"rules": [*OLD["rules"], rule("note", "amount > 5", rule_id="n")]}, False,
     "Rule n is new; no order gets anything else because of it.", "新增规则 n，没有订单因此受影响。"),
    ({"theme": {"tokens": {"radius": 8}}}, False,
     "The look changes: theme.tokens.radius is 8, so far 4.", "外观变化：theme.tokens.radius 由 4 改为 8。"),
    ({"settlement": {"fee": {"rate_ppm": 3800, "min": 1}}}, False,
     "The fee is 0.38 % of the amount, so far 0.6 %.", "费率由 0.6 % 改为 0.38 %。"),
    ({"copy": {"en": {"terms": "New"}, "ar": {"terms": "x"}}}, False,
     "The text copy.en.terms reads “New”, so far “Old”.", "文案 copy.en.terms 由“Old”改为“New”。"),
    ({"locales": {"default": "en", "supported": ["en"]}}, True,
     "The checkout no longer speaks Arabic.", "收银台不再支持阿拉伯语。"),
    ({"form": {"type": "popup"}}, False, "On a computer the form is popup, so far full_screen.",
     "电脑上的形态由 full_screen 改为 popup。"),
    ({"late_success": "hold"}, False, "late_success: hold is new.", "late_success：新增 hold。"),
    ({"experiments": experiment(ARM, range=[0, 0.5])}, False,
     "Experiment first starts with 50 % of all visits.", "实验 first 启动，覆盖全部访问的 50 %。"),
    ({"experiments": experiment(HIDING)}, True,
     "  Arm b, 50 % of all visits: Alipay is gone for everybody. Rule cap is gone; no order gets anything else because "
     "of it.",
     "  分组 b，占全部访问的 50 %：所有人都不再能使用支付宝。 移除规则 cap，没有订单因此受影响。"),
]
# fmt: on


@pytest.mark.parametrize(("new", "breaking", "sentence", "chinese"), EDITS, ids=range(len(EDITS)))
def test_an_edit_has_its_sentence(new: dict[str, Any], breaking: bool, sentence: str, chinese: str) -> None:
    found, lines = told(new)

    assert sentence in lines
    assert chinese in told(new, "zh-CN")[1]
    assert any(effect.breaking for effect in found) == breaking


def test_every_change_is_told_once() -> None:
    """A rule that hides a method is one sentence, not also a value that changed."""
    found, lines = told({"rules": [*OLD["rules"], rule("hide", "hour < 6", applies_to=["wx"], rule_id="night")]})

    assert (len(found), len(lines)) == (1, 1)


def test_a_new_method_is_told_with_the_rule_that_hides_it() -> None:
    methods = [*OLD["methods"], {"id": "ali2", "type": "alipay", "order": 40, "label": {"en": "Instalments"}}]
    rules = [*OLD["rules"], rule("hide", "amount < 10000", applies_to=["ali2"], rule_id="large-only")]

    assert told({"methods": methods, "rules": rules})[1] == [
        "Instalments is new. It is hidden when the amount is below ¥100.00."
    ]


def test_an_experiment_that_changes_tells_the_arm_that_was_rewritten() -> None:
    old = {**OLD, "experiments": experiment(ARM)}
    other = {"id": "b", "weight": 0.5, "patch": {"methods": {"bal": {"order": 1}}}}

    _, lines = told({"experiments": experiment(other)}, old=old)

    assert lines == [
        "Experiment first changes; 100 % of all visits take part as before.",
        "  Arm b, 50 % of all visits: The order of the methods: balance, WeCha"
        "t Pay, Alipay, so far WeChat Pay, Alipay, "
        "balance.",
    ]


def test_the_same_document_changes_nothing() -> None:
    assert told({}) == ([], [])


def test_every_sentence_is_there_in_both_languages() -> None:
    assert all(set(words) == {"en", "zh-CN"} and all(words.values()) for words in TEXTS.values())
