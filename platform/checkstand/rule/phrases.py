"""The names that people know: what a variable, its values and the operators are called, in each language.

`sentence.py` puts them together. A variable or a function of the rule language without a row here is found by a test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from babel import Locale
from babel.numbers import format_currency

from checkstand.kernel import Money

LOCALES: Final = ("en", "zh-CN")
Texts = Mapping[str, str]  # locale → words
_PLACE: Final = re.compile(r"\{(\w+)\}")
_GAP: Final = re.compile(r"[\u4e00-\u9fff][\w¥$€£₩₫−]|[\w%][\u4e00-\u9fff]", re.ASCII)

# Operator → how it is said, and how its contrary is said.
# fmt: off
OPERATORS: Final[Mapping[str, tuple[Texts, Texts]]] = MappingProxyType({
    "_==_": ({"en": "{a} is {b}", "zh-CN": "{a}为{b}"}, {"en": "{a} is not {b}", "zh-CN": "{a}不为{b}"}),
    "_<_": ({"en": "{a} is below {b}", "zh-CN": "{a}低于{b}"}, {"en": "{a} is at least {b}", "zh-CN": "{a}不低于{b}"}),
    "_>_": ({"en": "{a} is above {b}", "zh-CN": "{a}高于{b}"}, {"en": "{a} is at most {b}", "zh-CN": "{a}不超过{b}"}),
    "@in": (
        {"en": "{a} is one of ({b})", "zh-CN": "{a}为（{b}）之一"},
        {"en": "{a} is none of ({b})", "zh-CN": "{a}不为（{b}）中的任何一个"},
    ),
    "startsWith": (
        {"en": "{a} begins with {b}", "zh-CN": "{a}以{b}开头"},
        {"en": "{a} does not begin with {b}", "zh-CN": "{a}不以{b}开头"},
    ),
    "endsWith": (
        {"en": "{a} ends with {b}", "zh-CN": "{a}以{b}结尾"},
        {"en": "{a} does not end with {b}", "zh-CN": "{a}不以{b}结尾"},
    ),
    "contains": (
        {"en": "{a} contains {b}", "zh-CN": "{a}包含{b}"},
        {"en": "{a} does not contain {b}", "zh-CN": "{a}不包含{b}"},
    ),
})
# Said of the contrary of another operator.
CONTRARY: Final = MappingProxyType({"_!=_": "_==_", "_>=_": "_<_", "_<=_": "_>_"})

ARITHMETIC: Final[Mapping[str, Texts]] = MappingProxyType({
    "_+_": {"en": "{a} plus {b}", "zh-CN": "{a}加{b}"},
    "_-_": {"en": "{a} minus {b}", "zh-CN": "{a}减{b}"},
    "_*_": {"en": "{a} times {b}", "zh-CN": "{a}乘以{b}"},
    "_/_": {"en": "the whole part of {a} divided by {b}", "zh-CN": "{a}除以{b}的整数部分"},
    "_%_": {"en": "the remainder of {a} divided by {b}", "zh-CN": "{a}除以{b}的余数"},
    "-_": {"en": "the negative of {a}", "zh-CN": "{a}的相反数"},
    "size": {"en": "the length of {a}", "zh-CN": "{a}的长度"},
    "_?_:_": {"en": "{b} if {a}, otherwise {c}", "zh-CN": "若{a}则取{b}，否则取{c}"},
})
LOGIC: Final[Mapping[str, Texts]] = MappingProxyType({
    "_&&_": {"en": " and ", "zh-CN": "且"},
    "_||_": {"en": " or ", "zh-CN": "或"},
    "!_": {"en": "it is not so that {a}", "zh-CN": "并非{a}"},
    "_?_:_": {"en": "if {a}, then {b}, otherwise {c}", "zh-CN": "若{a}则{b}，否则{c}"},
    "same": {"en": "{a} and {b} are both so or both not so", "zh-CN": "{a}与{b}同时成立或同时不成立"},
    "other": {"en": "exactly one of {a} and {b} is so", "zh-CN": "{a}与{b}恰有一个成立"},
    "true": {"en": "it is any order", "zh-CN": "订单为任意订单"},
    "false": {"en": "it is no order at all", "zh-CN": "不存在任何订单"},
    "yes": {"en": "yes", "zh-CN": "是"},
    "no": {"en": "no", "zh-CN": "否"},
    "whether": {"en": "the answer to whether {a}", "zh-CN": "是否{a}"},
    "empty": {"en": "empty", "zh-CN": "空"},
    "group": {"en": "({a})", "zh-CN": "（{a}）"},
    "list": {"en": ", ", "zh-CN": "、"},
    "minor": {"en": "the amount in its smallest unit", "zh-CN": "以最小货币单位计的金额"},
    "as_written": {
        "en": "the condition “{a}” holds (shown as it is written, because it is not in the rule language)",
        "zh-CN": "条件“{a}”成立（不属于规则语言，按原文显示）",
    },
})
# Hours are said as times of day: the value is the full hour at which the sentence begins to be true or false.
HOURS: Final[Mapping[str, tuple[Texts, Texts]]] = MappingProxyType({
    "_<_": (
        {"en": "the time in China is before {b}", "zh-CN": "北京时间早于{b}"},
        {"en": "the time in China is {b} or later", "zh-CN": "北京时间不早于{b}"},
    ),
    "_==_": (
        {"en": "the time in China is from {b} to {c}", "zh-CN": "北京时间在{b}至{c}之间"},
        {"en": "the time in China is not from {b} to {c}", "zh-CN": "北京时间不在{b}至{c}之间"},
    ),
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Named:
    """What people call a variable, and what it is when a sentence is made of it alone."""

    noun: Texts
    values: Mapping[str, Texts] = field(default_factory=dict)
    subject: Texts = field(default_factory=dict)  # in a comparison with one of the values: the shopper is *new*
    holds: tuple[Texts, Texts] | None = None  # a truth and its contrary
    equals: tuple[Texts, Texts] | None = None  # in place of `_==_`


# fmt: off
NAMED: Final[Mapping[str, Named]] = MappingProxyType({
    "amount": Named({"en": "the amount", "zh-CN": "金额"}),
    "currency": Named({"en": "the currency", "zh-CN": "币种"}),
    "shopper.id": Named({"en": "the shopper's id", "zh-CN": "购物者编号"}),
    "shopper.country": Named({"en": "the shopper's country", "zh-CN": "购物者所在国家或地区"}),
    "shopper.tier": Named(
        {"en": "the shopper's tier", "zh-CN": "购物者等级"},
        values={
            "guest": {"en": "a guest", "zh-CN": "访客"},
            "new": {"en": "new", "zh-CN": "新客"},
            "regular": {"en": "a regular", "zh-CN": "常客"},
            "vip": {"en": "a VIP", "zh-CN": "贵宾"},
        },
        subject={"en": "the shopper", "zh-CN": "购物者"},
    ),
    "shopper.real_name": Named(
        {"en": "the shopper's verified real name", "zh-CN": "购物者实名认证"},
        holds=(
            {"en": "the shopper's real name is verified", "zh-CN": "购物者已实名认证"},
            {"en": "the shopper's real name is not verified", "zh-CN": "购物者未实名认证"},
        ),
    ),
    "shopper.risk": Named({"en": "the shopper's risk score", "zh-CN": "购物者风险分"}),
    "shopper.age_days": Named(
        {"en": "the number of days since the shopper registered", "zh-CN": "购物者注册天数"},
    ),
    "terminal": Named(
        {"en": "the terminal", "zh-CN": "终端"},
        values={
            "pc": {"en": "a computer", "zh-CN": "电脑"},
            "h5": {"en": "a phone browser", "zh-CN": "手机浏览器"},
            "mini_program": {"en": "a mini program", "zh-CN": "小程序"},
            "ios": {"en": "an iOS app", "zh-CN": "iOS 应用"},
            "android": {"en": "an Android app", "zh-CN": "安卓应用"},
        },
    ),
    "order.category": Named({"en": "the order's category", "zh-CN": "订单品类"}),
    "method": Named({"en": "the payment method", "zh-CN": "支付方式"}),
    "hour": Named({"en": "the hour in China", "zh-CN": "北京时间的小时"}),
    "device.webview": Named(
        {"en": "the app around the page", "zh-CN": "页面所在的应用"},
        values={
            "none": {"en": "an ordinary browser", "zh-CN": "普通浏览器"},
            "wechat": {"en": "WeChat", "zh-CN": "微信"},
            "alipay": {"en": "Alipay", "zh-CN": "支付宝"},
            "other": {"en": "another app", "zh-CN": "其他应用"},
        },
        equals=(
            {"en": "the page is open in {b}", "zh-CN": "页面在{b}中打开"},
            {"en": "the page is not open in {b}", "zh-CN": "页面不在{b}中打开"},
        ),
    ),
})
# Effect → with the methods it names, and without any.
EFFECTS: Final[Mapping[str, tuple[Texts, Texts]]] = MappingProxyType({
    "hide": (
        {"en": "Hide {methods} when {when}.", "zh-CN": "当{when}时，隐藏{methods}。"},
        {"en": "Hide every payment method when {when}.", "zh-CN": "当{when}时，隐藏所有支付方式。"},
    ),
    "require": (
        {"en": "Show only {methods} when {when}.", "zh-CN": "当{when}时，只显示{methods}。"},
        {
            "en": "Show only payment methods of which this is true: {when}.",
            "zh-CN": "只显示满足以下条件的支付方式：{when}。",
        },
    ),
    "challenge": (
        {
            "en": "Ask the shopper to confirm once more before paying with {methods} when {when}.",
            "zh-CN": "当{when}时，使用{methods}支付前要求购物者再次确认。",
        },
        {
            "en": "Ask the shopper to confirm once more before paying when {when}.",
            "zh-CN": "当{when}时，支付前要求购物者再次确认。",
        },
    ),
    "block": (
        {"en": "Refuse payments with {methods} when {when}.", "zh-CN": "当{when}时，拒绝使用{methods}支付。"},
        {"en": "Refuse the payment when {when}.", "zh-CN": "当{when}时，拒绝支付。"},
    ),
    "review": (
        {
            "en": "Let a person look at payments with {methods} when {when}.",
            "zh-CN": "当{when}时，使用{methods}的支付转人工审核。",
        },
        {"en": "Let a person look at the payment when {when}.", "zh-CN": "当{when}时，支付转人工审核。"},
    ),
    "note": (
        {"en": "Only record payments with {methods} when {when}.", "zh-CN": "当{when}时，仅记录使用{methods}的支付。"},
        {"en": "Only record the payment when {when}.", "zh-CN": "当{when}时，仅记录该笔支付。"},
    ),
})
REASON: Final[Texts] = {"en": " Reason: {reason}", "zh-CN": "原因：{reason}"}
# fmt: on


def spoken(locale: str) -> str:
    """The language that sentences exist in and that is nearest to this one."""
    return next((each for each in LOCALES if each.partition("-")[0] == locale.partition("-")[0]), LOCALES[0])


def variable_words(variable: str, locale: str) -> str:
    """The variable in a list to choose from: `Shopper's tier`."""
    noun = NAMED[variable].noun[spoken(locale)].removeprefix("the ")
    return noun[:1].upper() + noun[1:]


def value_words(variable: str, value: str, locale: str, methods: Mapping[str, str]) -> str | None:
    """What people call this value of the variable; None when it has no other name than itself."""
    language = spoken(locale)
    if variable in ("shopper.country", "currency"):
        return _world(variable, language).get(value)
    if variable == "method":
        return methods.get(value)
    known = NAMED[variable].values.get(value)
    return known[language] if known else None


def amount_words(minor: int, currency: str, locale: str) -> str:
    """`¥5,000.00`; negative with a sign that is no hyphen."""
    text = format_currency(
        Decimal(Money(abs(minor), currency).decimal()), currency, locale=Locale.parse(spoken(locale), sep="-")
    )
    return ("−" if minor < 0 else "") + str(text).replace("CN¥", "¥")  # there is no other ¥ in a scenario in CNY


def filled(texts: Texts, parts: Mapping[str, str], language: str) -> str:
    """The words with their places filled, in one pass: a value may look like the place of another."""
    pieces = _PLACE.split(texts[language])
    return glued((parts[piece] if at % 2 else piece for at, piece in enumerate(pieces)), language)


def glued(pieces: Iterable[str], language: str) -> str:
    """One text; between a Chinese character and a Latin word, number or currency sign stands a space."""
    text = ""
    for piece in pieces:
        met = text[-1:] + piece[:1]
        text += f" {piece}" if language == "zh-CN" and _GAP.fullmatch(met) else piece
    return text


@lru_cache(maxsize=8)
def _world(variable: str, language: str) -> Mapping[str, str]:
    locale = Locale.parse(language, sep="-")
    return dict(locale.territories if variable == "shopper.country" else locale.currencies)
