"""What the CEL compiler says, in the words of somebody who writes scenarios."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

_FIRST_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNKNOWN = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '([^']*)'")
_UNEXPECTED = re.compile(
    r"(?:mismatched|extraneous) input '(.*?)'"
    r"|no viable alternative at input '(.*?)'"
    r"|token recognition error at: '(.*?)'"
)
_OPERATOR = re.compile(r"[@_!-]*?([=<>!&|+*/%?-]+|in)[_:]*")

# What people of other languages type, and what CEL wants instead.
HABITS: Final = {"=": "==", "and": "&&", "or": "||", "not": "!", "<>": "!=", "&": "&&", "|": "||"}


def closest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "wechat_pay"?`, or nothing when no known word is close."""
    names = list(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6) or [n for n in names if n.lower() == word.lower()]
    return f'; did you mean "{near[0]}"?' if near else ""


def quoted(value: object) -> str:
    """A value of the file inside a sentence: short, and without characters that would disturb a terminal."""
    text = "".join(c if c.isprintable() else "\ufffd" for c in str(value))
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'


def explain(
    compiler_says: str, source: str, names: Iterable[str], functions: Mapping[str, str]
) -> tuple[int, str, str]:
    """Place, code and sentence of the first mistake the compiler found. `functions` says how each is written."""
    if "recursion" in compiler_says or "depth" in compiler_says:
        return 0, "rule.too_deep", "the condition is nested too deeply; split it into several rules"
    found = _FIRST_ERROR.search(compiler_says)
    if found is None:
        return 0, "rule.syntax", "the condition cannot be read"
    line, column, text = int(found[1]), int(found[2]), found[3].strip()
    offset = sum(len(row) + 1 for row in source.split("\n")[: line - 1]) + column - 1
    if unknown := _UNKNOWN.search(text):
        return _unknown(unknown[1], offset, source, names, functions)
    if overload := _OVERLOAD.search(text):
        return offset, "rule.types", _wrong_types(overload[1], overload[2])
    if text.startswith("Syntax error"):
        return _syntax(text, offset, source)
    if "invalid int literal" in text:
        return offset, "rule.overflow", "this number is too large"
    if "select operation" in text:
        return offset, "rule.types", "what stands before this dot is a plain value; it has no parts"
    return offset, "rule.types", text.removesuffix("[INVALID_ARGUMENT]").strip()


def _unknown(
    name: str, offset: int, source: str, names: Iterable[str], functions: Mapping[str, str]
) -> tuple[int, str, str]:
    start = source.rfind(name, max(0, offset - len(name)), offset + len(name))
    at = offset if start < 0 else start
    if source[at + len(name) :].lstrip().startswith("("):
        if name in functions:
            return at, "rule.arguments", f"{name} is written {functions[name]}"
        return at, "rule.unknown_function", f'unknown function "{name}"{closest(name, functions)}'
    known = list(names)
    hint = closest(name, known) or f"; the names are {', '.join(known)}"
    return at, "rule.unknown_name", f'unknown name "{name}"{hint}'


def _wrong_types(function: str, types: str) -> str:
    sides = [side.strip() for side in types.removeprefix("(").removesuffix(")").split(",")]
    operator = _OPERATOR.fullmatch(function)
    if operator is None or not sides[0]:
        return f'"{function}" cannot be used with {" and ".join(sides)}'
    if len(sides) == 1:
        return f'"{operator[1]}" cannot be used with {sides[0]}'
    return f'"{operator[1]}" cannot be used between {" and ".join(sides)}'


def _syntax(text: str, offset: int, source: str) -> tuple[int, str, str]:
    habit = _habit_near(offset, source)
    if habit is not None:
        at, typed = habit
        return at, "rule.syntax", f'"{typed}" is not an operator here; write "{HABITS[typed]}"'
    unexpected = _UNEXPECTED.search(text)
    wrong = next((part for part in unexpected.groups() if part is not None), "") if unexpected else ""
    if wrong == "<EOF>" or offset >= len(source.rstrip()):
        return len(source.rstrip()), "rule.syntax", "the condition ends too early"
    return offset, "rule.syntax", f"unexpected {source[offset : offset + 1]!r}; the condition cannot be read from here"


def _habit_near(offset: int, source: str) -> tuple[int, str] | None:
    """The foreign operator that the parser stumbled over, if that is what happened."""
    for match in re.finditer(r"\b(?:and|or|not)\b|<>|(?<![=!<>&|])[=&|](?![=&|])", source):
        if match.start() - 1 <= offset <= match.end() + 1:
            return match.start(), match[0]
    return None
