"""YAML text to a tree with places. A small, safe part of YAML: no anchors, no tags, no surprises.

Plain words are read as YAML 1.2 reads them, so `no` is a text and not false, and a date is a text.
Anchors and aliases are refused because ten lines of them can expand to gigabytes; `extends` shares
values between files instead.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Final

import yaml

from checkstand.infra.yaml_text import Loader
from checkstand.scenario.node import Fields, Items, Node, Place, Scalar
from checkstand.scenario.problem import Problem

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 20
MAX_VALUES: Final = 10_000  # far more than a scenario has; a file of nothing but commas would take seconds
_NOT_PRINTABLE: Final = re.compile(f"{yaml.reader.Reader.NON_PRINTABLE.pattern}|\ufeff")  # a byte order mark inside
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_LOOKS_WHOLE: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_WORDS: Final = (
    {"": None, "~": None, "null": None, "Null": None, "NULL": None}
    | dict.fromkeys(("true", "True", "TRUE"), True)
    | dict.fromkeys(("false", "False", "FALSE"), False)
)
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# What the parser says, and what people usually did.
_HINTS: Final = {
    "mapping values are not allowed": 'a text with ": " in it must be in quotes',
    "did not find expected key": "the indentation does not fit the lines above, or a quote or bracket is missing",
    "could not find expected ':'": 'a name needs a colon and a space after it, like "mode: payment"',
    "found character that cannot start any token": "a text that starts with this character must be in quotes",
    "did not find expected ',' or ']'": "a list in brackets is not closed, or a comma is missing",
    "did not find expected ',' or '}'": 'braces are not closed, a comma is missing, or a text with ": " needs quotes',
    "found unexpected end of stream": "a quoted text is not closed",
    "did not find expected node content": "a value is missing here",
    "did not find expected '-' indicator": "the indentation does not fit the list above",
}


class Unreadable(Exception):
    """The text is no document; carries the one problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_yaml(raw: bytes, file: str, layer: str = "file") -> Fields:
    """Read one document with the place of everything; `Unreadable` when it is none."""
    return _Reader(_decoded(raw, file), file, layer).document()


def beginning(path: Path) -> bytes:
    """A file up to one byte more than a scenario may have: a huge one is refused without reading it all."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _decoded(raw: bytes, file: str) -> str:
    if len(raw) > MAX_BYTES:
        size = f"the file has more than the {MAX_BYTES:,} bytes a scenario may have"
        raise _refuse(file, 1, 1, "yaml.too_large", size, "Split it: `extends` takes shared values from a base.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise _refuse(file, line, column, "yaml.not_utf8", "the file is not UTF-8 text", "Save it as UTF-8.") from None
    if strange := _NOT_PRINTABLE.search(text):
        before = text[: strange.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"the character U+{ord(strange[0]):04X} may not stand in a scenario"
        raise _refuse(file, line, column, "yaml.character", message)
    for number, line_text in enumerate(text.split("\n"), 1):
        indent = line_text[: len(line_text) - len(line_text.lstrip())]
        if "\t" in indent and line_text.strip():
            column = indent.index("\t") + 1
            raise _refuse(
                file, number, column, "yaml.tab", "tabs cannot indent YAML; use two spaces", "Replace the tab."
            )
    return text


def _refuse(file: str, line: int, column: int, code: str, message: str, remedy: str = "") -> Unreadable:
    return Unreadable(Problem(file, line, column, "", code, message, remedy))


class _Reader:
    """Builds the tree from the parser's events, which know their places and do not follow aliases."""

    def __init__(self, text: str, file: str, layer: str) -> None:
        self._text = text
        self._file = file
        self._layer = layer
        self._values = 0
        self._events = yaml.parse(text, Loader=Loader)

    def document(self) -> Fields:
        try:
            return self._document()
        except yaml.MarkedYAMLError as error:
            unclosed = "unexpected end of stream" in str(error.problem)
            mark = (error.context_mark if unclosed else None) or error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise _refuse(self._file, line, column, "yaml.syntax", _syntax_words(error)) from None

    def _document(self) -> Fields:
        first = self._next()
        while not isinstance(first, yaml.NodeEvent | yaml.StreamEndEvent):
            first = self._next()
        if isinstance(first, yaml.StreamEndEvent):
            raise self._refused(None, "yaml.empty", "the file is empty")
        node = self._node(first, 0)
        if not isinstance(node, Fields):
            raise self._refused(first, "yaml.not_mapping", "a scenario is a mapping of names to values")
        following = self._next()
        while not isinstance(following, yaml.NodeEvent | yaml.StreamEndEvent):
            following = self._next()
        if isinstance(following, yaml.NodeEvent):
            raise self._refused(following, "yaml.documents", "a file holds one scenario; this is a second document")
        return node

    def _next(self) -> Any:
        return next(self._events)

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refused(
                event,
                "yaml.alias",
                "anchors and aliases are not supported; write the value out, or share it by extends",
            )
        if getattr(event, "tag", None):
            raise self._refused(
                event, "yaml.tag", f"tags like {_tag(event.tag)} are not supported; write the plain value"
            )
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._refused(event, "yaml.too_many_values", f"the file has more than {MAX_VALUES:,} values")
        if depth > MAX_DEPTH:
            raise self._refused(event, "yaml.too_deep", f"values are nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := self._next(), yaml.SequenceEndEvent):
                items.append(self._node(inner, depth + 1))
            return Items(tuple(items), self._place(event))
        return Scalar(self._value(event), self._place(event))

    def _mapping(self, event: Any, depth: int) -> Fields:
        fields: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent) or key.anchor or key.tag:
                raise self._refused(key, "yaml.key", "a name must be a plain word")
            if key.value in fields:
                first = keys[key.value].line
                raise self._refused(
                    key, "yaml.duplicate_key", f'"{key.value}" is written twice; the first is in line {first}'
                )
            keys[key.value] = self._place(key)
            fields[key.value] = self._node(self._next(), depth + 1)
        return Fields(fields, keys, self._place(event))

    def _value(self, event: Any) -> str | int | float | bool | None:
        text: str = event.value
        if event.style:  # quoted or a block: always a text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _NOT_FINITE.fullmatch(text):
            raise self._refused(event, "yaml.not_finite", f"{text} is not a number a scenario can use")
        if _LOOKS_WHOLE.fullmatch(text):
            what = "too large" if len(text) > 18 else "written with a leading zero; put it in quotes if it is a text"
            raise self._refused(event, "yaml.number", f"the number {text[:40]} is {what}")
        if _FLOAT.fullmatch(text):
            number = float(text)
            if not math.isfinite(number):
                raise self._refused(event, "yaml.not_finite", f"{text} is not a number a scenario can use")
            return number
        return text

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        text = self._text[start.index : end.index] if isinstance(event, yaml.ScalarEvent) else ""
        return Place(self._file, start.line + 1, start.column + 1, self._layer, text)

    def _refused(self, event: Any, code: str, message: str) -> Unreadable:
        mark = event.start_mark if event is not None else None
        return _refuse(self._file, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, code, message)


def _tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _syntax_words(error: yaml.MarkedYAMLError) -> str:
    said = error.problem or "this is not YAML"
    return next((words for start, words in _HINTS.items() if start in said), f"this is not YAML: {said}")
