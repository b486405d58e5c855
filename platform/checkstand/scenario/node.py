"""Values that remember where they were written: the tree that loading, merging and checking share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written. `layer` is base, file, or the variation that set it."""

    file: str
    line: int
    column: int
    layer: str = "file"
    text: str = ""  # a scalar as it stands in the file, quotes included: to find a token inside it


NOWHERE: Final = Place("", 1, 1, "stored")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, truth value or null."""

    value: str | int | float | bool | None
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping. `keys` has the place of every key."""

    fields: Mapping[str, Node]
    keys: Mapping[str, Place]
    place: Place

    def get(self, name: str) -> Node | None:
        return self.fields.get(name)


Node = Scalar | Items | Fields


def plain(node: Node) -> Any:
    """The values alone."""
    if isinstance(node, Fields):
        return {name: plain(child) for name, child in node.fields.items()}
    if isinstance(node, Items):
        return [plain(child) for child in node.items]
    return node.value


def located(value: Any, place: Place = NOWHERE) -> Node:
    """A tree over plain values, all at one place; for documents that come from the database."""
    if isinstance(value, Mapping):
        fields = {str(name): located(child, place) for name, child in value.items()}
        return Fields(fields, dict.fromkeys(fields, place), place)
    if isinstance(value, list | tuple):
        return Items(tuple(located(child, place) for child in value), place)
    return Scalar(value, place)


def at(node: Node, path: Path) -> Node:
    """The node at this path, or the deepest one on the way to it."""
    for step in path:
        if isinstance(node, Fields) and isinstance(step, str) and step in node.fields:
            node = node.fields[step]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return node
    return node


def key_place(node: Node, path: Path) -> Place:
    """The place of the key at the end of this path."""
    parent = at(node, path[:-1])
    name = path[-1] if path else ""
    if isinstance(parent, Fields) and isinstance(name, str) and name in parent.keys:
        return parent.keys[name]
    return parent.place


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Scalar]]:
    """Every scalar with its path."""
    if isinstance(node, Fields):
        for name, child in node.fields.items():
            yield from leaves(child, (*path, name))
    elif isinstance(node, Items):
        for index, child in enumerate(node.items):
            yield from leaves(child, (*path, index))
    else:
        yield path, node
