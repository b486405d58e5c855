"""The conditions of a document: where they stand, what they may name, and each one compiled."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from checkstand.rule import Rule, compile_rule
from checkstand.scenario.node import Path
from checkstand.scenario.problem import path_words


class ConditionCompiler:
    """Compiles conditions of one document; `method` may be compared with the types this document uses."""

    def __init__(self, document: Mapping[str, Any], *, known_types: Collection[str] | None = None) -> None:
        metadata = document.get("metadata")
        self._scenario = str(metadata.get("id", "")) if isinstance(metadata, Mapping) else ""
        types = {str(item.get("type")) for item in _mappings(document.get("methods"))}
        names = sorted(name for name in types if isinstance(name, str))
        # While a type is misspelt, a condition with the right spelling is not a second mistake.
        misspelt = known_types is not None and not all(name in known_types for name in names)
        self._enums = {} if misspelt else {"method": names}

    def compile(self, source: str, path: Path) -> Rule:
        """Compile one condition; its errors and explanations name the scenario and the path."""
        return compile_rule(source, place=f"{self._scenario} {path_words(path)}", enums=self._enums)

    def maybe(self, item: Mapping[str, Any], path: Path) -> Rule | None:
        """Compile the condition if the item has one."""
        source = item.get(str(path[-1]))
        return self.compile(source, path) if source is not None else None


def conditions_in(document: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every condition of the document with its path; parts that are not what they should be are passed over."""
    for section in ("methods", "fields", "rules", "experiments"):
        for index, item in _numbered(document.get(section)):
            yield from _when(item, (section, index))
            routing = item.get("routing")
            for number, route in _numbered(routing.get("routes") if isinstance(routing, Mapping) else None):
                yield from _when(route, (section, index, "routing", "routes", number))


def _when(item: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(item.get("when"), str) and item["when"]:
        yield (*path, "when"), item["when"]


def _numbered(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, Mapping):
            yield index, item


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for _, item in _numbered(value))
