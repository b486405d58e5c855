"""Which vocabulary a file is written in, and how a file moves to the next one.

`checkout/v1` is the only vocabulary so far. A change that old files survive (a new name, a wider bound) stays in
it; a change that breaks them gets the next number and a step here. Steps work on the text, through `edit`, so a
file keeps its comments, its quotes and its order. docs/decisions/0011 says why there is no command yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from checkstand.kernel import CheckstandError, must
from checkstand.rule.wording import closest, quoted
from checkstand.scenario.edit import own_document, set_value
from checkstand.scenario.node import Fields, Scalar
from checkstand.scenario.problem import Problem
from checkstand.scenario.schema import SCHEMA

CURRENT: Final[str] = SCHEMA["properties"]["api_version"]["const"]
_NUMBERED: Final = re.compile(r"checkout/v([1-9][0-9]{0,17})")


class VocabularyUnknown(CheckstandError):
    code = "scenario.vocabulary_unknown"
    message = "This file is written in a vocabulary that leads to none of ours."
    remedy = f"Write api_version: {CURRENT} and correct what `checkstand validate` says."


@dataclass(frozen=True, slots=True)
class Step:
    """From one vocabulary to the next. `rewrite` changes the text; the new api_version is written for it."""

    target: str
    rewrite: Callable[[str], str]


# The vocabulary that a step begins with → the step. `rewritten` follows them until there is none.
STEPS: Final[Mapping[str, Step]] = {}


def rewritten(text: str, *, steps: Mapping[str, Step] = STEPS, newest: str = CURRENT) -> str:
    """The text in the newest vocabulary; every comment stays where it is."""
    written = str(own_document(text).get("api_version", ""))
    if not _leads(written, steps, newest):
        raise VocabularyUnknown(f"no step leads from {written!r} to {newest}")
    while written != newest:
        step = steps[written]
        text, written = set_value(step.rewrite(text), ("api_version",), step.target), step.target
    return text


def vocabulary_problem(own: Fields, *, steps: Mapping[str, Step] = STEPS, newest: str = CURRENT) -> Problem | None:
    """Why this file cannot be read, when it is about its vocabulary: then nothing else is worth telling.

    What names no vocabulary at all is left to the schema.
    """
    node = own.get("api_version")
    if not isinstance(node, Scalar) or node.value in (newest, None):
        return None
    code, message = _words(node.value, steps, newest)
    return Problem(node.place.file, node.place.line, node.place.column, "api_version", code, message)


def _words(written: object, steps: Mapping[str, Step], newest: str) -> tuple[str, str]:
    number, ours = _NUMBERED.fullmatch(str(written)), _NUMBERED.fullmatch(newest)
    must(ours, "a vocabulary has a number", vocabulary=newest)
    if _leads(str(written), steps, newest):
        return "vocabulary.older", f"{written} was followed by {newest}"
    if number and ours and int(number[1]) > int(ours[1]):
        return "vocabulary.newer", f"{written} is newer than this version of Checkstand, which reads {newest}"
    hint = closest(str(written), (newest,)) or f"; this version reads {newest}"
    return "vocabulary.unknown", f"unknown vocabulary {quoted(written)}{hint}"


def _leads(written: str, steps: Mapping[str, Step], newest: str) -> bool:
    passed: set[str] = set()
    while written in steps and written not in passed:
        passed.add(written)
        written = steps[written].target
    return written == newest
