"""What the studio's form changes, in words of scenarios: methods and settings, written into the text where they belong.

`document` is always the merged one, because people see what the scenario does, not what it inherits;
the text then says only what differs from its base.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from checkstand.scenario.edit import EditRefused, Value, remove, set_value
from checkstand.scenario.edit_items import add_item, own_value, remove_item, set_in_item, value_at

Document = Mapping[str, Any]
METHODS: Final = ("methods",)
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
    return place_method(text, document, method_id, ids.index(method_id) + by)


def place_method(text: str, document: Document, method_id: str, place: int) -> str:
    """To this place, counted from 0; the others close up behind it."""
    ids = in_order(document)
    if method_id not in ids:
        raise EditRefused(f"there is no method {method_id!r}", pointer="methods")
    ids.remove(method_id)
    ids.insert(min(max(place, 0), len(ids)), method_id)
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
            text = set_in_item(text, METHODS, method_id, "order", number)
    return text


def add_method(text: str, document: Document, kind: str) -> str:
    """A method of this type at the end."""
    methods = document.get("methods", ())
    taken = {method["id"] for method in methods}
    method_id = next(name for n in range(1, len(taken) + 2) if (name := kind if n == 1 else f"{kind}_{n}") not in taken)
    order = max((method.get("order", 100) for method in methods), default=0) + _STEP
    return add_item(text, METHODS, {"id": method_id, "type": kind, "order": order})


def remove_method(text: str, document: Document, method_id: str, inherited: frozenset[str]) -> str:
    """The scenario without this method; one of the base is taken away with `null`."""
    ids = in_order(document)
    if method_id not in ids:
        raise EditRefused(f"there is no method {method_id!r}", pointer="methods")
    if len(ids) == 1:
        raise EditRefused("a checkout needs a method; add another one first", pointer="methods")
    return remove_item(text, METHODS, method_id, inherited)


def change_settings(text: str, document: Document, wanted: Mapping[tuple[str, ...], Value]) -> str:
    """Write the values that differ from what the scenario says now; None takes a value away."""
    for path, value in wanted.items():
        if value_at(document, path) == value:
            continue
        if value is None and own_value(text, path) is not None:
            text = remove(text, path)
        else:
            text = set_value(text, path, value)
    return text
