"""A condition as rows of a form: a few comparisons joined by "and" or by "or".

Taking apart and writing are each other's contrary: what `rows_of` returns, `condition_of` writes with the same
meaning. A condition that has more to it (parentheses, arithmetic, a choice) is None here and stays a text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from checkstand.rule.analysable import kind_of
from checkstand.rule.plainer import MIRRORED, flat, plainer
from checkstand.rule.syntax import Node
from checkstand.rule.variables import VARIABLES

MAX_ROWS: Final = 4
AND, OR = "&&", "||"
ONE_OF, NONE_OF = "in", "not in"
# What may be asked about a variable of each type.
CHOICES: Final = {
    "int": ("<", "<=", ">", ">=", "==", "!="),
    "string": ("==", "!=", ONE_OF, NONE_OF),
    "bool": ("==",),
}
_CONTRARY: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", ONE_OF: NONE_OF}
_TRUTHS: Final = {True: "true", False: "false"}


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison of a variable with values; only a list has several."""

    variable: str
    operator: str
    values: tuple[str | int | bool, ...]


def condition_of(join: str, rows: Sequence[Row]) -> str:
    """The rows as a condition of the rule language."""
    return f" {join} ".join(map(_written, rows))


def rows_of(tree: Node) -> tuple[str, tuple[Row, ...]] | None:
    """How the rows are joined, and the rows; None when the condition cannot be written as rows."""
    top, holds = plainer(tree)
    join = OR if holds and top.kind == "call" and top.value == "_||_" else AND
    parts = flat(top, f"_{join}_") if holds else [tree]
    rows = [row for part in parts if (row := _row(part)) is not None]
    return (join, tuple(rows)) if len(rows) == len(parts) <= MAX_ROWS else None


def _written(row: Row) -> str:
    if row.operator in (ONE_OF, NONE_OF):
        among = f"{row.variable} in [{', '.join(map(_constant, row.values))}]"
        return among if row.operator == ONE_OF else f"!({among})"
    if VARIABLES[row.variable].type == "bool":
        return row.variable if row.values[0] else f"!{row.variable}"
    return f"{row.variable} {row.operator} {_constant(row.values[0])}"


def _constant(value: str | int | bool) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _row(part: Node) -> Row | None:
    node, holds = plainer(part)
    if node.kind == "name":
        return Row(str(node.value), "==", (holds,))
    if node.kind != "call" or len(node.args) != 2:
        return None
    left, right = node.args
    if node.value == "@in":
        constants = all(item.kind == "constant" and kind_of(item) == kind_of(left) for item in right.args)
        if left.kind != "name" or not constants or not right.args or kind_of(left) != "text":
            return None
        return Row(str(left.value), ONE_OF if holds else NONE_OF, tuple(map(_value, right.args)))
    function = str(node.value)
    if function not in MIRRORED:
        return None
    if left.kind == "constant":
        left, right, function = right, left, MIRRORED[function]
    if left.kind != "name" or right.kind != "constant":
        return None
    operator = function.strip("_")
    return Row(str(left.value), operator if holds else _CONTRARY[operator], (_value(right),))


def _value(node: Node) -> str | int | bool:
    return node.value if isinstance(node.value, str | int) else ""
