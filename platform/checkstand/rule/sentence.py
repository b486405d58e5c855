"""A condition and a whole rule as a plain sentence, made from the checked tree and never from the source text.

One meaning per sentence: where "and" and "or" would meet, the inner part stands in parentheses; a negation is
said of a single comparison, else of a part in parentheses. Every condition of the rule language has a sentence;
what is outside of it is shown as it is written, and the sentence says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import Final

from checkstand.kernel import must
from checkstand.kernel.money import MAX_MINOR
from checkstand.rule.analysable import kind_of
from checkstand.rule.compile import Rule, compile_rule
from checkstand.rule.errors import RuleError
from checkstand.rule.phrases import (
    ARITHMETIC,
    CONTRARY,
    EFFECTS,
    HOURS,
    LOGIC,
    NAMED,
    OPERATORS,
    REASON,
    amount_words,
    filled,
    glued,
    spoken,
    value_words,
)
from checkstand.rule.plainer import MIRRORED, flat, is_compound, plainer
from checkstand.rule.syntax import Node
from checkstand.rule.units import MONEY, PLAIN, unit_of

_NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Said:
    """A condition in words; `in_words` is false when it had to be shown as it is written."""

    words: str
    in_words: bool = True


def say_source(source: str, *, locale: str, currency: str, methods: Mapping[str, str] = _NO_NAMES) -> Said:
    """`say_condition` of a text that may be no condition."""
    try:
        return say_condition(compile_rule(source), locale=locale, currency=currency, methods=methods)
    except RuleError:
        return Said(filled(LOGIC["as_written"], {"a": " ".join(source.split())}, spoken(locale)), in_words=False)


def say_condition(rule: Rule, *, locale: str, currency: str, methods: Mapping[str, str] = _NO_NAMES) -> Said:
    """The condition as a clause that can follow "when"; `methods` names the payment method types."""
    return Said(_Speaker(spoken(locale), currency, methods).clause(rule.tree))


def say_rule(effect: str, applies_to: Sequence[str], when: Said, reason: str = "", *, locale: str) -> str:
    """The whole rule; `applies_to` are the names of its methods, as the shopper reads them."""
    language = spoken(locale)
    parts = {"methods": _listed(applies_to, language), "when": when.words}
    sentence = filled(EFFECTS[effect][0 if applies_to else 1], parts, language)
    return sentence + (filled(REASON, {"reason": reason.strip()}, language) if reason.strip() else "")


def _listed(names: Sequence[str], language: str) -> str:
    if language != "en" or len(names) < 2:
        return LOGIC["list"][language].join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


@dataclass(frozen=True, slots=True)
class _Speaker:
    language: str
    currency: str
    methods: Mapping[str, str]

    def said(self, texts: Mapping[str, str], **parts: str) -> str:
        return filled(texts, parts, self.language)

    # ── what is true or false ───────────────────────────────────────────────────────────────────

    def clause(self, node: Node, holds: bool = True) -> str:
        """The statement, or with `holds=False` its contrary."""
        node, holds = plainer(node, holds)
        if node.kind == "constant":
            return self.said(LOGIC["true" if node.value == holds else "false"])
        if node.kind == "name":
            named = NAMED[str(node.value)]
            must(named.holds is not None, f"{node.value} is no truth")
            return self.said((named.holds or ())[0 if holds else 1])
        function = str(node.value)
        if function == "_?_:_":
            b, c = (self.grouped(each, holds) for each in node.args[1:])
            return self.said(LOGIC[function], a=self.grouped(node.args[0]), b=b, c=c)
        if function in ("_&&_", "_||_"):
            joined = self._between(LOGIC[function], (self.grouped(each) for each in flat(node, function)))
            return joined if holds else self.said(LOGIC["!_"], a=self._in_group(joined))
        if function == "@in":
            return self._among(node, holds)
        if function in OPERATORS and function not in MIRRORED:
            a, b = (self.grouped_value(each, PLAIN) for each in node.args)
            return self.said(OPERATORS[function][0 if holds else 1], a=a, b=b)
        return self._compared(function, node.args[0], node.args[1], holds)

    def grouped(self, node: Node, holds: bool = True) -> str:
        """The statement as a part of a longer one; whatever has parts of its own stands in parentheses."""
        words = self.clause(node, holds)
        return self._in_group(words) if is_compound(plainer(node)[0]) else words

    def _in_group(self, words: str) -> str:
        return self.said(LOGIC["group"], a=words)

    def _between(self, texts: Mapping[str, str], parts: Iterable[str]) -> str:
        """The parts with these words between them."""
        return reduce(lambda said, part: glued((said, texts[self.language], part), self.language), parts)

    def _compared(self, function: str, left: Node, right: Node, holds: bool) -> str:
        if kind_of(left) == "bool":
            key = "same" if (function == "_==_") == holds else "other"
            return self.said(LOGIC[key], a=self._in_group(self.clause(left)), b=self._in_group(self.clause(right)))
        if left.kind == "constant" and right.kind != "constant":
            left, right, function = right, left, MIRRORED[function]
        if left == Node("name", left.offset, "hour") and (words := self._hours(function, right, holds)):
            return words
        if function in CONTRARY:
            function, holds = CONTRARY[function], not holds
        named = NAMED[str(left.value)] if left.kind == "name" else None
        said = OPERATORS[function]
        if named is not None and named.equals is not None and function == "_==_" and right.kind == "constant":
            said = named.equals
        unit = unit_of(left, right)
        a, b = self._subject(left, right) or self.grouped_value(left, unit), self._named_value(left, right, unit)
        return self.said(said[0 if holds else 1], a=a, b=b)

    def _hours(self, function: str, right: Node, holds: bool) -> str | None:
        hour = right.value
        if not isinstance(hour, int) or not 0 <= hour <= 23:
            return None
        if function in ("_>_", "_<=_"):  # beyond the hour of six o'clock is seven or later
            hour, function = hour + 1, {"_>_": "_>=_", "_<=_": "_<_"}[function]
        if function in CONTRARY:
            function, holds = CONTRARY[function], not holds
        return self.said(HOURS[function][0 if holds else 1], b=f"{hour:02}:00", c=f"{hour:02}:59")

    def _among(self, node: Node, holds: bool) -> str:
        left, items = node.args[0], node.args[1].args
        if not items:
            return self.said(LOGIC["false" if holds else "true"])
        unit = unit_of(left, *items)
        listed = self._between(LOGIC["list"], (self._named_value(left, item, unit) for item in items))
        subject = self._subject(left, *items) or self.grouped_value(left, unit)
        return self.said(OPERATORS["@in"][0 if holds else 1], a=subject, b=listed)

    # ── values ──────────────────────────────────────────────────────────────────────────────────

    def _subject(self, left: Node, *others: Node) -> str | None:
        """Who or what the values are said of, where every one of them has a name: the shopper is *new*."""
        named = NAMED[str(left.value)] if left.kind == "name" else None
        if named is None or not named.subject:
            return None
        known = all(other.kind == "constant" and other.value in named.values for other in others)
        return self.said(named.subject) if known else None

    def _named_value(self, variable: Node, node: Node, unit: str) -> str:
        if variable.kind == "name" and node.kind == "constant" and isinstance(node.value, str):
            words = value_words(str(variable.value), node.value, self.language, self.methods)
            if words is not None or not node.value:
                return words or self.said(LOGIC["empty"])
        return self.grouped_value(node, unit)

    def grouped_value(self, node: Node, unit: str) -> str:
        words = self._value(node, unit)
        return self._in_group(words) if node.kind == "call" and kind_of(node) != "bool" else words

    def _value(self, node: Node, unit: str) -> str:
        if kind_of(node) == "bool":
            if node.kind == "constant":
                return self.said(LOGIC["yes" if node.value else "no"])
            return self._in_group(self.said(LOGIC["whether"], a=self.clause(node)))
        if node.kind == "constant":
            return self._constant(node.value, unit)
        if node.kind == "name":
            return self.said(
                LOGIC["minor"] if node.value == "amount" and unit == PLAIN else NAMED[str(node.value)].noun
            )
        return self._computed(node, unit)

    def _constant(self, value: object, unit: str) -> str:
        if isinstance(value, int):
            if unit == MONEY and abs(value) <= MAX_MINOR:
                return amount_words(value, self.currency, self.language)
            return f"{value:,}".replace("-", "−")
        return f"“{value}”"

    def _computed(self, node: Node, unit: str) -> str:
        function = str(node.value)
        if function == "_?_:_":
            a = self.grouped(node.args[0])
            b, c = (self.grouped_value(each, unit) for each in node.args[1:])
            return self.said(ARITHMETIC[function], a=a, b=b, c=c)
        if function == "size":
            return self.said(ARITHMETIC[function], a=self.grouped_value(node.args[0], PLAIN))
        units = [unit] * len(node.args)
        if unit == MONEY and function == "_/_":
            units = [MONEY, PLAIN]
        if unit == MONEY and function == "_*_":  # five times ¥100, whichever side the amount is on
            units = [MONEY, PLAIN] if unit_of(node.args[0]) == MONEY else [PLAIN, MONEY]
        words = [self.grouped_value(each, its) for each, its in zip(node.args, units, strict=True)]
        return self.said(ARITHMETIC[function], **dict(zip("ab", words, strict=False)))
