"""The same condition with fewer kinds of nodes, for those who put it into words or take it apart."""

from __future__ import annotations

from typing import Final

from checkstand.rule.analysable import kind_of
from checkstand.rule.syntax import Node

MIRRORED: Final = {"_<_": "_>_", "_>_": "_<_", "_<=_": "_>=_", "_>=_": "_<=_", "_==_": "_==_", "_!=_": "_!=_"}


def plainer(node: Node, holds: bool = True) -> tuple[Node, bool]:
    """Without a negation at its top, a list of one value, or a comparison with true or false."""
    if node.kind != "call":
        return node, holds
    function, offset = str(node.value), node.offset
    if function == "!_":
        return plainer(node.args[0], not holds)
    if function == "@in" and node.args[1].kind == "list" and len(node.args[1].args) == 1:
        left, right = node.args[0], node.args[1].args[0]
        return plainer(Node("call", offset, "_==_", (left, right)), holds) if _alike(left, right) else (node, holds)
    if function not in MIRRORED or kind_of(node.args[0]) != "bool":
        return node, holds
    left, right = node.args
    for one, other in ((left, right), (right, left)):
        if one.kind == "constant":
            return plainer(other, holds == ((one.value is True) == (function == "_==_")))
    return node, holds


def is_compound(node: Node) -> bool:
    """Whether its words have parts that could be read together with their neighbours."""
    if node.kind != "call":
        return False
    return node.value in ("_&&_", "_||_", "_?_:_") or (node.value in MIRRORED and kind_of(node.args[0]) == "bool")


def flat(node: Node, function: str) -> list[Node]:
    """`a && (b && c)` says the same as `a && b && c`."""
    if node.kind == "call" and node.value == function:
        return [part for arg in node.args for part in flat(arg, function)]
    return [node]


def _alike(left: Node, right: Node) -> bool:
    return kind_of(left) == kind_of(right) != "list"
