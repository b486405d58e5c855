"""What changed between two documents of a scenario: not which lines, but which things.

Lists of things with an id (methods, fields, rules, …) are compared by id, so that moving a method is
one change and not a page of them; lists of words (terminals, locales) by what came and what went.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from checkstand.scenario.problem import path_words

Kind = Literal["added", "removed", "changed", "moved"]
# One value to people, although the file has several below it.
_WHOLE: Final = frozenset({"amount_limits"})


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `item` is the id within a list, `path` what of the part (or of its item) changed."""

    kind: Kind
    part: str
    item: str = ""
    path: str = ""
    before: Any = None
    after: Any = None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Every change from one document to the other, in the order of the parts."""
    parts = [*before, *(part for part in after if part not in before)]
    return tuple(change for part in parts for change in _part(part, before.get(part), after.get(part)))


def _part(part: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if _has_ids(before) or _has_ids(after):
        yield from _items(part, before or (), after or ())
    elif _is_list(before) or _is_list(after):
        yield from _words(part, "", before or (), after or ())
    elif part in _WHOLE and isinstance(before, Mapping) and isinstance(after, Mapping):
        yield Change("changed", part, "", "", before, after)
    else:
        yield from _below(part, "", (), before, after)


def _items(part: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    old, new = _by_id(before), _by_id(after)
    yield from (Change("removed", part, name, before=value) for name, value in old.items() if name not in new)
    yield from (Change("added", part, name, after=value) for name, value in new.items() if name not in old)
    both = [name for name in old if name in new]
    for name in both:
        yield from _below(part, name, (), old[name], new[name])
    moved = [name for name in new if name in old]
    if both != moved:
        yield Change("moved", part, before=both, after=moved)


def _below(part: str, item: str, path: tuple[str | int, ...], before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = [*before, *(name for name in after if name not in before)]
        for name in names:
            yield from _below(part, item, (*path, name), before.get(name), after.get(name))
        return
    shown = path_words(path)
    if _is_words(before) and _is_words(after):
        yield from _words(part, item, before, after, shown)
        return
    kind: Kind = "added" if before is None else "removed" if after is None else "changed"
    yield Change(kind, part, item, shown, before, after)


def _words(part: str, item: str, before: Sequence[Any], after: Sequence[Any], path: str = "") -> Iterator[Change]:
    yield from (Change("removed", part, item, path, before=word) for word in before if word not in after)
    yield from (Change("added", part, item, path, after=word) for word in after if word not in before)
    kept, now = [word for word in before if word in after], [word for word in after if word in before]
    if kept != now:
        yield Change("moved", part, item, path, before=kept, after=now)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_words(value: Any) -> bool:
    return _is_list(value) and not any(isinstance(each, Mapping | list) for each in value)


def _has_ids(value: Any) -> bool:
    return _is_list(value) and bool(value) and all(isinstance(each, Mapping) and "id" in each for each in value)


def _by_id(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(item.get("id", index)): item for index, item in enumerate(items)}
