"""Colours that can be read."""

from __future__ import annotations

from collections.abc import Iterator

from checkstand.scenario.contrast import MINIMUM, low_contrast
from checkstand.scenario.finding import Document, Facts, Finding, section


def contrast(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Text keeps a contrast of 4.5 to its background."""
    theme = section(document, "theme")
    for low in low_contrast(theme.get("base", "auto"), section(theme, "tokens")):
        colors = f"{low.what} would be {low.text} on {low.background}"
        message = f"{colors}: contrast {low.ratio:.1f}, at least {MINIMUM} is needed"
        yield Finding(
            ("theme", "tokens", low.token), "theme.contrast", message, "Make one of the two darker or lighter."
        )
