"""An explanation in words, Chinese and English. Data comes in, sentences go out; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkstand.app.explain_scenario import ChannelFact, Explanation
from checkstand.app.explain_texts import EN, ZH
from checkstand.cashier import formats
from checkstand.cashier.explain import Check, MethodExplained, RuleExplained
from checkstand.cashier.texts import pick
from checkstand.experiment.arithmetic import Bucketing
from checkstand.kernel import Money
from checkstand.rule.sentence import say_rule, say_source
from checkstand.scenario.layers import DEFAULT, Setting
from checkstand.scenario.summary import Section


class ExplainWords:
    """Sentences about one explanation in one language."""

    def __init__(self, explained: Explanation, locale: str) -> None:
        self._explained = explained
        self._locale = locale
        self._texts = ZH if locale.startswith("zh") else EN

    def say(self, key: str, /, **values: Any) -> str:
        return self._texts[key].format(**values)

    def sections(self) -> tuple[Section, ...]:
        """The whole explanation; sections that have nothing to say are left out."""
        told, visit = self._explained, self._explained.visit
        made = (
            Section(self.say("order"), tuple(self.head())),
            Section(self.say("methods"), tuple(line for each in visit.methods for line in self._method(each))),
            Section(self.say("rules"), tuple(self.rule(each) for each in visit.rules)),
            Section(self.say("channels"), tuple(self.channel(each) for each in told.channels)),
            Section(
                self.say("experiments"), tuple(line for each in told.experiments for line in self.experiment(each))
            ),
            Section(self.say("settings"), tuple(self._setting(each) for each in told.settings)),
        )
        return tuple(section for section in made if section.lines)

    def head(self) -> Iterator[str]:
        """What was asked, and what holds for the whole visit."""
        told = self._explained
        at = told.at.isoformat(timespec="seconds")
        yield self.say("version", version=told.version[:12], mode=told.mode, form=told.form, at=at)
        if told.session_id:
            yield self.say("of_session", session=told.session_id)
        if not told.tenant_id:
            yield self.say("of_file")
        yield self._values(told.context)
        if told.refused:
            yield self.say("refused", why=told.refused)
        yield from self._split()
        reasons = told.visit.decisions.visit_reasons
        if reasons and reasons[0].code in ("block", "review", "challenge", "shadow"):
            yield self.say(f"visit.{reasons[0].code}", rules=", ".join(str(each.rule_id) for each in reasons))

    def _split(self) -> Iterator[str]:
        """Whether the balance may pay a part, where the scenario has thought of it."""
        visit, currency = self._explained.visit, str(self._explained.context["currency"])
        if visit.split is not None:
            amounts = {"balance": visit.split.balance_minor, "rest": visit.split.rest_minor}
            worded = {name: formats.amount(Money(minor, currency), self._locale) for name, minor in amounts.items()}
            yield self.say("split", **worded)
        elif visit.no_split != "not_allowed":
            yield self.say(f"split.{visit.no_split}")

    def method_name(self, method: MethodExplained) -> str:
        return pick(method.names, self._locale, "en") or method.method_id

    def state(self, method: MethodExplained) -> str:
        """`shown, asks for a confirmation first`."""
        words = [self.say(f"state.{method.state}")]
        if method.effect != "allow" and method.state == "visible":
            words.append(self.say(f"effect.{method.effect}"))
        return "，".join(words) if self._texts is ZH else ", ".join(words)

    def check(self, check: Check) -> str:
        """One check of a method; the sign says whether it passed."""
        currency = str(self._explained.context["currency"])
        amount = formats.amount(Money(int(check.detail), currency), self._locale) if check.detail.isdigit() else ""
        text = self.say(
            check.code + ("+" if check.passed else "-"), detail=check.detail, rule=check.rule_id, amount=amount
        )
        return ("✓ " if check.passed else "✗ ") + text + self._with(check.values)

    def rule(self, rule: RuleExplained) -> str:
        """One rule with what it read and did."""
        if rule.mode == "off":
            key = "rule.off"
        elif not rule.fired:
            key = "rule.quiet"
        else:
            key = "rule.shadow" if rule.mode == "shadow" else "rule.fired"
        methods = ", ".join(rule.acts_on)
        text = self.say(key, rule=rule.rule_id, effect=rule.effect, methods=methods, source=rule.source)
        return text + self._with(rule.values) + self._at(f"rules.{rule.rule_id}.when")

    def meaning(self, rule: RuleExplained) -> str:
        """The rule as a sentence: "Hide Alipay when the amount is below ¥50.00."."""
        visit = self._explained.visit
        names = {method.method_id: self.method_name(method) for method in visit.methods}
        types = {method.type: self.method_name(method) for method in visit.methods}
        currency = str(self._explained.context["currency"])
        said = say_source(rule.source, locale=self._locale, currency=currency, methods=types)
        applies_to = [names.get(each, each) for each in rule.applies_to]
        return say_rule(rule.effect, applies_to, said, rule.reason, locale=self._locale)

    def channel(self, fact: ChannelFact) -> str:
        """One route as it stands."""
        why = pick(fact.switched_off or {}, self._locale, "en")
        if not fact.account:
            key = "channel.none"
        elif fact.switched_off is not None:
            key = "channel.switched"
        else:
            key = "channel.broken" if fact.circuit_open else "channel.open"
        return self.say(key, method=fact.method_id, channel=fact.channel, account=fact.account, why=why)

    def experiments(self) -> Iterator[str]:
        """The arithmetic of every experiment."""
        for each in self._explained.experiments:
            yield from self.experiment(each)

    def experiment(self, each: Bucketing) -> Iterator[str]:
        """The arithmetic of one experiment, a step a line."""
        key = "experiment.unit" if each.unit else "experiment.nobody"
        yield self.say(key, id=each.experiment, layer=each.layer, unit=each.unit, value=each.unit_value)
        if each.when:
            yield "  " + self.say("experiment.when", when=each.when, answer=self.say("yes" if each.targeted else "no"))
        if each.holdout_position is not None:
            answer = self.say("inside" if each.holdout_position < each.holdout else "outside")
            n, holdout = _n(each.holdout_position), f"{each.holdout:g}"
            yield "  " + self.say("experiment.holdout", n=n, holdout=holdout, answer=answer)
        if each.layer_position is not None and each.position is not None:
            low, high = each.range
            answer = self.say("inside" if each.in_range else "outside")
            ends = {"low": f"{low:g}", "high": f"{high:g}"}
            step = self.say("experiment.layer", n=_n(each.layer_position), answer=answer, **ends)
            yield "  " + step
            yield "  " + self.say("experiment.arm", n=_n(each.position), coverage=f"{each.coverage:g}")
            for arm in each.arms:
                mine = self.say("mine") if arm.variation == each.variation else ""
                part = {"start": f"{arm.start:g}", "end": f"{arm.end:g}", "weight": f"{arm.weight:g}"}
                yield "  " + self.say("experiment.slice", variation=arm.variation, mine=mine, **part)
        outcome = "frozen_none" if each.outcome == "frozen" and each.variation is None else each.outcome
        yield "  → " + self.say(f"outcome.{outcome}", variation=each.variation)

    def layer(self, setting: Setting) -> str:
        """Who set a value: `the file`, `base/retail`, `wallet-first/wx_first`."""
        key = f"layer.{setting.layer}"
        return self.say(key) if key in self._texts else setting.layer

    def _method(self, method: MethodExplained) -> Iterator[str]:
        yield f"{method.method_id} ({self.method_name(method)}): {self.state(method)}"
        for check in method.checks:
            yield "  " + self.check(check) + self._written_at(method, check)

    def _written_at(self, method: MethodExplained, check: Check) -> str:
        if check.rule_id:
            return self._at(f"rules.{check.rule_id}.when")
        return self._at(f"methods.{method.method_id}.when") if check.code == "when" else ""

    def _setting(self, setting: Setting) -> str:
        place = f", {setting.place}" if setting.layer != DEFAULT else ""
        return f"{setting.path} = {shown(setting.value)}  ({self.layer(setting)}{place})"

    def _at(self, path: str) -> str:
        found = self._explained.setting(path)
        return f"  [{found.place}]" if found is not None and found.line else ""

    def _with(self, values: Mapping[str, Any] | None) -> str:
        return self.say("read", values=self._values(values)) if values else ""

    def _values(self, values: Mapping[str, Any]) -> str:
        return ", ".join(f"{name} = {shown(value)}" for name, value in values.items())


def shown(value: Any) -> str:
    """A value as it stands in a file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if not value or " " in value else value
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {shown(inner)}" for name, inner in value.items()) + "}"
    return str(value)


def _n(position: float) -> int:
    return round(position * 10_000)
