"""Changes to a scenario's text that touch nothing else: comments, quoting, order and line breaks stay.

A YAML library that dumps what it has read sets long lines and flow mappings anew. So nothing is dumped here:
the parser only says where a value stands, and exactly that range of the text is replaced. Every change is
read back before it is handed out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from checkstand.kernel import CheckstandError
from checkstand.scenario.node import plain
from checkstand.scenario.read import Unreadable, read_yaml

Path = tuple[str, ...]  # names; an item of a list is named by its `id`
Value = str | int | bool | None | Mapping[str, Any] | Sequence[Any]

# What may stand without quotes, in braces too: it begins with a letter of any script and has no mark of YAML in it.
_PLAIN: Final = re.compile(r"[^\W\d_][^:#,\[\]{}\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*(?<!\s)")
_WORDS: Final = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


class EditRefused(CheckstandError):
    code = "scenario.edit_refused"
    message = "This change cannot be made in the text as it stands."
    remedy = "Change the text itself, at the place that the message names."


def set_value(text: str, path: Path, value: Value) -> str:
    """The text with this value at this path; whatever is missing on the way is written."""
    root = _compose(text)
    found, rest = _walk(root, path)
    if _said(text, path) == (value,):
        return text
    if not rest:
        changed = _replace(text, found, value)
    else:
        nested: Any = value
        for name in reversed(rest[1:]):
            nested = {name: nested}
        changed = _insert(text, found, rest[0], nested)
    return _read_back(changed, path, value)


def remove(text: str, path: Path) -> str:
    """The text without this name or item; what would be left empty goes, too. Comments around it stay."""
    parent, rest = _walk(_compose(text), path[:-1])
    siblings = [] if rest else _children(parent)
    index = next((i for i, (name, _start, _node) in enumerate(siblings) if name == path[-1]), None)
    if index is None:
        raise EditRefused(f"{'.'.join(path)} is not written in this text", pointer=".".join(path))
    if len(siblings) == 1 and len(path) > 1:
        return remove(text, path[:-1])
    start, end = siblings[index][1], _end(text, siblings[index][2])
    if parent.flow_style:
        if index + 1 < len(siblings):
            end = siblings[index + 1][1]
        else:
            start = _end(text, siblings[index - 1][2])
    else:
        start = text.rindex("-", 0, start) if isinstance(parent, yaml.SequenceNode) else start
        line_start, line_end = text.rfind("\n", 0, start) + 1, _line_end(text, end)
        if text[line_start:start].strip():
            raise EditRefused(f"{'.'.join(path)} shares its line with something else", pointer=".".join(path))
        start, end = line_start, min(line_end + 1, len(text))
    changed = text[:start] + text[end:]
    _compose(changed)
    return changed


def append_item(text: str, path: Path, item: Mapping[str, Any]) -> str:
    """The text with one more item at the end of a list."""
    node, rest = _walk(_compose(text), path)
    if rest or not isinstance(node, yaml.SequenceNode) or not node.value:
        raise EditRefused(f"{'.'.join(path)} is not a list with items", pointer=".".join(path))
    last = node.value[-1]
    end = _end(text, last)
    if node.flow_style:
        changed = f"{text[:end]}, {_written(item)}{text[end:]}"
    else:
        line_end, column = _line_end(text, end), _dash_column(text, node)
        on_lines = isinstance(last, yaml.MappingNode) and not last.flow_style
        written = _on_lines(item, column + 2) if on_lines else _written(item)
        changed = f"{text[:line_end]}\n{' ' * column}- {written}{text[line_end:]}"
    return _read_back(changed, (*path, str(item["id"])), item)


def own_document(text: str) -> dict[str, Any]:
    """What the text itself says, without what it extends."""
    try:
        document = plain(read_yaml(text.encode(), "draft"))
    except Unreadable as error:
        raise EditRefused(str(error.problem)) from None
    assert isinstance(document, dict)  # noqa: S101 - for the type checker: read_yaml answers a mapping
    return document


def _compose(text: str) -> Any:
    own_document(text)  # refuses what no scenario may contain, with a place
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _walk(node: Any, path: Path) -> tuple[Any, Path]:
    """The deepest node on the way, and the names that are missing below it."""
    for depth, name in enumerate(path):
        child = next((child for key, _start, child in _children(node) if key == name), None)
        if child is None:
            return node, path[depth:]
        node = child
    return node, ()


def _children(node: Any) -> list[tuple[str, int, Any]]:
    """Name, where it begins, and value of everything in a mapping; items of a list by their id."""
    if isinstance(node, yaml.MappingNode):
        return [(key.value, key.start_mark.index, value) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(_id(item), item.start_mark.index, item) for item in node.value]
    return []


def _id(item: Any) -> str:
    return next((str(child.value) for name, _start, child in _children(item) if name == "id"), "")


def _end(text: str, node: Any) -> int:
    """Where the written value ends; the parser counts the comments after a block as its own."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    while isinstance(node, yaml.ScalarNode) and node.style in ("|", ">") and text[end - 1] in " \n":
        end -= 1
    return end


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def _dash_column(text: str, node: Any) -> int:
    start = node.value[0].start_mark.index
    dash: int = text.rindex("-", 0, start)
    return dash - (text.rfind("\n", 0, dash) + 1)


def _replace(text: str, node: Any, value: Value) -> str:
    start, end = node.start_mark.index, _end(text, node)
    style = node.style if isinstance(node, yaml.ScalarNode) else None
    if isinstance(value, list):
        start = _list_start(text, node, start, end)
    space = " " if start == end or text[start - 1] == ":" else ""  # a name without a value on its line
    return f"{text[:start]}{space}{_written(value, style)}{text[end:]}"


def _list_start(text: str, node: Any, start: int, end: int) -> int:
    """Where a list begins; one that had a line for each item is written behind its name."""
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        return start
    if re.search(r"(?:^|\s)#", text[start:end]):
        raise EditRefused(f"the list in line {node.start_mark.line + 1} has comments that would be lost")
    named = text[:start].rstrip()
    return len(named) if named.endswith(":") else start


def _insert(text: str, node: Any, name: str, value: Any) -> str:
    if isinstance(node, yaml.ScalarNode) and node.value in ("", "null", "~") and not node.style:
        return _replace(text, node, {name: value})
    if not isinstance(node, yaml.MappingNode):
        raise EditRefused(f"{name} cannot be written in line {node.start_mark.line + 1}")
    written = f"{_key(name)}: {_written(value)}"
    if not node.value:
        inside = node.start_mark.index + 1
        return f"{text[:inside]}{written}{text[inside:]}"
    end = _end(text, node.value[-1][1])
    if node.flow_style:
        return f"{text[:end]}, {written}{text[end:]}"
    line_end = _line_end(text, end)
    return f"{text[:line_end]}\n{' ' * node.value[0][0].start_mark.column}{written}{text[line_end:]}"


def _written(value: Any, style: str | None = None) -> str:
    """One line of YAML; a text keeps the quotes of the one it replaces."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)}: {_written(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(item) for item in value) + "]"
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if style == "'" and "\n" not in value:
        return "'" + str(value).replace("'", "''") + "'"
    plain_word = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return str(value) if plain_word and style != '"' else json.dumps(value, ensure_ascii=False)


def _on_lines(item: Mapping[str, Any], column: int) -> str:
    """A mapping with a line for each name, like the items beside it."""
    return f"\n{' ' * column}".join(f"{_key(name)}: {_written(value)}" for name, value in item.items())


def _key(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.lower() not in _WORDS else json.dumps(name, ensure_ascii=False)


def _said(text: str, path: Path) -> tuple[Any, ...]:
    """What the text says at this path, in a tuple; an empty one when it says nothing."""
    here: Any = own_document(text)
    for name in path:
        if isinstance(here, list):
            here = {str(item["id"]): item for item in here if isinstance(item, dict) and "id" in item}
        if not isinstance(here, dict) or name not in here:
            return ()
        here = here[name]
    return (here,)


def _read_back(text: str, path: Path, value: Value) -> str:
    """A change is only handed out when the text now says what was asked for."""
    if _said(text, path) != (value,):
        raise EditRefused(f"{'.'.join(path)} cannot be written here", pointer=".".join(path))
    return text
