"""Effects as sentences that somebody understands who has never seen the file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from babel import Locale, UnknownLocaleError

from checkstand.infra.yaml_text import load_yaml
from checkstand.rule import DEFAULTS
from checkstand.rule.compile import Rule
from checkstand.rule.phrases import amount_words, filled, glued, spoken, value_words
from checkstand.rule.sentence import say_condition
from checkstand.scenario.effects import Effect
from checkstand.scenario.plan import Plan


def load_texts(name: str) -> Mapping[str, Mapping[str, str]]:
    """Sentences of one kind: key → locale → words."""
    path = Path(__file__).parent / "texts" / f"{name}.yaml"
    found: Mapping[str, Mapping[str, str]] = load_yaml(path.read_text(encoding="utf-8"))
    return found


TEXTS: Final = load_texts("effects")
LONGEST: Final = 120  # of a value in a sentence
_WHO: Final = ("hidden", "shown", "block", "review", "challenge", "no_block", "no_review", "no_challenge")
_AMOUNTS: Final = ("max_raised", "max_lowered", "min_raised", "min_lowered", "fee_min")
# What a witness tells beyond the amount, in this order, where a condition asks for it.
_TOLD: Final = (
    "shopper.tier", "shopper.country", "shopper.real_name", "shopper.risk", "shopper.age_days", "shopper.id",
    "order.category", "hour", "device.webview",
)  # fmt: skip

_FACTS: Final = {
    "shopper.risk": "risk", "shopper.age_days": "days", "order.category": "category", "shopper.id": "shopper",
}  # fmt: skip


class EffectWords:
    """Sentences about one change of a scenario in one language. `names` has the names of method types."""

    def __init__(self, before: Plan | None, after: Plan, names: Mapping[str, Mapping[str, str]], locale: str) -> None:
        self._before, self._after, self._names = before, after, names
        self._language = spoken(locale)

    def say(self, effect: Effect, methods: Sequence[str] = ()) -> str:
        """One sentence; `methods` are those that it is true of, when they are several."""
        if not effect.proven:
            return self._say("not_proven", method=self.method(effect.method), change=effect.kind)
        if effect.kind in _WHO:
            return self._who(effect, self._listed([self.method(each) for each in methods or (effect.method,)]))
        if effect.kind == "arm":
            what = glued((line + " " for line in self.lines(effect.within)), self._language).strip()
            key = "arm" if what else "arm_same"
            return self._say(key, subject=effect.subject, after=_percent(effect.after), what=what)
        values = {**self._values(effect), "example": self._example(effect.witness, ())}
        said = self._say(self._key(effect), **values)
        if effect.kind == "method_added" and effect.causes:
            hidden = self._say("method_added_hidden", new=self._rules(self._after, effect.causes))
            return glued((said, " ", hidden) if self._language == "en" else (said, hidden), self._language)
        return said

    def lines(self, found: Sequence[Effect]) -> Iterator[str]:
        """Every effect, methods that share one in one sentence, and below an experiment what its arms do."""
        for group in self.together(found):
            yield self.say_together(group)
            yield from (f"  {self.say(arm)}" for arm in group[0].within if group[0].kind != "arm")

    def say_together(self, group: Sequence[Effect]) -> str:
        """The sentence of a group of `together`."""
        return self.say(group[0], [each.method for each in group])

    @staticmethod
    def together(found: Sequence[Effect]) -> list[list[Effect]]:
        """Effects that one sentence tells: the same one, by the same rule, on several methods."""
        groups: dict[Any, list[Effect]] = {}
        for index, effect in enumerate(found):
            by_rule = effect.kind in _WHO and effect.causes and "when" not in effect.causes and effect.proven
            groups.setdefault((effect.kind, effect.causes) if by_rule else index, []).append(effect)
        return [*groups.values()]

    # ── who sees what ───────────────────────────────────────────────────────────────────────────

    def _who(self, effect: Effect, method: str) -> str:
        example = self._example(effect.witness, self._asked(effect))
        if "when" in effect.causes:
            return self._own_condition(effect, method, example)
        old, new = (self._rules(plan, effect.causes) for plan in (self._before, self._after))
        verdict = effect.kind.removeprefix("no_")
        if not old and not new:
            return self._say(f"{effect.kind}.some", method=method, example=example)
        if effect.kind == "hidden" and new and self._requires(effect):
            return self._say("hidden.require", method=method, new=new, example=example, named=self._required(effect))
        if old and new and old != new and effect.kind in ("hidden", "shown"):
            return self._say(f"{effect.kind}.changed", method=method, old=old, new=new, example=example)
        gains = effect.kind in ("hidden", verdict) and effect.kind != "shown"
        if gains:
            return self._say(f"{effect.kind}.new", method=method, new=new or old, example=example)
        return self._say(f"{effect.kind}.gone", method=method, old=old or new, example=example)

    def _own_condition(self, effect: Effect, method: str, example: str) -> str:
        old, new = (self._when(plan, effect.method) for plan in (self._before, self._after))
        if effect.kind not in ("hidden", "shown"):
            return self._say(f"{effect.kind}.some", method=method, example=example)
        values = self._facts(effect.witness, self._asked(effect))
        if old and new:
            said = {"method": method, "old": old, "new": new, "example": example, "values": values}
            return self._say(f"{effect.kind}.when_changed", **said)
        if effect.kind == "hidden" and new:
            return self._say("hidden.when_new", method=method, new=new, values=values)
        if effect.kind == "shown" and old:
            return self._say("shown.when_gone", method=method, old=old, example=example)
        return self._say(f"{effect.kind}.some", method=method, example=example)

    def _rules(self, plan: Plan | None, causes: Sequence[str]) -> str:
        found = [rule.when for rule in plan.rules if rule.id in causes] if plan is not None else []
        return self._say("or").join(dict.fromkeys(map(self._condition, found)))

    def _when(self, plan: Plan | None, method_id: str) -> str:
        method = plan.method(method_id) if plan is not None else None
        return self._condition(method.when) if method is not None and method.when is not None else ""

    def _condition(self, rule: Rule) -> str:
        names = {kind: self._name(each) for kind, each in self._names.items()}
        return say_condition(rule, locale=self._language, currency=self._after.currency, methods=names).words

    def _requires(self, effect: Effect) -> bool:
        return any(rule.effect == "require" for rule in self._after.rules if rule.id in effect.causes)

    def _required(self, effect: Effect) -> str:
        named = [each for rule in self._after.rules if rule.id in effect.causes for each in rule.applies_to]
        return self._listed([self.method(each) for each in named or [effect.method]])

    def _asked(self, effect: Effect) -> frozenset[str]:
        """The variables that the causes ask for, on either side."""
        found: set[str] = set()
        for plan in (self._before, self._after):
            method = plan.method(effect.method) if plan is not None else None
            rules = [rule.when for rule in (plan.rules if plan is not None else ()) if rule.id in effect.causes]
            if "when" in effect.causes and method is not None and method.when is not None:
                rules.append(method.when)
            found.update(name for rule in rules for name in rule.names)
        return frozenset(found)

    def _example(self, witness: Mapping[str, Any], asked: Sequence[str] | frozenset[str]) -> str:
        values = self._facts(witness, asked)
        return self._say("example", values=values) if values else ""

    def _facts(self, witness: Mapping[str, Any], asked: Sequence[str] | frozenset[str]) -> str:
        if not witness:
            return ""
        told = [amount_words(int(witness["amount"]), self._after.currency, self._language)]
        told += (self._fact(name, witness[name]) for name in _TOLD if name in asked and name in witness)
        if "terminal" in witness:
            terminal = str(witness["terminal"])
            told.append(value_words("terminal", terminal, self._language, {}) or terminal)
        return self._listed([each for each in told if each])

    def _fact(self, name: str, value: Any) -> str:
        if name == "hour":
            return f"{int(value):02}:00"
        if name == "shopper.real_name":
            return self._say("verified" if value else "unverified")
        key = {
            "shopper.risk": "risk",
            "shopper.age_days": "days",
            "order.category": "category",
            "shopper.id": "shopper",
        }
        if name in key:
            return self._say(key[name], value=str(value)) if value != "" else ""
        return value_words(name, str(value), self._language, {}) or str(value)

    def order(self, context: Mapping[str, Any]) -> str:
        """A recorded order in a few words: the amount, what is known of the shopper, the terminal."""
        known = frozenset(name for name in _TOLD if name in context and context[name] != DEFAULTS[name])
        return self._facts(context, known)

    # ── everything else ─────────────────────────────────────────────────────────────────────────

    def _key(self, effect: Effect) -> str:
        if effect.kind in ("copy", "theme", "value"):
            key = f"{effect.kind}.{effect.causes[1]}"
            return key if key in TEXTS else f"value.{effect.causes[1]}"
        if effect.kind == "method_added" and self._when(self._after, effect.method):
            return "method_added_when"
        if effect.kind == "experiment_started" and effect.causes:
            return "experiment_started_when"
        if effect.kind == "experiment_changed" and effect.before == effect.after:
            return "experiment_changed_within"
        return effect.kind

    def _values(self, effect: Effect) -> dict[str, str]:
        subject, before, after = effect.subject, self._shown(effect, effect.before), self._shown(effect, effect.after)
        when = self._when(self._after, effect.method) if effect.method else ""
        if effect.kind == "experiment_started" and effect.causes:
            found = next(each.when for each in self._after.experiments if each.id == subject)
            when = self._condition(found) if found is not None else ""
        return {
            "method": self.method(effect.method) if effect.method else "",
            "subject": subject,
            "terminal": value_words("terminal", subject, self._language, {}) or subject,
            "language": self._tongue(str(effect.after or effect.before)),
            "name": " ".join(effect.paths[:1]),
            "before": before,
            "after": after,
            "when": when,
        }

    def _shown(self, effect: Effect, value: Any) -> str:
        if value is None:
            return self._say("nothing")
        if effect.kind in _AMOUNTS:
            return amount_words(int(value), self._after.currency, self._language)
        if effect.kind == "fee_rate":
            return f"{int(value) / 10_000:g} %"
        if effect.kind.startswith("experiment_"):
            return _percent(value)
        if effect.kind == "language_default":
            return self._tongue(str(value))
        if effect.kind == "methods_reordered":
            return self._listed([self.method(each) for each in value])
        if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
            return self._listed(value)
        if isinstance(value, str):
            text = f"“{value}”" if effect.kind == "copy" or " " in value or not value else value
        else:
            text = json.dumps(value, ensure_ascii=False)
        return text if len(text) <= LONGEST else text[:LONGEST] + "…"

    def method(self, method_id: str) -> str:
        """What shoppers call it: the scenario's label, else the name of its type."""
        for plan in (self._after, self._before):
            method = plan.method(method_id) if plan is not None else None
            if method is not None:
                own = self._name(method.label)
                known = self._name(self._names.get(method.type, {})) or method.type
                twins = [each for each in (plan.methods if plan else ()) if each.type == method.type]
                return own or (known if len(twins) < 2 else f"{known} ({method_id})")
        return method_id

    def _name(self, names: Mapping[str, str]) -> str:
        nearest = next((each for each in names if each.partition("-")[0] == self._language.partition("-")[0]), "")
        return names.get(self._language) or names.get(nearest, "") or names.get("en", "")

    def _tongue(self, locale: str) -> str:
        """`Arabic`; an unknown tag stays as it is."""
        try:
            return str(Locale.parse(locale, sep="-").get_display_name(Locale.parse(self._language, sep="-")) or locale)
        except (UnknownLocaleError, ValueError):
            return locale

    def _listed(self, words: Sequence[str]) -> str:
        return TEXTS["list"][self._language].join(words)

    def _say(self, key: str, **values: str) -> str:
        return filled(TEXTS[key], values, self._language)


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
