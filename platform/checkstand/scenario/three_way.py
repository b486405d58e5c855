"""Two people changed one draft: what each changed is merged node by node, and only what both changed is a choice.

Compared is what the texts say, lists of things with an id by their ids; the merged text is the other person's text
with my changes written into it, so comments and line breaks of both stay where that is possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from checkstand.scenario.edit import EditRefused, own_document, remove, set_value
from checkstand.scenario.edit_items import add_item

Path = tuple[str, ...]
Side = Literal["mine", "theirs"]


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = _Absent()  # not written at all, which differs from null


@dataclass(frozen=True, slots=True)
class Conflict:
    """One node that both changed, differently."""

    path: Path
    base: Any
    mine: Any
    theirs: Any

    @property
    def name(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Merge:
    """What is taken from whom, and what is left to choose."""

    mine: tuple[tuple[Path, Any], ...]  # changes of mine that they have not touched
    theirs: tuple[Path, ...]  # changes of theirs that I have not touched
    conflicts: tuple[Conflict, ...]


def merge(base: str, mine: str, theirs: str) -> Merge:
    """Compare three texts. Raises `EditRefused` when one of them cannot be read."""
    old, own, other = (_by_id(own_document(text)) for text in (base, mine, theirs))
    taken: list[tuple[Path, Any]] = []
    kept: list[Path] = []
    conflicts: list[Conflict] = []
    for path, b, m, t in _nodes((), old, own, other):
        if m == t:
            continue
        if t == b:
            taken.append((path, m))
        elif m == b:
            kept.append(path)
        else:
            conflicts.append(Conflict(path, b, m, t))
    return Merge(tuple(taken), tuple(kept), tuple(conflicts))


def merged_text(theirs: str, found: Merge, choices: Mapping[Path, Side]) -> str:
    """Their text with my changes, and mine where I was chosen.

    Raises `EditRefused` when a change cannot be written into their text as it stands; the two texts are left then.
    """
    chosen = [(each.path, each.mine) for each in found.conflicts if choices.get(each.path) == "mine"]
    text, wanted = theirs, _by_id(own_document(theirs))
    for path, value in (*found.mine, *chosen):
        text, wanted = _written(text, path, value), _with(wanted, path, value)
    if _by_id(own_document(text)) != wanted:
        raise EditRefused("the changes cannot be written into this text", pointer="source")
    return text


def _nodes(path: Path, base: Any, mine: Any, theirs: Any) -> Iterator[tuple[Path, Any, Any, Any]]:
    """The smallest nodes that differ on some side."""
    if base == mine == theirs:
        return
    if isinstance(mine, dict) and isinstance(theirs, dict) and (isinstance(base, dict) or base is ABSENT):
        old = base if isinstance(base, dict) else {}
        for name in dict.fromkeys([*old, *mine, *theirs]):
            sides = (side.get(name, ABSENT) for side in (old, mine, theirs))
            yield from _nodes((*path, name), *sides)
        return
    if isinstance(base, dict) and isinstance(mine, dict) and theirs == base:
        yield from _nodes_of_one(path, base, mine, theirs)
        return
    yield path, base, mine, theirs


def _nodes_of_one(path: Path, base: Any, mine: Any, theirs: Any) -> Iterator[tuple[Path, Any, Any, Any]]:
    for name in dict.fromkeys([*base, *mine]):
        sides = (side.get(name, ABSENT) for side in (base, mine, theirs))
        yield from _nodes((*path, name), *sides)


def _by_id(value: Any) -> Any:
    """The document with lists of things with an id as mappings, so that every node has a name."""
    if isinstance(value, Mapping):
        return {str(name): _by_id(inner) for name, inner in value.items()}
    if isinstance(value, list) and value and all(isinstance(item, Mapping) and "id" in item for item in value):
        ids = [str(item["id"]) for item in value]
        if len(set(ids)) == len(ids):
            return {name: _by_id(item) for name, item in zip(ids, value, strict=True)}
    if isinstance(value, list):
        return [_by_id(item) for item in value]
    return value


def _written(text: str, path: Path, value: Any) -> str:
    if value is ABSENT:
        return remove(text, path)
    parent = _at(_by_id(own_document(text)), path[:-1])
    is_item = isinstance(value, dict) and value.get("id") == path[-1]
    if is_item and (parent is ABSENT or path[-1] not in parent):
        return add_item(text, path[:-1], _plain(value))
    if isinstance(value, dict) and all(
        isinstance(each, dict) and each.get("id") == name for name, each in value.items()
    ):
        for name, each in value.items():
            text = _written(text, (*path, name), each)
        return text
    return set_value(text, path, _plain(value))


def _plain(value: Any) -> Any:
    """Items with an id as a list again."""
    if not isinstance(value, dict):
        return [_plain(each) for each in value] if isinstance(value, list) else value
    if _are_items(value):
        return [_plain(each) for each in value.values()]
    return {name: _plain(each) for name, each in value.items()}


def _are_items(value: Any) -> bool:
    """Whether this was a list of things with an id."""
    named = value.items() if isinstance(value, dict) else ()
    return bool(named) and all(isinstance(each, dict) and each.get("id") == name for name, each in named)


def _with(document: Any, path: Path, value: Any) -> Any:
    """The document with this value at this path; a mapping that is left empty goes, as `remove` has it."""
    if not path:
        return value
    own = dict(document) if isinstance(document, dict) else {}
    inner = _with(own.get(path[0], {}), path[1:], value)
    if inner is ABSENT or (value is ABSENT and inner == {}):
        own.pop(path[0], None)
    else:
        own[path[0]] = inner
    return own


def _at(document: Any, path: Path) -> Any:
    for name in path:
        document = document.get(name, ABSENT) if isinstance(document, dict) else ABSENT
    return document
