"""The part of the language that can be proven: every condition that passes here has an exact formula.

What is refused would either make a proof impossible (a product of two variables, a loop) or has no use in a
condition (the alphabetical order of texts). So nothing a scenario can say has to be left out of its proof.
docs/reference/rules.md lists what remains.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from checkstand.rule.syntax import Node
from checkstand.rule.variables import VARIABLES

_ORDERED: Final = ("_<_", "_<=_", "_>_", "_>=_")
_LAST_CHARACTER: Final = (
    0x2FFFF  # of the alphabet over which texts are proven; beyond it nothing is assigned to a script
)


def not_analysable(tree: Node) -> Iterator[tuple[int, str]]:
    """Offset and sentence of each part that has no formula, outside in."""
    for node in tree.walk():
        sentence = _problem(node)
        if sentence:
            yield node.offset, sentence
        for number, arg in enumerate(node.args):
            if arg.kind == "list" and not (node.value == "@in" and number == 1):
                yield arg.offset, 'a list may only stand behind "in"'


def kind_of(node: Node) -> str:
    """int, bool, text or list: what the node's value is, once the types were checked."""
    if node.kind == "constant":
        return "bool" if isinstance(node.value, bool) else "int" if isinstance(node.value, int) else "text"
    if node.kind == "name":
        declared = VARIABLES[str(node.value)].type
        return "text" if declared == "string" else declared
    if node.kind == "list":
        return "list"
    if node.value in ("_+_", "_?_:_"):
        return kind_of(node.args[-1])
    return "int" if node.value in ("_-_", "-_", "_*_", "_/_", "_%_", "size") else "bool"


def _problem(node: Node) -> str:
    if node.kind == "constant" and isinstance(node.value, str):
        strange = next((each for each in node.value if ord(each) > _LAST_CHARACTER), "")
        return f"the character U+{ord(strange):X} cannot stand in a condition" if strange else ""
    if node.kind != "call":
        return ""
    function = str(node.value)
    if function == "_*_" and all(_names(arg) for arg in node.args):
        return "a product of two variables cannot be proven; multiply by a constant"
    if function == "_+_" and kind_of(node.args[0]) != "int":
        return '"+" adds whole numbers; texts are compared with ==, in, startsWith, endsWith or contains'
    if function in _ORDERED and kind_of(node.args[0]) != "int":
        return f'"{function.strip("_")}" compares whole numbers; texts and truth values have no order here'
    if function == "@in" and node.args[1].kind != "list":
        return '"in" needs a list behind it, written as ["a", "b"]'
    return ""


def _names(node: Node) -> bool:
    return any(each.kind == "name" for each in node.walk())
