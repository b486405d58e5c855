"""A plan of changes in words, Chinese and English: for the terminal, for whoever approves, and for the audit trail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from checkstand.app.plan_changes import ChangePlan, ScenarioChange, plan_change
from checkstand.app.platform import Platform
from checkstand.app.replay_sessions import Count, Replay
from checkstand.rule.phrases import filled, spoken
from checkstand.scenario import compile_plan
from checkstand.scenario.effect_words import EffectWords, load_texts
from checkstand.scenario.store import VersionUnusable

log = structlog.get_logger("plan")

TEXTS: Final = load_texts("plan")
MAX_SUMMARY: Final = 500  # of the line in the audit trail
_ABOUT_METHODS: Final = ("lost", "gained", "block", "review", "challenge", "no_block", "no_review", "no_challenge")

Names = Mapping[str, Mapping[str, str]]  # method type → locale → name


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, the places it was written at, and whether somebody loses something by it."""

    text: str
    breaking: bool = False
    places: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()  # what the arms of an experiment do


class PlanWords:
    """Sentences about a plan in one language."""

    def __init__(self, names: Names, locale: str) -> None:
        self._names, self._language = names, spoken(locale)

    def lines(self, change: ScenarioChange) -> Iterator[Line]:
        """What changes for whom."""
        words = EffectWords(change.before, change.after, self._names, self._language)
        for group in words.together(change.effects):
            places = dict.fromkeys(self._place(p.layer, p.place) for each in group for p in change.places(each))
            inside = tuple(words.say(arm) for arm in group[0].within)
            yield Line(words.say_together(group), any(each.breaking for each in group), tuple(places), inside)
        if change.before is not None and not change.effects and change.before.content_hash != change.after.content_hash:
            yield Line(self.say("no_effect"))

    def replayed(self, change: ScenarioChange) -> Iterator[str]:
        """What the last days would have been like; the first line says how many, the others which."""
        told = change.replay
        if told is None:
            return
        days = self._many("days", told.days)
        if not told.sessions:
            yield self.say("replay.none", days=days)
            return
        key = ("replay.changed" if told.changed else "replay.same") + ("" if told.complete else ".newest")
        yield self.say(key, changed=f"{told.changed:,}", sessions=f"{told.sessions:,}", days=days)
        yield from (f"  {self._count(change, each)}" for each in told.counts)

    def touched(self, change: ScenarioChange) -> Iterator[str]:
        """Open checkouts and running experiments."""
        if change.replay is not None or change.open_sessions:
            yield self._many("open", change.open_sessions)
        if change.experiments:
            yield self.say("experiments", names=self._listed(change.experiments))

    def verdict(self, change: ScenarioChange) -> str:
        """One word."""
        return self.say("new" if change.before is None else "breaking" if change.breaking else "changes")

    def summary(self, change: ScenarioChange) -> str:
        """Everything in one line, for the audit trail."""
        text = " ".join(line.text for line in self.lines(change))
        return text if len(text) <= MAX_SUMMARY else text[: MAX_SUMMARY - 1] + "…"

    def ending(self, plan: ChangePlan) -> Iterator[str]:
        """What did not change, what was assumed, and the legend of the exit code."""
        still = len(plan.scenarios) - len(plan.changed)
        if still:
            yield self.say("unchanged", count=self._many("scenarios", still))
        if any(_changed(each.replay) for each in plan.changed):
            yield self.say("assumed")
        yield f"{self.say('legend')} → {plan.code}"

    def say(self, key: str, **values: str) -> str:
        return filled(TEXTS[key], values, self._language)

    def _count(self, change: ScenarioChange, count: Count) -> str:
        words = EffectWords(change.before, change.after, self._names, self._language)
        subject = words.method(count.subject) if count.kind in _ABOUT_METHODS else count.subject
        said = self.say(f"count.{count.kind}", number=f"{count.sessions:,}", subject=subject)
        return self.say("first", said=said, session=count.example, values=words.order(count.context))

    def _place(self, layer: str, place: str) -> str:
        return place if layer == "file" else f"{layer}, {place}"

    def _many(self, key: str, number: int) -> str:
        none = f"{key}.none"
        if number == 0 and none in TEXTS:
            return self.say(none)
        return self.say(f"{key}.{'one' if number == 1 else 'many'}", number=f"{number:,}")

    def _listed(self, words: tuple[str, ...]) -> str:
        return self.say("list").join(words)


def change_summary(
    platform: Platform, tenant_id: str, previous: str | None, document: Mapping[str, Any], locale: str = "en"
) -> str:
    """What publishing this document changes for whom, in one line. Nothing can be said over a damaged version."""
    kinds = platform.registry.method_types()
    try:
        before = platform.plans.get(tenant_id, previous) if previous is not None else None
        change = plan_change(platform, tenant_id, before, compile_plan(document, kinds), "test", days=0)
        return PlanWords({name: kind.names for name, kind in kinds.items()}, locale).summary(change)
    except VersionUnusable:
        return ""
    except Exception:
        # Going back to a good version must not fail because nobody finds words for it.
        log.exception("plan.no_summary", tenant=tenant_id, previous=previous)
        return ""


def _changed(told: Replay | None) -> bool:
    return told is not None and told.changed > 0
