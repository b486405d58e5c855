"""The conditions of a document: where they stand, what they may name, and each one compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkstand.rule import Rule, compile_rule
from checkstand.scenario.node import Path
from checkstand.scenario.problem import path_words


class ConditionCompiler:
    """Compiles conditions of one document; `method` may be compared with the types this document uses."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._scenario = str(document.get("metadata", {}).get("id", ""))
        types = {item.get("type") for item in document.get("methods", ()) if isinstance(item, Mapping)}
        self._enums = {"method": sorted(name for name in types if isinstance(name, str))}

    def compile(self, source: str, path: Path) -> Rule:
        """Compile one condition; its errors and explanations name the scenario and the path."""
        return compile_rule(source, place=f"{self._scenario} {path_words(path)}", enums=self._enums)

    def maybe(self, item: Mapping[str, Any], path: Path) -> Rule | None:
        """Compile the condition if the item has one."""
        source = item.get(str(path[-1]))
        return self.compile(source, path) if source is not None else None


def conditions_in(document: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every condition of the document with its path."""
    for section in ("methods", "fields", "rules", "experiments"):
        for index, item in enumerate(document.get(section, ())):
            yield from _when(item, (section, index))
            for number, route in enumerate(item.get("routing", {}).get("routes", ())):
                yield from _when(route, (section, index, "routing", "routes", number))


def _when(item: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(item.get("when"), str):
        yield (*path, "when"), item["when"]
