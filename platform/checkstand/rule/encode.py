"""Conditions as formulas of Z3, over one set of declarations that they share.

A formula says exactly what the interpreter answers: variables are always there (what nobody filled in has its
default, which is one of the values), numbers stay in the bounds to which the interpreter brings them, division
rounds towards zero. `check` and `analysable` have refused everything else, so encoding is total. A property
test compares both on tens of thousands of random conditions and orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import z3

from checkstand.kernel import must
from checkstand.rule import logic
from checkstand.rule.analysable import kind_of
from checkstand.rule.compile import Rule
from checkstand.rule.encode_text import (
    Choice,
    Free,
    Listed,
    Text,
    characters,
    inside,
    length,
    literal,
    other_than,
    same,
    words_of,
)
from checkstand.rule.syntax import Node
from checkstand.rule.variables import LONGEST_TEXT, VARIABLES

Value = int | str | bool
_ORDER: Final = {
    "_<_": lambda a, b: a < b,
    "_<=_": lambda a, b: a <= b,
    "_>_": lambda a, b: a > b,
    "_>=_": lambda a, b: a >= b,
}


class Encoder:
    """The variables of some conditions, declared once, and each condition as a formula over them.

    A context of its own: Z3 is not made for several threads in one, and a fresh one gives the same answers each time.
    """

    def __init__(self, rules: Iterable[Rule], *, also: Iterable[str] = ()) -> None:
        self.context = z3.Context()
        trees = {rule: rule.tree for rule in rules}
        names = {name for rule in trees for name in rule.names} | set(also)
        self.names: tuple[str, ...] = tuple(name for name in VARIABLES if name in names)
        self._terms = {name: self._declare(name, [*trees.values()]) for name in self.names}
        self._values: dict[tuple[str, Value], Any] = {}

    def domain(self) -> list[Any]:
        """What holds for every order: numbers are in their bounds, enums in their lists."""
        found = []
        for name, term in self._terms.items():
            if isinstance(term, Listed):
                found += [term.number >= 0, term.number < len(term.words)]
            elif isinstance(term, Free):
                found.append(z3.Length(term.string) <= LONGEST_TEXT)
            elif VARIABLES[name].type == "int":
                found += [term >= VARIABLES[name].low, term <= VARIABLES[name].high]
        return found

    def condition(self, rule: Rule, fixed: Mapping[str, Value] | None = None) -> Any:
        """The rule as a formula, or as a plain truth value; `fixed` puts values in place of variables."""
        return self._term(rule.tree, fixed or {})

    def parts(self, rule: Rule, fixed: Mapping[str, Value] | None = None) -> list[Any]:
        """The formulas of the parts that all have to hold."""
        return [self._term(part, fixed or {}) for part in _conjuncts(rule.tree)]

    def number(self, name: str) -> Any:
        """A whole number of an order."""
        return self._terms[name]

    def has(self, name: str, value: Value) -> Any:
        """That a variable has this value."""
        key = (name, value)
        if key not in self._values:
            term = self._terms[name]
            known = same(term, str(value)) if isinstance(term, Listed | Free) else logic.equal(term, value)
            self._values[key] = known
        return self._values[key]

    def read(self, model: Any) -> dict[str, Value]:
        """The order that a model describes, in the values that conditions are evaluated with."""
        return {name: self._value(name, model) for name in self.names}

    def constants(self, values: Mapping[str, Value]) -> list[tuple[Any, Any]]:
        """Each variable with the constant that stands for this value: what `z3.substitute` takes."""
        return [pair for name in self.names for pair in self._constant(name, values[name])]

    # ── declaring ───────────────────────────────────────────────────────────────────────────────

    def _declare(self, name: str, trees: list[Node]) -> Any:
        variable = VARIABLES[name]
        if variable.type == "int":
            return z3.Int(name, self.context)
        if variable.type == "bool":
            return z3.Bool(name, self.context)
        words: tuple[str, ...] | None = variable.values
        if not words:
            words = words_of(name, trees)
            if words is None:
                return Free(z3.String(name, self.context))
            words = tuple(dict.fromkeys((str(variable.default), *words, other_than(name, words))))
        return Listed(z3.Int(name, self.context), words)

    def _value(self, name: str, model: Any) -> Value:
        term = self._terms[name]
        if isinstance(term, Listed):
            return term.words[int(model.eval(term.number, model_completion=True).as_long())]
        if isinstance(term, Free):
            return characters(model.eval(term.string, model_completion=True))
        value = model.eval(term, model_completion=True)
        return bool(z3.is_true(value)) if VARIABLES[name].type == "bool" else int(value.as_long())

    def _constant(self, name: str, value: Value) -> list[tuple[Any, Any]]:
        term = self._terms[name]
        if isinstance(term, Listed):
            word = str(value) if value in term.words else term.words[-1]
            return [(term.number, z3.IntVal(term.words.index(word), self.context))]
        if isinstance(term, Free):
            return [(term.string, literal(self.context, str(value)))]
        if VARIABLES[name].type == "bool":
            return [(term, z3.BoolVal(value, self.context))]
        return [(term, z3.IntVal(value, self.context))]

    # ── encoding ────────────────────────────────────────────────────────────────────────────────

    def _term(self, node: Node, fixed: Mapping[str, Value]) -> Any:
        if node.kind == "constant":
            return node.value
        if node.kind == "name":
            name = str(node.value)
            return fixed[name] if name in fixed else self._terms[name]
        must(node.kind == "call", "a checked condition has names, constants and calls", kind=node.kind)
        if node.value == "@in":
            wanted, kind = self._term(node.args[0], fixed), kind_of(node.args[0])
            return logic.either(*(_same(kind, wanted, self._term(each, fixed)) for each in node.args[1].args))
        return self._call(str(node.value), node, [self._term(arg, fixed) for arg in node.args])

    def _call(self, function: str, node: Node, args: list[Any]) -> Any:
        if function in ("_==_", "_!=_"):
            answer = _same(kind_of(node.args[0]), *args)
            return answer if function == "_==_" else logic.negated(answer)
        if function in _ORDER:
            return _ORDER[function](*args)
        if function in ("startsWith", "endsWith", "contains"):
            return inside(function, *args)
        if function == "_?_:_":
            return _choice(kind_of(node.args[1]), *args)
        return _PLAIN[function](*args)


_PLAIN: Final[Mapping[str, Any]] = {
    "_&&_": logic.both,
    "_||_": logic.either,
    "!_": logic.negated,
    "_+_": lambda a, b: a + b,
    "_-_": lambda a, b: a - b,
    "-_": lambda a: -a,
    "_*_": lambda a, b: a * b,
    "_/_": logic.quotient,
    "_%_": logic.remainder,
    "size": length,
}


def _conjuncts(tree: Node) -> list[Node]:
    if tree.kind == "call" and tree.value == "_&&_":
        return [part for arg in tree.args for part in _conjuncts(arg)]
    return [tree]


def _same(kind: str, left: Any, right: Any) -> Any:
    return same(left, right) if kind == "text" else logic.equal(left, right)


def _choice(kind: str, condition: Any, yes: Any, no: Any) -> Any:
    if kind != "text":
        return logic.choose(condition, yes, no)
    if isinstance(condition, bool):
        return yes if condition else no
    chosen: Text = Choice(condition, yes, no)
    return chosen
