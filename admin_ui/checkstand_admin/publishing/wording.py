"""Changes of a scenario as sentences, and as lines of its text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from checkstand.kernel import Money
from checkstand.scenario.differences import Change
from checkstand_admin.texts import Speaker

LONGEST: Final = 120  # of a value in a sentence
MAX_LINES: Final = 4000  # comparing takes the square of it in the worst case
CONTEXT: Final = 3
SIGNS: Final = {"added": "+", "removed": "−", "changed": "~", "moved": "↕", "breaking": "!", "effect": "·"}
_TONES: Final = {"+": "added", "-": "removed", "@": "place"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One change for people."""

    kind: str
    text: str
    inside: tuple[str, ...] = ()  # what the arms of an experiment do

    @property
    def sign(self) -> str:
        return SIGNS[self.kind]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the comparison of two texts."""

    sign: str  # + - or space
    tone: str
    text: str


def sentences(changes: Iterable[Change], t: Speaker, known_parts: Mapping[str, Any]) -> list[Sentence]:
    """The changes in words; `known_parts` are the sentences of the console, to look up names of parts."""
    return [Sentence(change.kind, _sentence(change, t, known_parts)) for change in changes]


def _sentence(change: Change, t: Speaker, known: Mapping[str, Any]) -> str:
    name = f"publishing.part.{change.part}"
    part = t(name) if name in known else change.part
    if change.part == "amount_limits" and isinstance(change.before, Mapping) and isinstance(change.after, Mapping):
        limits = {"before": _limits(change.before), "after": _limits(change.after)}
        return t("publishing.change.changed", where=part, **limits)
    where = " ".join(filter(None, (part, change.item, change.path)))
    if change.item and not change.path and change.kind in {"added", "removed"}:
        kind = _type_of(change.after or change.before)
        return t(f"publishing.change.item_{change.kind}", where=f"{where}{kind}")
    shown = {"before": _value(change.before, t), "after": _value(change.after, t)}
    return t(f"publishing.change.{change.kind}", where=where, **shown)


def _type_of(item: Any) -> str:
    """What kind of method, field or rule it is, when its id does not say so already."""
    kind = item.get("type") or item.get("effect") if isinstance(item, Mapping) else None
    return f" ({kind})" if kind and kind != item.get("id") else ""


def _limits(limits: Mapping[str, Any]) -> str:
    """`1–500000 CNY`, in the unit people think in."""
    currency = str(limits.get("currency", "CNY"))
    ends = (_major(int(limits[name]), currency) if name in limits else "…" for name in ("min", "max"))
    return "–".join(ends) + f" {currency}"


def _major(minor: int, currency: str) -> str:
    amount = Decimal(Money(minor, currency).decimal())
    return f"{amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount}"


def _value(value: Any, t: Speaker) -> str:
    if value is None:
        return t("publishing.change.nothing")
    if isinstance(value, bool):
        return t("publishing.change.yes" if value else "publishing.change.no")
    if isinstance(value, Mapping):
        text = ", ".join(f"{key}: {_value(each, t)}" for key, each in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        text = ", ".join(_value(each, t) for each in value)
    else:
        text = f"“{value}”" if isinstance(value, str) and (" " in value or not value) else str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def line_diff(before: str, after: str) -> list[Line] | None:
    """The lines that changed with a few around them; None when the texts are too long to compare."""
    old, new = before.splitlines(), after.splitlines()
    if len(old) + len(new) > MAX_LINES:
        return None
    found = list(difflib.unified_diff(old, new, n=CONTEXT, lineterm=""))[2:]
    return [_line(line) for line in found]


def _line(line: str) -> Line:
    tone = _TONES.get(line[:1], "same")
    return Line(" ", tone, line) if tone == "place" else Line(line[:1], tone, line[1:])
