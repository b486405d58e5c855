"""What a step changes for whom, as whoever publishes or approves reads it: the plan's words on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from checkstand.app.plan_changes import ScenarioChange, plan_change
from checkstand.app.plan_words import PlanWords
from checkstand.scenario import Plan, compile_plan
from checkstand.scenario.differences import differences
from checkstand.scenario.store import VersionUnusable
from checkstand_admin.console import AnyRequest, Console, Visitor
from checkstand_admin.publishing.reading import DRAFT, Side
from checkstand_admin.publishing.wording import Sentence, sentences

DAYS: Final = 1
MOST: Final = 2000  # sessions that a page replays; `checkstand plan` replays them all


@dataclass(frozen=True, slots=True)
class Impact:
    """The sentences, what the last day would have been like, and what is touched."""

    words: list[Sentence] | None  # None: one of the texts cannot be read
    replayed: Sequence[tuple[str, str]] = ()  # a line, and the session that is its example
    touched: Sequence[str] = ()
    breaking: bool = False


def impact(
    console: Console, request: AnyRequest, who: Visitor, before: Side, after: Side, *, mode: str, days: int = 0
) -> Impact:
    """Compare two sides. A text that is not valid yet is compared value by value."""
    old, new = _plan(console, who, before), _plan(console, who, after)
    if old is None or new is None:
        return Impact(_value_by_value(console, request, before, after))
    found = plan_change(console.platform, who.unit, old, new, mode, days=days, most=MOST)
    words = _speaker(console, request)
    examples = ["", *(each.example for each in found.replay.counts)] if found.replay is not None else []
    told = tuple(zip(words.replayed(found), examples, strict=False))
    return Impact(_sentences(words, found), told, tuple(words.touched(found)) if days else (), found.breaking)


def _sentences(words: PlanWords, change: ScenarioChange) -> list[Sentence]:
    return [Sentence("breaking" if line.breaking else "effect", line.text, line.inside) for line in words.lines(change)]


def _speaker(console: Console, request: AnyRequest) -> PlanWords:
    names = {name: kind.names for name, kind in console.platform.registry.method_types().items()}
    return PlanWords(names, console.locale(request))


def _plan(console: Console, who: Visitor, side: Side) -> Plan | None:
    if side.document is None or not side.ok:
        return None
    if side.key == DRAFT:
        return compile_plan(side.document, console.platform.registry.method_types())
    try:
        return console.platform.plans.get(who.unit, side.key)
    except VersionUnusable:
        return None


def _value_by_value(console: Console, request: AnyRequest, before: Side, after: Side) -> list[Sentence] | None:
    if before.document is None or after.document is None:
        return None
    t = console.texts.speaker(console.locale(request))
    return sentences(differences(before.document, after.document), t, console.texts.sentences)
