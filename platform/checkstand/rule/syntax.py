"""The checked tree of a condition, read from the bytes cel-expr-python exports.

The library exports a protobuf `Any` with a `cel.expr.CheckedExpr`. We need six of its node kinds, so
sixty lines read them and no protobuf runtime is installed. Field numbers are those of
`cel/expr/checked.proto` and `syntax.proto`, which are frozen by protobuf's own rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

MAX_DEPTH: Final = 64
COMPREHENSION: Final = 9  # the field of a loop; the value of an "other" node is its field number


@dataclass(frozen=True, slots=True)
class Node:
    """One node: a name, a constant, a list, a call, or something the rule language leaves out."""

    kind: Literal["name", "constant", "list", "call", "other"]
    offset: int  # in code points from the start of the condition
    value: object = None  # the name, the constant, or the called function
    args: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """This node and everything below it, outside in."""
        yield self
        for arg in self.args:
            yield from arg.walk()


class TooDeep(Exception):
    """More nesting than `MAX_DEPTH`."""


def read_tree(exported: bytes) -> Node:
    """The condition as nodes with their places."""
    checked = next(value for number, value in _fields(exported) if number == 2)
    tree, positions = b"", {}
    for number, value in _fields(_bytes(checked)):
        if number == 4:
            tree = _bytes(value)
        elif number == 5:
            positions = _positions(_bytes(value))
    return _node(tree, positions, 0)


def _positions(source_info: bytes) -> dict[int, int]:
    found = {}
    for number, value in _fields(source_info):
        if number == 4:
            entry = dict(_fields(_bytes(value)))
            found[_int(entry.get(1, 0))] = _int(entry.get(2, 0))
    return found


def _node(raw: bytes, positions: dict[int, int], depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise TooDeep
    node_id, kind, body = 0, 0, b""
    for number, value in _fields(raw):
        if number == 2:
            node_id = _int(value)
        else:
            kind, body = number, _bytes(value)
    offset = positions.get(node_id, 0)
    if kind == 3:
        return Node("constant", offset, _constant(body))
    if kind == 4:
        return Node("name", offset, next((_bytes(v).decode() for n, v in _fields(body) if n == 1), ""))
    if kind == 6:
        parts = list(_fields(body))
        function = next((_bytes(v).decode() for n, v in parts if n == 2), "")
        operands = [_bytes(v) for n, v in parts if n == 1] + [_bytes(v) for n, v in parts if n == 3]
        return Node("call", offset, function, tuple(_node(arg, positions, depth + 1) for arg in operands))
    if kind == 7:
        return Node(
            "list", offset, None, tuple(_node(_bytes(v), positions, depth + 1) for n, v in _fields(body) if n == 1)
        )
    return Node("other", offset, kind)


def _constant(body: bytes) -> object:
    for number, value in _fields(body):
        if number == 2:
            return bool(value)
        if number == 3:
            whole = _int(value)
            return whole - (1 << 64) if whole >= 1 << 63 else whole
        if number == 6:
            return _bytes(value).decode()
        return float("nan")  # double, bytes, null, unsigned: constants the rule language leaves out
    return None


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values of one protobuf message: varints, fixed-width numbers, byte strings."""
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(raw, at)
            yield number, value
        elif wire == 2:
            size, at = _varint(raw, at)
            yield number, raw[at : at + size]
            at += size
        else:
            width = 8 if wire == 1 else 4
            yield number, raw[at : at + width]
            at += width


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _int(value: int | bytes) -> int:
    return value if isinstance(value, int) else int.from_bytes(value, "little")


def _bytes(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else b""
