"""Compile a condition once, evaluate it millions of times."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from cel_expr_python import cel

from checkstand.kernel import must
from checkstand.rule.check import FUNCTIONS, WRITTEN, check_tree
from checkstand.rule.errors import RuleError
from checkstand.rule.syntax import Node, TooDeep, read_tree
from checkstand.rule.variables import DEFAULTS, VARIABLES
from checkstand.rule.wording import explain

MAX_LENGTH: Final = 2000

_HAS: Final = re.compile(r"\bhas\s*\(")
_TEXTS: Final = re.compile(r"""\"(?:[^"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'""")
_TYPES: Final = {"int": cel.Type.INT, "string": cel.Type.STRING, "bool": cel.Type.BOOL}
_ENV: Final = cel.NewEnv(variables={variable.name: _TYPES[variable.type] for variable in VARIABLES.values()})
_ENUMS: Final = {variable.name: variable.values for variable in VARIABLES.values() if variable.values}


class Context:
    """Values of the variables for one session, shared by all its rules; what is missing has its default."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values: Mapping[str, Any] = {**DEFAULTS, **{name: _bounded(name, value) for name, value in values.items()}}

    @cached_property
    def _activation(self) -> Any:
        """The values as the interpreter takes them; many plans have no rule that would ask."""
        return _ENV.Activation(self.values)

    def with_method(self, method_type: str) -> Context:
        """The same session, judging this payment method."""
        return Context({**self.values, "method": method_type})


def _bounded(name: str, value: Any) -> Any:
    """Nothing known is the default; a number beyond its bounds is the bound, because overflow is proven up to there."""
    variable = VARIABLES.get(name)
    if variable is None:
        return value
    if value is None:
        return variable.default
    return min(max(value, variable.low), variable.high) if variable.type == "int" else value


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition that compiled. Equal when source and place are equal."""

    source: str
    place: str
    tree: Node = field(compare=False, repr=False)
    names: frozenset[str] = field(compare=False, repr=False)  # the variables it reads
    _expression: Any = field(compare=False, repr=False)

    def evaluate(self, context: Mapping[str, Any] | Context) -> bool:
        """Whether the condition holds; a variable missing from `context` has its default."""
        shared = context if isinstance(context, Context) else Context(context)
        answer = self._expression.eval(shared._activation).value()
        must(answer is True or answer is False, "a checked rule has an answer", rule=self.source, place=self.place)
        return bool(answer)


def compile_rule(source: str, *, place: str = "", enums: Mapping[str, Collection[str]] | None = None) -> Rule:
    """Read, type-check and limit one condition; `enums` closes further variables (`method`) for this scenario."""
    if len(source) > MAX_LENGTH:
        detail = f"a condition has at most {MAX_LENGTH} characters, this one has {len(source)}"
        raise RuleError(detail, source=source, place=place, code="rule.too_long")
    if not source.strip() or "\0" in source:
        raise RuleError(
            "the condition is empty" if "\0" not in source else "the condition cannot be read",
            source=source,
            place=place,
            code="rule.syntax",
        )
    if macro := _HAS.search(_TEXTS.sub(lambda text: " " * len(text[0]), source)):
        detail = "every name always has a value, so has() is not part of the rule language"
        raise RuleError(detail, source=source, offset=macro.start(), place=place, code="rule.not_allowed")
    try:
        expression = _ENV.compile(source)
    except RuntimeError as refusal:
        offset, code, sentence = explain(str(refusal), source, VARIABLES, {name: FUNCTIONS[name] for name in WRITTEN})
        raise RuleError(sentence, source=source, offset=offset, place=place, code=code) from None
    try:
        tree = read_tree(expression.serialize())
    except TooDeep:
        detail = "the condition is nested too deeply; split it into several rules"
        raise RuleError(detail, source=source, place=place, code="rule.too_deep") from None
    check_tree(tree, source, place, {**_ENUMS, **{name: tuple(values) for name, values in (enums or {}).items()}})
    if expression.return_type().name() != "BOOL":
        detail = f"a condition must be true or false, this one is {expression.return_type().name().lower()}"
        raise RuleError(detail, source=source, place=place, code="rule.not_boolean")
    names = frozenset(str(node.value) for node in tree.walk() if node.kind == "name")
    return Rule(source, place, tree, names, expression)
