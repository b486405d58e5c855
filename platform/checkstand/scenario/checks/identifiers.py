"""An id names one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkstand.scenario.finding import Document, Facts, Finding
from checkstand.scenario.merge import BY_ID
from checkstand.scenario.node import Path


def unique_ids(document: Document, _facts: Facts) -> Iterator[Finding]:
    """No list has two items of the same id."""
    yield from _walk(document, ())


def _walk(value: Any, path: Path) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in ("patch", "copy", "labels"):
                yield from _walk(inner, (*path, name))
    elif isinstance(value, list):
        if path and path[-1] in BY_ID:
            yield from _twice(value, path)
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index))


def _twice(items: list[Any], path: Path) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, item in enumerate(items):
        item_id = item.get("id") if isinstance(item, Mapping) else None
        if not isinstance(item_id, str):
            continue
        if item_id in seen:
            yield Finding((*path, index, "id"), "id.twice", f'the id "{item_id}" is used twice in {path[-1]}')
        seen.add(item_id)
