"""Every condition has one plain sentence in each language, and different meanings have different sentences."""

import re

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checkstand.infra.resources import scenarios
from checkstand.rule import FUNCTIONS, VARIABLES, RuleError, compile_rule
from checkstand.rule.phrases import (
    ARITHMETIC,
    CONTRARY,
    EFFECTS,
    HOURS,
    LOCALES,
    LOGIC,
    NAMED,
    OPERATORS,
    REASON,
    value_words,
    variable_words,
)
from checkstand.rule.sentence import say_condition, say_rule, say_source
from checkstand.scenario.schema import SCHEMA

METHODS = {"jd_pay": "JD Pay", "wechat_pay": "WeChat Pay"}
CODE = re.compile(r"&&|\|\||==|[<>!?{}\[\]_\"]|[a-z]\.[a-z]|\btrue\b|\bfalse\b|\bin \[")


def said(source, locale="en", currency="CNY"):
    return say_condition(compile_rule(source), locale=locale, currency=currency, methods=METHODS).words


@pytest.mark.parametrize(
    ("source", "english", "chinese"),
    [
        (
            'shopper.tier == "new" && amount > 500000',
            "the shopper is new and the amount is above ¥5,000.00",
            "购物者为新客且金额高于 ¥5,000.00",
        ),
        ("500000 < amount", "the amount is above ¥5,000.00", "金额高于 ¥5,000.00"),
        ("!(amount > 1)", "the amount is at most ¥0.01", "金额不超过 ¥0.01"),
        ("!!shopper.real_name", "the shopper's real name is verified", "购物者已实名认证"),
        ("shopper.real_name == false", "the shopper's real name is not verified", "购物者未实名认证"),
        ("hour >= 20", "the time in China is 20:00 or later", "北京时间不早于 20:00"),
        ("hour > 20", "the time in China is 21:00 or later", "北京时间不早于 21:00"),
        ("hour <= 5", "the time in China is before 06:00", "北京时间早于 06:00"),
        ("hour != 7", "the time in China is not from 07:00 to 07:59", "北京时间不在 07:00 至 07:59 之间"),
        ('device.webview != "wechat"', "the page is not open in WeChat", "页面不在微信中打开"),
        (
            'terminal in ["pc", "h5"]',
            "the terminal is one of (a computer, a phone browser)",
            "终端为（电脑、手机浏览器）之一",
        ),
        (
            '!(method in ["jd_pay", "alipay"])',
            "the payment method is none of (JD Pay, “alipay”)",
            "支付方式不为（JD Pay、“alipay”）中的任何一个",
        ),
        ('terminal in ["pc"]', "the terminal is a computer", "终端为电脑"),
        ('shopper.country == "JP"', "the shopper's country is Japan", "购物者所在国家或地区为日本"),
        ('order.category == ""', "the order's category is empty", "订单品类为空"),
        ('shopper.id == "{a} {b}"', "the shopper's id is “{a} {b}”", "购物者编号为“{a} {b}”"),
        ("true", "it is any order", "订单为任意订单"),
        ("shopper.id in []", "it is no order at all", "不存在任何订单"),
        (
            "amount % 10000 == 0",
            "(the remainder of the amount divided by ¥100.00) is ¥0.00",
            "（金额除以 ¥100.00 的余数）为 ¥0.00",
        ),
        (
            "amount > shopper.age_days * 100",
            "the amount in its smallest unit is above (the number of days since the shopper registered times 100)",
            "以最小货币单位计的金额高于（购物者注册天数乘以 100）",
        ),
    ],
)
def test_conditions_are_said_as_people_would(source, english, chinese):
    assert said(source) == english
    assert said(source, "zh-CN") == chinese


@pytest.mark.parametrize(
    ("source", "english"),
    [
        ("amount > 1 && (hour < 6 || hour > 20)", "{a} and ({b} or {c})"),
        ("(amount > 1 && hour < 6) || hour > 20", "({a} and {b}) or {c}"),
        ("amount > 1 && hour < 6 && hour > 20", "{a} and {b} and {c}"),
        ("!(amount > 1 || hour < 6) && hour > 20", "(it is not so that ({a} or {b})) and {c}"),
        ("!(amount > 1 && hour < 6)", "it is not so that ({a} and {b})"),
        ("(amount > 1 ? hour < 6 : hour > 20)", "if {a}, then {b}, otherwise {c}"),
        ("(amount > 1) == (hour < 6)", "({a}) and ({b}) are both so or both not so"),
        ("(amount > 1) != (hour < 6) || hour > 20", "(exactly one of ({a}) and ({b}) is so) or {c}"),
    ],
)
def test_and_or_and_not_never_meet_without_parentheses(source, english):
    a, b, c = (said(each) for each in ("amount > 1", "hour < 6", "hour > 20"))

    assert said(source) == english.format(a=a, b=b, c=c)


def test_amounts_are_in_the_currency_of_the_scenario():
    assert said("amount > 500000", currency="JPY") == "the amount is above ¥500,000"
    assert said("amount > 500000", currency="KWD").endswith("above KWD500.000")
    assert said("-5 < amount", currency="USD") == "the amount is above −$0.05"


def test_a_whole_rule_names_its_methods_and_its_reason():
    when = say_source('shopper.tier == "new"', locale="en", currency="CNY")
    chinese = say_source('shopper.tier == "new" && amount > 500000', locale="zh-CN", currency="CNY")

    assert say_rule("hide", ["JD Pay"], when, locale="en") == "Hide JD Pay when the shopper is new."
    assert (
        say_rule("block", ["A", "B", "C"], when, "fraud {when}", locale="en")
        == "Refuse payments with A, B and C when the shopper is new. Reason: fraud {when}"
    )
    assert (
        say_rule("hide", ["京东支付"], chinese, "风控", locale="zh-CN")
        == "当购物者为新客且金额高于 ¥5,000.00 时，隐藏京东支付。原因：风控"
    )
    assert say_rule("review", [], when, locale="en") == "Let a person look at the payment when the shopper is new."


@pytest.mark.parametrize("source", ['["a"] == ["b"]', "amount >", 'shopper.nam == "x"', 'shopper.id.matches("a+")'])
def test_what_is_no_condition_is_shown_as_written_and_says_so(source):
    for locale, sign in (("en", "shown as it is written"), ("zh-CN", "按原文显示")):
        shown = say_source(source, locale=locale, currency="CNY")

        assert not shown.in_words
        assert source in shown.words
        assert sign in shown.words


def test_everything_of_the_language_has_words():
    tables = {**OPERATORS, **CONTRARY, **ARITHMETIC, **LOGIC}
    assert set(FUNCTIONS) <= set(tables)
    assert set(NAMED) == set(VARIABLES)
    assert set(EFFECTS) == set(SCHEMA["$defs"]["rule"]["properties"]["effect"]["enum"])
    for locale in LOCALES:
        assert len({variable_words(name, locale) for name in VARIABLES}) == len(VARIABLES)
        for variable in VARIABLES.values():
            words = [value_words(variable.name, value, locale, {}) for value in variable.values]
            assert all(words), variable.name
            assert len(set(words)) == len(words), variable.name
    pairs = [each for table in (OPERATORS, HOURS, EFFECTS) for pair in table.values() for each in pair]
    for texts in [*pairs, *ARITHMETIC.values(), *LOGIC.values(), REASON]:
        assert set(texts) == set(LOCALES)
        assert len({frozenset(re.findall(r"{\w+}", text)) for text in texts.values()}) == 1, texts


def conditions(value):
    if isinstance(value, dict):
        for name, child in value.items():
            if name == "when" and isinstance(child, str):
                yield child
            yield from conditions(child)
    elif isinstance(value, list):
        for item in value:
            yield from conditions(item)


def in_plain_words(sentence):
    """Nothing of the rule language is left outside of quotation marks, and what opens closes."""
    plain = re.sub(r"“[^”]*”", "“”", sentence)
    assert not CODE.search(plain.replace("it is", "")), plain
    assert plain.count("(") == plain.count(")")
    assert plain.count("（") == plain.count("）")
    assert "  " not in plain


@pytest.mark.parametrize("path", sorted(scenarios().rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_condition_of_the_catalogue_is_said_in_plain_words(path):
    for source in conditions(yaml.safe_load(path.read_text(encoding="utf-8"))):
        for locale in LOCALES:
            shown = say_source(source, locale=locale, currency="CNY", methods=METHODS)
            assert shown.in_words
            in_plain_words(shown.words)


NUMBERS = st.sampled_from(["0", "5", "6", "23", "-7", "500000"])
INT_NAMES = st.sampled_from(["amount", "hour", "shopper.risk", "shopper.age_days"])
TEXTS = st.sampled_from(["shopper.id", "order.category"])
WORDS = st.sampled_from(['""', '"a"', '"gift"'])
ENUM = st.sampled_from(
    [(name, value) for name, v in VARIABLES.items() if 0 < len(v.values) < 9 for value in v.values]
    + [("currency", "USD"), ("shopper.country", "CN"), ("method", "jd_pay"), ("method", "other")]
)
ints = st.recursive(
    INT_NAMES | NUMBERS,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-"), inner)
        | st.builds("({} {} {})".format, inner, st.sampled_from("*/%"), st.sampled_from(["2", "100"]))
        | st.builds("(-{})".format, inner)
        | st.builds("(shopper.real_name ? {} : {})".format, inner, inner)
        | st.builds("size({})".format, TEXTS)
    ),
    max_leaves=3,
)
atoms = (
    st.builds("{} {} {}".format, ints, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), ints)
    | st.builds("{} in [{}, {}]".format, ints, ints, ints)
    | st.builds(lambda each, op: f'{each[0]} {op} "{each[1]}"', ENUM, st.sampled_from(["==", "!="]))
    | st.builds(lambda each: f'{each[0]} in ["{each[1]}", "{each[1]}"]', ENUM)
    | st.builds("{} {} {}".format, TEXTS, st.sampled_from(["==", "!="]), WORDS | TEXTS)
    | st.builds("{}.{}({})".format, TEXTS, st.sampled_from(["startsWith", "endsWith", "contains"]), WORDS)
    | st.sampled_from(["shopper.real_name", "true", "false"])
)
truths = st.recursive(
    atoms,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||"]), inner)
        | st.builds("!({})".format, inner)
        | st.builds("(({}) {} ({}))".format, inner, st.sampled_from(["==", "!="]), inner)
        | st.builds("({} ? {} : {})".format, inner, inner, inner)
    ),
    max_leaves=6,
)


def compiled(source):
    try:
        return compile_rule(source)
    except RuleError:
        assume(False)  # a sum beyond 64 bits, or a list of numbers and texts


@settings(deadline=None)
@given(source=truths)
def test_any_condition_is_said_in_plain_words(source):
    rule = compiled(source)
    for locale in LOCALES:
        in_plain_words(say_condition(rule, locale=locale, currency="CNY", methods=METHODS).words)


SMALL = st.recursive(
    st.sampled_from(["shopper.real_name", "(hour < 6)", "(amount > 1)"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||", "==", "!="]), inner)
        | st.builds("!({})".format, inner)
        | st.builds("({} ? {} : {})".format, inner, inner, inner)
    ),
    max_leaves=4,
)
WORLDS = [
    {"shopper.real_name": real, "hour": hour, "amount": amount}
    for real in (True, False)
    for hour in (3, 9)
    for amount in (1, 2)
]


@settings(deadline=None)
@given(sources=st.lists(SMALL, min_size=20, max_size=20, unique=True))
def test_one_sentence_has_one_meaning(sources):
    """Conditions that share a sentence agree about every order."""
    rules = [compile_rule(source) for source in sources]
    for locale in LOCALES:
        meaning = {}
        for rule in rules:
            words = say_condition(rule, locale=locale, currency="CNY").words
            truth = [rule.evaluate(world) for world in WORLDS]
            assert meaning.setdefault(words, truth) == truth, words
