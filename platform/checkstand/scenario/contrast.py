"""Contrast of text and background (WCAG 2.2, success criterion 1.4.3): can people read it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

MINIMUM: Final = 4.5  # normal text, level AA

# The platform's own colours, in force for each token a scenario leaves out; a test compares them with
# checkout_templates/_shared/css/tokens.css and dark.css.
LIGHT: Final[Mapping[str, str]] = {
    "color_primary": "#1f4fd8",
    "color_on_primary": "#ffffff",
    "color_background": "#f4f5f8",
    "color_surface": "#ffffff",
    "color_text": "#131720",
    "color_link": "#1f4fd8",
}
DARK: Final[Mapping[str, str]] = {
    "color_primary": "#1f4fd8",
    "color_on_primary": "#ffffff",
    "color_background": "#0e1116",
    "color_surface": "#171b22",
    "color_text": "#eef1f6",
    "color_link": "#8fb0ff",
}
# Without color_on_primary the page chooses whichever of these can be read.
BUTTON_WORDS: Final = ("#ffffff", "#131720")
_SURFACE_PAIRS: Final = (
    ("color_text", "color_background", "text on the page"),
    ("color_text", "color_surface", "text on cards"),
    ("color_link", "color_background", "links on the page"),
    ("color_link", "color_surface", "links on cards"),
)


@dataclass(frozen=True, slots=True)
class LowContrast:
    """Two colours that are too close to each other."""

    token: str  # the token of the scenario to change
    what: str
    text: str
    background: str
    ratio: float


def low_contrast(base: str, tokens: Mapping[str, object]) -> Iterator[LowContrast]:
    """Every pair of colours that a scenario's tokens make unreadable; each token is complained about once."""
    scheme = DARK if base == "dark" else LIGHT
    colors = {name: str(tokens.get(name, standard)) for name, standard in scheme.items()}
    if "color_primary" in tokens and "color_on_primary" not in tokens:
        colors["color_on_primary"] = max(BUTTON_WORDS, key=lambda words: ratio(words, colors["color_primary"]))
    pairs = [("color_on_primary", "color_primary", "the text of the button that pays"), *_SURFACE_PAIRS]
    blamed: set[str] = set()
    for text, background, what in pairs:
        # Without color_link the page derives links from the primary colour until they can be read.
        derived = text == "color_link" and "color_link" not in tokens and "color_primary" in tokens
        chosen = [name for name in (text, background) if name in tokens]
        if not chosen or derived or blamed & set(chosen):
            continue
        found = ratio(colors[text], colors[background])
        if found < MINIMUM:
            blamed.update(chosen)
            yield LowContrast(chosen[0], what, colors[text], colors[background], found)


def ratio(one: str, other: str) -> float:
    """Contrast of two #rrggbb colours, from 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
