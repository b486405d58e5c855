"""What a condition may do beyond having the right types: a small language that always has an answer.

Every condition that passes these checks evaluates, for every order, to true or false in bounded
time. There are no loops, no patterns, no division by a variable, and no arithmetic that could leave
64 bits, so a rule can never fail in front of a shopper. What remains can also be proven (`analysable`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkstand.rule.analysable import not_analysable
from checkstand.rule.errors import RuleError
from checkstand.rule.syntax import COMPREHENSION, Node
from checkstand.rule.variables import VARIABLES
from checkstand.rule.wording import closest, quoted

# How a function is written → what it does. Nothing else is part of the language.
FUNCTIONS: Final[Mapping[str, str]] = {
    "_&&_": "a && b: both hold",
    "_||_": "a || b: at least one holds",
    "!_": "!a: does not hold",
    "_?_:_": "a ? b : c: b when a holds, else c",
    "_==_": "a == b: equal",
    "_!=_": "a != b: different",
    "_<_": "a < b: less",
    "_<=_": "a <= b: less or equal",
    "_>_": "a > b: more",
    "_>=_": "a >= b: more or equal",
    "@in": 'a in ["x", "y"]: one of the list',
    "_+_": "a + b: sum of whole numbers",
    "_-_": "a - b: difference of whole numbers",
    "-_": "-a: negative of a whole number",
    "_*_": "a * 100: product with a constant",
    "_/_": "a / 100: whole quotient by a constant",
    "_%_": "a % 100: remainder by a constant",
    "startsWith": 'a.startsWith("x"): text begins with x',
    "endsWith": 'a.endsWith("x"): text ends with x',
    "contains": 'a.contains("x"): text contains x',
    "size": "size(a): length of a text",
}
WRITTEN: Final = ("startsWith", "endsWith", "contains", "size")  # the ones called by name

_REFUSED: Final = {
    "matches": 'regular expressions are not part of the rule language; use startsWith, endsWith, contains or "in"',
    "_[_]": 'indexing is not part of the rule language; use "in" with a list',
}
_INT64: Final = 2**63 - 1
_LONGEST_TEXT: Final = 1_000_000


def check_tree(tree: Node, source: str, place: str, enums: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse what the types allow and the rule language does not."""
    for node in tree.walk():
        problem = _problem(node, enums)
        if problem is not None:
            offset, code, sentence = problem
            raise RuleError(sentence, source=source, offset=_token_start(source, offset), place=place, code=code)
    for offset, sentence in not_analysable(tree):
        raise RuleError(sentence, source=source, offset=offset, place=place, code="rule.not_analysable")
    _bounds(tree, source, place)


def _problem(node: Node, enums: Mapping[str, tuple[str, ...]]) -> tuple[int, str, str] | None:
    if node.kind == "other" and node.value == COMPREHENSION:
        return (
            node.offset,
            "rule.not_allowed",
            'a condition has no loops (exists, all, map, filter); use "in" with a list',
        )
    if node.kind == "other":
        return (
            node.offset,
            "rule.not_allowed",
            "only comparisons, arithmetic, lists and text functions are part of the rule language",
        )
    if node.kind == "constant" and isinstance(node.value, float):
        return node.offset, "rule.not_allowed", "only whole numbers, texts, true and false may be written here"
    if node.kind != "call":
        return None
    function = str(node.value)
    if function not in FUNCTIONS:
        sentence = _REFUSED.get(
            function,
            f'"{function.strip("_@")}" is not part of the rule language; the functions are {", ".join(WRITTEN)}',
        )
        return node.offset, "rule.not_allowed", sentence
    if function in ("_/_", "_%_") and not (node.args[1].kind == "constant" and node.args[1].value != 0):
        return (
            node.args[1].offset,
            "rule.division",
            "divide by a constant other than zero, so that no order can make the rule fail",
        )
    if function in ("_==_", "_!=_", "@in"):
        return _enum_problem(node, enums)
    return None


def _enum_problem(node: Node, enums: Mapping[str, tuple[str, ...]]) -> tuple[int, str, str] | None:
    left, right = node.args
    for name, others in ((left, right), (right, left)):
        values = enums.get(str(name.value), ()) if name.kind == "name" else ()
        if not values:
            continue
        for other in others.args if others.kind == "list" else (others,):
            if other.kind == "constant" and other.value not in values:
                hint = closest(str(other.value), values) or (
                    f"; it is one of {', '.join(values)}" if len(values) <= 8 else ""
                )
                return other.offset, "rule.unknown_value", f"{name.value} is never {quoted(other.value)}{hint}"
    return None


def _bounds(node: Node, source: str, place: str) -> tuple[int, int]:
    """Smallest and largest value a whole-number node can have; refuses what could leave 64 bits."""
    inner = [_bounds(arg, source, place) for arg in node.args]
    low, high = 0, 0
    if node.kind == "constant":
        low = high = node.value if isinstance(node.value, int) and not isinstance(node.value, bool) else 0
    elif node.kind == "name" and node.value in VARIABLES:
        low, high = VARIABLES[str(node.value)].low, VARIABLES[str(node.value)].high
    elif node.kind == "call":
        low, high = _call_bounds(str(node.value), inner)
    if low < -_INT64 or high > _INT64:
        detail = "this can become too large for a 64-bit number, so the rule could fail for some order"
        raise RuleError(
            detail, source=source, offset=_token_start(source, node.offset), place=place, code="rule.overflow"
        )
    return low, high


def _call_bounds(function: str, inner: list[tuple[int, int]]) -> tuple[int, int]:
    if function == "size":
        return 0, _LONGEST_TEXT
    if function == "-_":
        return -inner[0][1], -inner[0][0]
    if function == "_?_:_":
        return min(inner[1][0], inner[2][0]), max(inner[1][1], inner[2][1])
    if function not in ("_+_", "_-_", "_*_", "_/_", "_%_"):
        return 0, 0  # the answer is true, false or a text
    (a, b), (c, d) = inner
    if function == "_+_":
        return a + c, b + d
    if function == "_-_":
        return a - d, b - c
    if function == "_*_":
        corners = (a * c, a * d, b * c, b * d)
        return min(corners), max(corners)
    widest = max(abs(a), abs(b)) if function == "_/_" else abs(c)
    return -widest, widest


def _token_start(source: str, offset: int) -> int:
    """CEL points at the dot before a name or the parenthesis behind it; people look at its first letter."""
    if source[offset : offset + 1] == "(":
        while offset > 0 and (source[offset - 1].isalnum() or source[offset - 1] == "_"):
            offset -= 1
    return offset
