"""Texts as Z3 sees them, as small as each of them allows.

A variable with a list of values is the number of its value. A free text that is only ever compared with
constants is the number of the constant, or one more for "any other text": that is exact, because nothing a
condition asks can tell two other texts apart. Only a text whose inside is looked at (startsWith, size, …) or
that is compared with another variable is a Z3 string.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import z3

from checkstand.rule.logic import both, choose, either, negated
from checkstand.rule.syntax import Node
from checkstand.rule.variables import VARIABLES

# What is asked of the inside of a text: of a known one by Python, of an unknown one by Z3.
_INSIDE: Final[Mapping[str, tuple[Callable[[str, str], bool], Callable[[Any, Any], Any]]]] = {
    "startsWith": (str.startswith, lambda whole, part: z3.PrefixOf(part, whole)),
    "endsWith": (str.endswith, lambda whole, part: z3.SuffixOf(part, whole)),
    "contains": (str.__contains__, z3.Contains),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One of a list of words, by its number."""

    number: Any
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Free:
    """Any text, as a Z3 string."""

    string: Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One text or another."""

    condition: Any
    yes: Text
    no: Text


Text = str | Listed | Free | Choice


def same(left: Text, right: Text) -> Any:
    """Whether two texts are equal."""
    if isinstance(left, Choice):
        return choose(left.condition, same(left.yes, right), same(left.no, right))
    if isinstance(right, Choice) or (isinstance(left, str) and not isinstance(right, str)):
        return same(right, left)
    if isinstance(left, Listed):
        return _is_word(left, right)
    if isinstance(left, Free):
        return _is_word(right, left) if isinstance(right, Listed) else left.string == _string(right, left)
    return left == right


def inside(question: str, whole: Text, part: Text) -> Any:
    """startsWith, endsWith or contains."""
    known, unknown = _INSIDE[question]
    if isinstance(whole, Choice):
        return choose(whole.condition, inside(question, whole.yes, part), inside(question, whole.no, part))
    if isinstance(part, Choice):
        return choose(part.condition, inside(question, whole, part.yes), inside(question, whole, part.no))
    for listed, at_word in (
        (whole, lambda word: inside(question, word, part)),
        (part, lambda word: inside(question, whole, word)),
    ):
        if isinstance(listed, Listed):
            return _for_each_word(listed, at_word)
    if isinstance(whole, str) and isinstance(part, str):
        return known(whole, part)
    free = whole if isinstance(whole, Free) else part
    return unknown(_string(whole, free), _string(part, free))


def length(text: Text) -> Any:
    """The number of characters."""
    if isinstance(text, str):
        return len(text)
    if isinstance(text, Free):
        return z3.Length(text.string)
    if isinstance(text, Choice):
        return choose(text.condition, length(text.yes), length(text.no))
    by_length: dict[int, list[int]] = {}
    for number, word in enumerate(text.words):
        by_length.setdefault(len(word), []).append(number)
    sizes = sorted(by_length)
    found: Any = sizes[-1]
    for size in sizes[:-1]:
        found = choose(either(*(text.number == number for number in by_length[size])), size, found)
    return found


def literal(context: z3.Context, word: str) -> Any:
    """The text itself; Z3's own reader would take `\\u{41}` for an escape."""
    codes = (ctypes.c_uint * len(word))(*map(ord, word))
    return z3.SeqRef(z3.Z3_mk_u32string(context.ref(), len(word), codes), context)


def characters(value: Any) -> str:
    """The text of a Z3 string literal."""
    context, size = value.ctx.ref(), z3.Z3_get_string_length(value.ctx.ref(), value.as_ast())
    codes = (ctypes.c_uint * size)()
    z3.Z3_get_string_contents(context, value.as_ast(), size, codes)
    return "".join(map(chr, codes))


def words_of(name: str, trees: Sequence[Node]) -> tuple[str, ...] | None:
    """Every text that this free variable is compared with; None when it has to be a Z3 string."""
    words: list[str] = []
    for tree in trees:
        found = _compared(name, tree)
        if found is None:
            return None
        words += found
    return tuple(sorted(set(words)))


def _compared(name: str, tree: Node) -> list[str] | None:
    if tree.kind == "name":
        return None if tree.value == name else []  # not asked by a comparison: somebody looks inside, or passes it on
    words: list[str] = []
    left = tree.args[0] if tree.kind == "call" and tree.args else tree
    if tree.value in ("_==_", "_!=_", "@in") and tree.kind == "call":
        others = tree.args[1].args if tree.value == "@in" else tree.args[1:]
        sides = [left, *others]
        if any(side.kind == "name" and side.value == name for side in sides):
            if not all(side.kind == "constant" or (side.kind == "name" and side.value == name) for side in sides):
                return None
            return [str(side.value) for side in sides if side.kind == "constant"]
    for arg in tree.args:
        found = _compared(name, arg)
        if found is None:
            return None
        words += found
    return words


def other_than(name: str, words: Iterable[str]) -> str:
    """A text for "any other": none of these words, and one that people can read."""
    base = {"shopper.id": "shopper-1", "order.category": "other"}.get(name, "other")
    taken, number = {*words, str(VARIABLES[name].default)}, 2
    candidate = base
    while candidate in taken:
        candidate, number = f"{base}-{number}", number + 1
    return candidate


def _is_word(listed: Listed, other: Text) -> Any:
    if isinstance(other, str):
        return listed.number == listed.words.index(other) if other in listed.words else False
    if isinstance(other, Listed):
        common = [(number, other.words.index(word)) for number, word in enumerate(listed.words) if word in other.words]
        return either(*(both(listed.number == mine, other.number == theirs) for mine, theirs in common))
    return _for_each_word(listed, lambda word: same(word, other))


def _for_each_word(listed: Listed, holds: Callable[[str], Any]) -> Any:
    """The answer for whichever word it is; written down for the smaller side."""
    answers = [holds(word) for word in listed.words]
    if all(isinstance(answer, bool) for answer in answers):
        yes = [number for number, answer in enumerate(answers) if answer]
        if len(yes) * 2 > len(answers):
            return negated(either(*(listed.number == number for number, answer in enumerate(answers) if not answer)))
        return either(*(listed.number == number for number in yes))
    return either(*(both(listed.number == number, answer) for number, answer in enumerate(answers)))


def _string(text: Text, beside: Text) -> Any:
    if isinstance(text, str) and isinstance(beside, Free):
        return literal(beside.string.ctx, text)
    return text.string if isinstance(text, Free) else text
