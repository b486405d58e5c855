"""An order in words, in both languages of the console."""

from __future__ import annotations

import pytest

from checkstand.proof.model import Witness
from checkstand.proof.words import order_words
from checkstand.rule import DEFAULTS, VARIABLES


def order(**values: object) -> Witness:
    named = {name.replace("__", "."): value for name, value in values.items()}
    return Witness(tuple({**DEFAULTS, **named}.items()), tuple(named))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "locale", "words"),
    [
        (
            {"amount": 500001, "shopper__tier": "new", "terminal": "h5", "hour": 23},
            "en",
            "amount ¥5,000.01, new shopper, on H5 at 23:00",
        ),
        (
            {"amount": 500001, "shopper__tier": "new", "terminal": "h5", "hour": 23},
            "zh-CN",
            "金额 ¥5,000.01，新客，H5，23 点",
        ),
        ({"shopper__country": "ZZ", "shopper__real_name": False}, "en", "country unknown, real name not verified"),
        ({"shopper__age_days": 1, "shopper__risk": 95}, "en", "risk score 95, registered 1 day ago"),
        ({"order__category": "", "shopper__id": ""}, "en", "shopper without an id, no category"),
        ({"order__category": "a\u0000b" + "x" * 60}, "en", 'category "a\ufffdb' + "x" * 37 + '…"'),
    ],
)
def test_an_order_reads_like_a_sentence(values: dict[str, object], locale: str, words: str) -> None:
    assert order_words(order(**values), locale) == words


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_every_value_of_every_variable_has_words(locale: str) -> None:
    for name, variable in VARIABLES.items():
        if name == "method":
            continue  # a witness is about orders, not about one method
        for value in variable.values or (variable.default, True if variable.type == "bool" else variable.default):
            assert order_words(order(**{name.replace(".", "__"): value}), locale)
