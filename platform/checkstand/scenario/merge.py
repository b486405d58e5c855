"""One mechanism for `extends` and for experiment variations: JSON Merge Patch, lists of things with an id by id.

* null removes, a mapping merges name by name, everything else replaces (RFC 7386).
* A list whose items all have an `id` merges item by item: same id is merged, a new id is appended.
* Such a list may also be patched by a mapping from id to changes; null removes the item.

A variation's own `patch` is replaced as a whole: a patch of a patch would lose its nulls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from checkstand.scenario.node import Fields, Items, Node, Path, Place, Scalar

# fmt: off
BY_ID: Final = frozenset((
    "methods", "fields", "options", "consents", "rules", "velocity", "experiments", "variations", "layers", "splits",
    "alerts",
))
# fmt: on
_OPAQUE: Final = "patch"
_TEXTS_BY_KEY: Final = frozenset(("copy", "labels"))  # their names are chosen by people, `rules` is just a word there


def merged(target: Node | None, patch: Node, name: str = "") -> Node:
    """The target with the patch applied; neither is changed."""
    if isinstance(patch, Scalar) or name == _OPAQUE:
        return patch
    if name in BY_ID and (isinstance(patch, Fields) or (isinstance(patch, Items) and _has_ids(patch))):
        return _by_id(target, patch)
    if isinstance(patch, Items):
        return Items(tuple(merged(None, item) for item in patch.items), patch.place)
    return _by_name(target if isinstance(target, Fields) else None, patch, name)


def idle_nulls(target: Node | None, patch: Node, path: Path = ()) -> Iterator[Path]:
    """Where the patch says null and there is nothing to remove: a forgotten value, or a misspelt id."""
    if isinstance(patch, Fields):
        for name, change in patch.fields.items():
            here = _child(target, name, path[-1] if path else "")
            if isinstance(change, Scalar) and change.value is None and here is None:
                yield (*path, name)
            elif name != _OPAQUE:
                yield from idle_nulls(here, change, (*path, name))
    elif isinstance(patch, Items):
        for index, item in enumerate(patch.items):
            if isinstance(item, Scalar) and item.value is None:
                yield (*path, index)
            yield from idle_nulls(_child(target, _id(item), path[-1] if path else ""), item, (*path, index))


def _child(target: Node | None, name: str, parent: str | int) -> Node | None:
    if isinstance(target, Items) and parent in BY_ID:
        return next((item for item in target.items if _id(item) == name), None) if name else None
    return target.fields.get(name) if isinstance(target, Fields) else None


def _by_name(target: Fields | None, patch: Fields, name: str) -> Fields:
    fields: dict[str, Node] = dict(target.fields) if target else {}
    keys: dict[str, Place] = dict(target.keys) if target else {}
    for key, change in patch.fields.items():
        if isinstance(change, Scalar) and change.value is None:
            fields.pop(key, None)
            keys.pop(key, None)
            continue
        fields[key] = merged(fields.get(key), change, "" if name in _TEXTS_BY_KEY else key)
        keys[key] = patch.keys[key]
    return Fields(fields, keys, patch.place)


def _by_id(target: Node | None, patch: Fields | Items) -> Node:
    found: dict[str, Node] = {}
    if isinstance(target, Items) and _has_ids(target):
        found = {_id(item): item for item in target.items}
    if isinstance(patch, Items):
        ids = [_id(item) for item in patch.items]
        if len(set(ids)) < len(ids):
            return patch  # two items of one id: left as written, so that the check can point at the second
    for item_id, change in _changes(patch).items():
        if isinstance(change, Scalar) and change.value is None:
            found.pop(item_id, None)
        elif isinstance(change, Fields):
            found[item_id] = _by_name(_as_fields(found.get(item_id)), _with_id(change, item_id), "")
        else:
            found[item_id] = change
    return Items(tuple(found.values()), patch.place)


def _changes(patch: Fields | Items) -> Mapping[str, Node]:
    return patch.fields if isinstance(patch, Fields) else {_id(item): item for item in patch.items}


def _with_id(change: Fields, item_id: str) -> Fields:
    if "id" in change.fields:
        return change
    fields = {"id": Scalar(item_id, change.place), **change.fields}
    return Fields(fields, {"id": change.place, **change.keys}, change.place)


def _as_fields(node: Node | None) -> Fields | None:
    return node if isinstance(node, Fields) else None


def _has_ids(items: Items) -> bool:
    return bool(items.items) and all(_id(item) for item in items.items)


def _id(node: Node) -> str:
    value = node.fields.get("id") if isinstance(node, Fields) else None
    return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else ""
