"""YAML with places: every value remembers its line, because a mistake is told where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from checkstand.accounting.protocol.errors import Place, Problem, ProtocolInvalid
from checkstand.infra.yaml_text import Loader


@dataclass(frozen=True, slots=True)
class Item:
    """A mapping (dict of Items), a list (list of Items) or a text, and where it stands."""

    value: Any
    place: Place

    def fields(self) -> Iterator[tuple[str, Item]]:
        """The fields of a mapping; nothing for anything else."""
        return iter(self.value.items() if isinstance(self.value, dict) else ())

    def items(self) -> list[Item]:
        """The items of a list; a single value is a list of one."""
        return self.value if isinstance(self.value, list) else [self]

    def get(self, name: str) -> Item | None:
        return self.value.get(name) if isinstance(self.value, dict) else None

    def text(self, name: str) -> str:
        """A field's text; empty when it is not there."""
        found = self.get(name)
        return found.value if found is not None and isinstance(found.value, str) else ""


def read(path: Path) -> Item:
    """The one document of a file."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=Loader)
    except (OSError, UnicodeDecodeError) as error:
        raise ProtocolInvalid([Problem(Place(path.name, 1), str(error), "make it a readable UTF-8 file")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        says = str(getattr(error, "problem", error))
        place = Place(path.name, mark.line + 1 if mark else 1)
        raise ProtocolInvalid([Problem(place, says, "check brackets, quotes and indentation")]) from None
    if node is None:
        raise ProtocolInvalid([Problem(Place(path.name, 1), "the file is empty", "write a flow, or delete the file")])
    return _item(node, path.name)


def _item(node: Any, file: str) -> Item:
    place = Place(file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return Item({key.value: _field(key, value, file) for key, value in node.value}, place)
    if isinstance(node, yaml.SequenceNode):
        return Item([_item(child, file) for child in node.value], place)
    return Item(str(node.value), place)


def _field(key: Any, value: Any, file: str) -> Item:
    """The place of a field is that of its name, which is where a person looks."""
    return Item(_item(value, file).value, Place(file, key.start_mark.line + 1))
