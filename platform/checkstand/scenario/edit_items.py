"""Things with an id in a list (methods, rules, shares): added, changed and taken away where the text has them.

A file that extends another one may write such a list as items or as a mapping by id; either stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkstand.scenario.edit import EditRefused, Path, Value, append_item, own_document, remove, set_value


def add_item(text: str, part: Path, item: Mapping[str, Any]) -> str:
    """One more item, `id` first, at the end."""
    own = own_value(text, part)
    if isinstance(own, list) and own:
        return append_item(text, part, item)
    if isinstance(own, Mapping):
        return set_value(text, (*part, item["id"]), {name: value for name, value in item.items() if name != "id"})
    return set_value(text, part, [dict(item)])


def set_in_item(text: str, part: Path, item_id: str, name: str, value: Value) -> str:
    """This value of the item; one that comes from the base is only named where it differs."""
    own = own_value(text, part)
    if isinstance(own, list) and all(item.get("id") != item_id for item in own):
        return append_item(text, part, {"id": item_id, name: value})
    return set_value(text, (*part, item_id, name), value)


def unset_in_item(text: str, part: Path, item_id: str, name: str) -> str:
    """The item without this value; one of the base is taken away with `null`."""
    if own_item(text, part, item_id).get(name) is not None:
        return remove(text, (*part, item_id, name))
    return set_in_item(text, part, item_id, name, None)


def remove_item(text: str, part: Path, item_id: str, inherited: frozenset[str]) -> str:
    """The text without this item; one of the base is taken away with `null`."""
    if item_id not in inherited:
        return remove(text, (*part, item_id))
    if isinstance(own_value(text, part), list):
        name = part[-1]
        raise EditRefused(f"{item_id!r} comes from the base, and a list cannot take it away", pointer=name)
    return set_value(text, (*part, item_id), None)


def own_item(text: str, part: Path, item_id: str) -> Mapping[str, Any]:
    """What the text itself says about this item."""
    own = own_value(text, part)
    if isinstance(own, list):
        own = {item.get("id"): item for item in own if isinstance(item, Mapping)}
    found = own.get(item_id) if isinstance(own, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def own_value(text: str, path: Path) -> Any:
    """What the text itself says here, without what it extends."""
    return value_at(own_document(text), path)


def value_at(document: Mapping[str, Any], path: Path) -> Any:
    """The value at this path of names; None where there is none."""
    here: Any = document
    for name in path:
        here = here.get(name) if isinstance(here, Mapping) else None
    return here
