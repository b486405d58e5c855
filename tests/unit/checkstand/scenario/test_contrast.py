"""Contrast as WCAG computes it, and the colours we believe the pages to have."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkstand.infra.resources import checkout_templates
from checkstand.scenario.contrast import DARK, LIGHT, low_contrast, ratio

colors = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
    ],
)
def test_known_contrasts(one: str, other: str, expected: float) -> None:
    assert round(ratio(one, other), 2) == expected


@given(one=colors, other=colors)
def test_contrast_has_no_direction(one: str, other: str) -> None:
    assert 1 <= ratio(one, other) == ratio(other, one) <= 21


def tokens_of(sheet: str) -> dict[str, str]:
    text = (checkout_templates() / "_shared" / "css" / sheet).read_text(encoding="utf-8")
    found = re.findall(r"--(color-[a-z-]+): (#[0-9a-f]{3,6});", text)
    return {name.replace("-", "_"): (f"#{''.join(2 * c for c in v[1:])}" if len(v) == 4 else v) for name, v in found}


@pytest.mark.parametrize(("sheet", "scheme"), [("tokens.css", LIGHT), ("dark.css", DARK)])
def test_the_colours_we_compare_with_are_those_of_the_pages(sheet: str, scheme: dict[str, str]) -> None:
    css = tokens_of(sheet) | {"color_link": tokens_of(sheet)["color_accent"]}
    inherited = tokens_of("tokens.css") | css

    assert {name: inherited[name] for name in scheme} == dict(scheme)


def test_a_primary_colour_alone_gets_readable_words() -> None:
    assert list(low_contrast("auto", {"color_primary": "#ffd400"})) == []


def test_words_that_cannot_be_read_on_the_button_are_told() -> None:
    [low] = low_contrast("auto", {"color_primary": "#ffd400", "color_on_primary": "#ffffff"})

    assert (low.token, round(low.ratio, 1)) == ("color_on_primary", 1.4)


def test_a_dark_theme_is_compared_with_the_night() -> None:
    assert list(low_contrast("dark", {"color_text": "#eeeeee"})) == []
    assert [low.token for low in low_contrast("light", {"color_text": "#eeeeee"})] == ["color_text"]
