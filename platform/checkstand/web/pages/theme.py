"""A merchant's tokens as custom properties, for light and dark, readable in both.

A theme names a few colours. What follows from them (the accent on a dark surface, the tint of a
chosen row, the words on the primary colour) is computed here until the contrast is enough, so that
a merchant who thought of one colour still gets two readable schemes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

Rgb = tuple[float, float, float]

WHITE: Final[Rgb] = (255.0, 255.0, 255.0)
BLACK: Final[Rgb] = (0.0, 0.0, 0.0)
NIGHT: Final[Rgb] = (23.0, 27.0, 34.0)  # --color-surface at night
READABLE: Final = 4.5  # WCAG 2.2, text; the accent is text in links
VISIBLE: Final = 3.0  # WCAG 2.2, parts of controls
MARGIN: Final = 0.4  # the tint of a chosen row takes a little of the contrast

_HEX: Final = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_FONT: Final = re.compile(r"[\w ,'\-]{1,200}")
# Surfaces belong to the scheme the theme was drawn for; only a theme that says "dark" paints the night.
_SURFACES: Final = ("background", "surface", "text", "link")


def theme_css(base: str, tokens: Mapping[str, str | int]) -> str:
    """The custom properties of a theme. Values that are no colour, length or font name are left out."""
    day = _scheme(tokens, WHITE, surfaces=base != "dark")
    night = _scheme(tokens, NIGHT, surfaces=base == "dark")
    both = _shape(tokens)
    if base == "light":
        return _layer(both | day)
    if base == "dark":
        return _layer(both | night)
    return _layer(both | day) + f"@media (prefers-color-scheme:dark){{{_layer(_reset_surfaces(day) | night)}}}"


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG contrast ratio, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def parse(value: object) -> Rgb | None:
    """A hexadecimal colour, or None."""
    text = str(value)
    if not _HEX.fullmatch(text):
        return None
    digits = text[1:] if len(text) == 7 else "".join(2 * digit for digit in text[1:])
    return (float(int(digits[0:2], 16)), float(int(digits[2:4], 16)), float(int(digits[4:6], 16)))


def _scheme(tokens: Mapping[str, str | int], surface: Rgb, *, surfaces: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    if surfaces:
        chosen = {name: parse(tokens.get(f"color_{name}")) for name in _SURFACES}
        found |= {f"--color-{name}": _hex(colour) for name, colour in chosen.items() if colour}
        surface = chosen["surface"] or surface
    primary = parse(tokens.get("color_primary"))
    if primary:
        accent = _readable(primary, surface, READABLE)
        if surface is NIGHT:  # a dark brand colour would sink into the night
            primary = _readable(primary, surface, VISIBLE)
        wanted = parse(tokens.get("color_on_primary"))
        on_primary = wanted if wanted and contrast(wanted, primary) >= READABLE else _words_on(primary)
        found |= {"--color-primary": _hex(primary), "--color-on-primary": _hex(on_primary)}
        found["--color-accent"] = _hex(accent)
        found["--color-tint"] = _hex(_mix(primary, surface, 0.09 if surface is not NIGHT else 0.2))
        if "--color-background" not in found:
            found["--color-panel"] = _hex(_mix(primary, surface, 0.05) if surface is not NIGHT else (18.0, 22.0, 29.0))
    if "--color-background" in found:
        found["--color-panel"] = found["--color-background"]
    return found


def _reset_surfaces(day: Mapping[str, str]) -> dict[str, str]:
    """At night the day's surfaces must not shine through: take them back to the roles of dark.css."""
    dark = {
        "--color-background": "#0e1116",
        "--color-surface": "#171b22",
        "--color-text": "#eef1f6",
        "--color-link": "var(--color-accent)",
        "--color-panel": "#12161d",
    }
    return {name: value for name, value in dark.items() if name in day}


def _shape(tokens: Mapping[str, str | int]) -> dict[str, str]:
    found: dict[str, str] = {}
    radius = str(tokens.get("radius", ""))
    if radius.isascii() and radius.isdigit() and int(radius) <= 32:
        found["--radius"] = f"{radius}px"
    font = str(tokens.get("font", ""))
    if _FONT.fullmatch(font):
        found["--font"] = f"{font}, system-ui, sans-serif"
    return found


def _layer(properties: Mapping[str, str]) -> str:
    body = ";".join(f"{name}:{value}" for name, value in properties.items())
    return f"@layer theme{{:root{{{body}}}}}" if body else ""


def _words_on(colour: Rgb) -> Rgb:
    """White where it can be read, else black: on any colour one of the two reaches 4.58."""
    return WHITE if contrast(WHITE, colour) >= READABLE else BLACK


def _readable(colour: Rgb, surface: Rgb, enough: float) -> Rgb:
    """The colour itself, or moved away from the surface just far enough to be read on it."""
    target = WHITE if _luminance(surface) < 0.5 else BLACK
    steps = (_mix(target, colour, step / 20) for step in range(21))
    return next((mixed for mixed in steps if contrast(mixed, surface) >= enough + MARGIN), target)


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (float(round(a * share + b * (1 - share))) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


def _luminance(colour: Rgb) -> float:
    red, green, blue = ((c / 3294.6 if c <= 10.31 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in colour)
