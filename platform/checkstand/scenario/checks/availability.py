"""What the vocabulary can already say and the platform cannot do yet. Each refusal names what works today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from checkstand.scenario.finding import Document, Facts, Finding, section
from checkstand.scenario.node import Path

# Where, which values, in which words, and what to use instead.
_NOT_YET: Final[tuple[tuple[Path, Callable[[Any], bool], str, str], ...]] = (
    (("risk", "lists"), bool, "deny lists are", "Use a rule with effect: block, or risk.velocity."),
    (("alerts",), bool, "alerts are", "Leave alerts out; the webhook payment.failed tells you about failures."),
)


def not_available_yet(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Refuse what would be silently ignored."""
    for path, wanted, words, instead in _NOT_YET:
        here = section(document, *(str(step) for step in path[:-1]))
        if path[-1] in here and wanted(here[str(path[-1])]):
            yield Finding(path, "not_available_yet", f"{words} not available yet", instead)
