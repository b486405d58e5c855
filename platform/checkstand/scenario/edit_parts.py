"""What the studio's form changes, in words of scenarios: methods and settings, written into the text where they belong.

`document` is always the merged one, because people see what the scenario does, not what it inherits;
the text then says only what differs from its base.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from checkstand.scenario.edit import EditRefused, Value, append_item, own_document, remove, set_value

Document = Mapping[str, Any]
_STEP: Final = 10  # between two orders, so that one can be put in between by hand


def in_order(document: Document) -> list[str]:
    """The ids of the methods as the page shows them within a group."""
    methods = document.get("methods", ())
    return [method["id"] for method in sorted(methods, key=lambda method: (method.get("order", 100), method["id"]))]


def move_method(text: str, document: Document, method_id: str, by: int) -> str:
    """One place up (-1) or down (+1); only the orders that change are written."""
    ids = in_order(document)
    if method_id not in ids:
        raise EditRefused(f"there is no method {method_id!r}", pointer="methods")
    index = ids.index(method_id)
    target = min(max(index + by, 0), len(ids) - 1)
    ids.insert(target, ids.pop(index))
    return order_methods(text, document, ids)


def order_methods(text: str, document: Document, ids: Sequence[str]) -> str:
    """This order of the same methods."""
    before = {method["id"]: method.get("order", 100) for method in document.get("methods", ())}
    if sorted(before) != sorted(ids):
        raise EditRefused("an order names every method once", pointer="methods")
    numbers = sorted(before.values())
    if len(set(numbers)) < len(numbers):
        numbers = [_STEP * (place + 1) for place in range(len(ids))]
    for method_id, number in zip(ids, numbers, strict=True):
        if before[method_id] != number:
            text = _set_method(text, method_id, "order", number)
    return text


def add_method(text: str, document: Document, kind: str) -> str:
    """A method of this type at the end."""
    methods = document.get("methods", ())
    taken = {method["id"] for method in methods}
    method_id = next(name for n in range(1, len(taken) + 2) if (name := kind if n == 1 else f"{kind}_{n}") not in taken)
    order = max((method.get("order", 100) for method in methods), default=0) + _STEP
    if isinstance(own_document(text).get("methods"), list):
        return append_item(text, ("methods",), {"id": method_id, "type": kind, "order": order})
    return set_value(text, ("methods", method_id), {"type": kind, "order": order})


def remove_method(text: str, document: Document, method_id: str, inherited: frozenset[str]) -> str:
    """The scenario without this method; one of the base is taken away with `null`."""
    ids = in_order(document)
    if method_id not in ids:
        raise EditRefused(f"there is no method {method_id!r}", pointer="methods")
    if len(ids) == 1:
        raise EditRefused("a checkout needs a method; add another one first", pointer="methods")
    if method_id not in inherited:
        return remove(text, ("methods", method_id))
    if isinstance(own_document(text).get("methods"), list):
        raise EditRefused(f"{method_id!r} comes from the base, and a list cannot take it away", pointer="methods")
    return set_value(text, ("methods", method_id), None)


def change_settings(text: str, document: Document, wanted: Mapping[tuple[str, ...], Value]) -> str:
    """Write the values that differ from what the scenario says now; None takes a value away."""
    for path, value in wanted.items():
        if _at(document, path) == value:
            continue
        if value is None and _at(own_document(text), path) is not None:
            text = remove(text, path)
        else:
            text = set_value(text, path, value)
    return text


def _set_method(text: str, method_id: str, name: str, value: Value) -> str:
    own = own_document(text).get("methods")
    if isinstance(own, list) and all(item.get("id") != method_id for item in own):
        return append_item(text, ("methods",), {"id": method_id, name: value})
    return set_value(text, ("methods", method_id, name), value)


def _at(document: Document, path: tuple[str, ...]) -> Any:
    here: Any = document
    for name in path:
        here = here.get(name) if isinstance(here, Mapping) else None
    return here
