"""Whether the numbers of a condition's part are amounts of money."""

from __future__ import annotations

from typing import Final

from checkstand.rule.analysable import kind_of
from checkstand.rule.syntax import Node

MONEY: Final = "money"
PLAIN: Final = "plain"
_ANY: Final = "any"  # a number that takes the unit of its neighbour


def unit_of(*nodes: Node) -> str:
    """MONEY when every number beside these could be one; an amount beside a count makes all of them plain numbers."""
    found = {_unit(node) for node in nodes} - {_ANY}
    return MONEY if found == {MONEY} else PLAIN


def _unit(node: Node) -> str:
    if kind_of(node) != "int":
        return PLAIN
    if node.kind == "constant":
        return _ANY
    if node.kind == "name":
        return MONEY if node.value == "amount" else PLAIN
    if node.value == "size":
        return PLAIN
    inner = [_unit(arg) for arg in (node.args[1:] if node.value == "_?_:_" else node.args)]
    if node.value == "_/_":
        return inner[0]
    known = set(inner) - {_ANY}
    return _ANY if not known else MONEY if known == {MONEY} else PLAIN
