"""Which layer set each value of a scenario: the schema's default, a base, the file, or an experiment's variation.

Nodes remember where they were written (`node.Place`), so nothing is guessed: after `extends` and the patches
were merged, every value still knows its file and line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from checkstand.scenario.merge import BY_ID, merged
from checkstand.scenario.node import Fields, Items, Node, Place, Scalar, plain
from checkstand.scenario.schema import SCHEMA

DEFAULT: Final = "default"  # the layer of what nobody wrote
_SCHEMA_FILE: Final = "checkout-v1.json"
_WHOLE: Final = frozenset(("patch", "terminals", "supported", "range", "applies_to"))  # one value to people


@dataclass(frozen=True, slots=True)
class Setting:
    """One effective value and where it comes from. Items of a list are named by their id: methods.wx.order."""

    path: str
    value: Any
    layer: str  # default | the base's name | file | experiment/variation | stored
    file: str
    line: int  # 0 for a default
    column: int

    @property
    def place(self) -> str:
        """`scenarios/mall-order.yaml:14`, or the file alone where lines mean nothing."""
        return f"{self.file}:{self.line}" if self.line else self.file


def settings(tree: Fields, arms: Mapping[str, str]) -> tuple[Setting, ...]:
    """Every effective value of this tree with these arms of its experiments applied."""
    varied = with_arms(tree, arms)
    return (*_written(varied, ""), *_defaults(varied, SCHEMA, ""))


def with_arms(tree: Fields, arms: Mapping[str, str]) -> Fields:
    """The tree with the patches of these arms merged over it; what they set says so."""
    varied: Node = tree
    experiments = tree.get("experiments")
    for experiment in experiments.items if isinstance(experiments, Items) else ():
        for name, patch in _patches(experiment):
            if arms.get(_id(experiment)) == name:
                varied = merged(varied, _in_layer(patch, f"{_id(experiment)}/{name}"))
    return varied if isinstance(varied, Fields) else tree


def _patches(experiment: Node) -> Iterator[tuple[str, Fields]]:
    variations = experiment.get("variations") if isinstance(experiment, Fields) else None
    for variation in variations.items if isinstance(variations, Items) else ():
        patch = variation.get("patch") if isinstance(variation, Fields) else None
        if isinstance(patch, Fields):
            yield _id(variation), patch


def _in_layer(node: Node, layer: str) -> Node:
    place = replace(node.place, layer=layer)
    if isinstance(node, Fields):
        keys = {name: replace(key, layer=layer) for name, key in node.keys.items()}
        return Fields({name: _in_layer(child, layer) for name, child in node.fields.items()}, keys, place)
    if isinstance(node, Items):
        return Items(tuple(_in_layer(item, layer) for item in node.items), place)
    return Scalar(node.value, place)


def _written(node: Node, path: str) -> Iterator[Setting]:
    name = path.rpartition(".")[2]
    if isinstance(node, Scalar) or name in _WHOLE or not (_children(node) or isinstance(node, Fields)):
        if plain(node) is not None:
            yield _setting(path, plain(node), node.place)
        return
    for step, child in _children(node):
        yield from _written(child, f"{path}.{step}" if path else step)


def _children(node: Node) -> list[tuple[str, Node]]:
    if isinstance(node, Fields):
        return list(node.fields.items())
    if isinstance(node, Items):
        return [(_id(item) or str(index), item) for index, item in enumerate(node.items)]
    return []


def _setting(path: str, value: Any, place: Place) -> Setting:
    return Setting(path, value, place.layer, place.file, place.line, place.column)


def _defaults(node: Node | None, schema: Mapping[str, Any], path: str) -> Iterator[Setting]:
    schema = _resolved(schema)
    name = path.rpartition(".")[2]
    if isinstance(node, Items):
        for step, item in _children(node) if name in BY_ID else ():
            yield from _defaults(item, schema.get("items", {}), f"{path}.{step}")
        return
    for key, part in schema.get("properties", {}).items():
        child, here = node.get(key) if isinstance(node, Fields) else None, f"{path}.{key}" if path else key
        if child is None and "default" in part:
            yield Setting(here, part["default"], DEFAULT, _SCHEMA_FILE, 0, 0)
        elif child is not None or (not path and "properties" in part):
            yield from _defaults(child, part, here)


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `$ref` points at; the schema only refers to its own `$defs`."""
    reference = str(schema.get("$ref", ""))
    target: Mapping[str, Any] = SCHEMA["$defs"][reference.rpartition("/")[2]] if reference else schema
    return target


def _id(node: Node) -> str:
    value = node.get("id") if isinstance(node, Fields) else None
    return str(value.value) if isinstance(value, Scalar) and value.value is not None else ""
