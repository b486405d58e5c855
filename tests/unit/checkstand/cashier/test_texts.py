"""Every sentence exists in every language, and a scenario's words win over ours."""

from __future__ import annotations

import re

import pytest

from checkstand.cashier.texts import LOCALES, catalog, nearest, words_for
from checkstand.channel import Reason


def braces(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_three_languages_are_spoken() -> None:
    assert LOCALES == ("ar", "en", "zh-CN")


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_has_every_key(locale: str) -> None:
    assert set(catalog(locale)) == set(catalog("en"))


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_fills_in_what_the_original_fills_in(locale: str) -> None:
    differing = {key for key in catalog(locale) if not braces(catalog(locale)[key]) <= braces(catalog("en")[key])}

    assert not differing


@pytest.mark.parametrize("locale", LOCALES)
def test_no_sentence_is_empty(locale: str) -> None:
    assert all(text.strip() for text in catalog(locale).values())


def test_the_reasons_that_payers_can_act_on_have_words() -> None:
    spoken = {"insufficient_funds", "risk_refused", "payer_blocked", "limit_exceeded", "payer_unknown", "declined"}

    assert {f"reasons.{name}" for name in spoken} <= set(catalog("en"))
    assert spoken <= {reason.value for reason in Reason}


@pytest.mark.parametrize(
    ("asked", "found"),
    [("zh-CN", "zh-CN"), ("zh-HK", "zh-CN"), ("en-GB", "en"), ("ar-EG", "ar"), ("fr", "en"), ("", "en")],
)
def test_an_unknown_locale_gets_the_nearest_language(asked: str, found: str) -> None:
    assert nearest(asked, LOCALES) == found


def test_a_scenario_replaces_our_words_in_its_language_only() -> None:
    copy = {"en": {"pages.paid.title": "Thank you!", "terms": "I agree"}, "zh-CN": {"terms": "我同意"}}

    assert words_for(copy, "en", "zh-CN")["pages.paid.title"] == "Thank you!"
    assert words_for(copy, "ar", "zh-CN")["pages.paid.title"] == catalog("ar")["pages.paid.title"]


def test_a_missing_translation_falls_back_to_the_default_language() -> None:
    assert words_for({"zh-CN": {"terms": "我同意"}}, "en", "zh-CN")["terms"] == "我同意"


def test_braces_in_a_value_are_not_filled_in_again() -> None:
    assert catalog("en").say("labels.back", merchant="{amount}") == "Back to {amount}"
