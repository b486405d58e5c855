"""Amounts, instants and countdowns in the shopper's language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checkstand.cashier import formats
from checkstand.kernel import Money

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("money", "locale", "said"),
    [
        (Money(12900, "CNY"), "zh-CN", "¥129.00"),
        (Money(12900, "CNY"), "en", "CN¥129.00"),
        (Money(123456789, "USD"), "en", "$1,234,567.89"),
        (Money(500, "JPY"), "en", "¥500"),
        (Money(1234, "KWD"), "en", "KWD1.234"),
        (Money(10**15, "CNY"), "zh-CN", "¥10,000,000,000,000.00"),
    ],
)
def test_an_amount_is_exact_in_every_currency(money: Money, locale: str, said: str) -> None:
    assert formats.amount(money, locale) == said


def test_an_amount_in_arabic_is_isolated_from_the_sentence() -> None:
    said = formats.amount(Money(12900, "CNY"), "ar")

    assert (said[0], said[-1]) == (formats.LEFT_TO_RIGHT, formats.END)
    assert formats.RIGHT_MARK not in said


@pytest.mark.parametrize(
    ("seconds", "locale", "said"),
    [
        (899, "en", "14 minutes"),
        (60, "en", "1 minute"),
        (59, "en", "59 seconds"),
        (0, "en", "0 seconds"),
        (-5, "en", "0 seconds"),
        (7199, "en", "119 minutes"),
        (7200, "en", "2 hours"),
        (172800, "en", "2 days"),
        (899, "zh-CN", "14分钟"),
        (180, "ar", "3 دقائق"),
    ],
)
def test_what_is_left_is_rounded_down(seconds: int, locale: str, said: str) -> None:
    assert formats.left(NOW + timedelta(seconds=seconds), NOW, locale) == said


def test_the_clock_is_the_shoppers() -> None:
    assert formats.clock_time(NOW, NOW, "zh-CN") == "18:30"
    assert formats.clock_time(NOW, NOW, "zh-CN", "Europe/Berlin") == "11:30"


def test_another_day_is_named() -> None:
    assert formats.clock_time(NOW + timedelta(days=1), NOW, "zh-CN") == "2026年11月22日 18:30"


def test_an_unknown_locale_reads_like_english() -> None:
    assert formats.direction("xx-nonsense") == "ltr"
