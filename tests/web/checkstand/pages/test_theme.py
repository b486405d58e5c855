"""One colour from a merchant becomes two readable schemes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkstand.web.pages.theme import NIGHT, WHITE, contrast, parse, theme_css

colours = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def tokens_of(css: str) -> list[dict[str, str]]:
    return [dict(re.findall(r"(--[\w-]+):([^;}]+)", block)) for block in re.findall(r":root\{([^}]*)\}", css)]


@given(colours)
def test_any_primary_colour_is_readable_by_day_and_by_night(primary: str) -> None:
    day, night = tokens_of(theme_css("auto", {"color_primary": primary}))

    for scheme, surface in ((day, WHITE), (night, NIGHT)):
        accent, button, words = (parse(scheme[f"--color-{name}"]) for name in ("accent", "primary", "on-primary"))
        assert contrast(accent, surface) >= 4.5
        assert contrast(words, button) >= 4.5
    assert contrast(parse(night["--color-primary"]), NIGHT) >= 3


def test_a_surface_drawn_for_the_day_does_not_shine_at_night() -> None:
    day, night = tokens_of(theme_css("auto", {"color_surface": "#fffbe6", "color_text": "#221100"}))

    assert day["--color-surface"] == "#fffbe6"
    assert night["--color-surface"] == "#171b22"


@pytest.mark.parametrize("value", ["red", "#12", "#12345g", "url(x)", "#fff;}", 7, None])
def test_what_is_no_colour_is_left_out(value: object) -> None:
    assert theme_css("light", {"color_primary": value}) == ""


def test_shape_and_font_are_taken_when_they_are_plain() -> None:
    css = theme_css("light", {"radius": 4, "font": "Inter, 'Noto Sans'"})

    assert "--radius:4px" in css
    assert "--font:Inter, 'Noto Sans', system-ui" in css
