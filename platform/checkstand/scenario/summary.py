"""A plan in words, for people who want to know what a file means without reading it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checkstand.kernel import Money
from checkstand.scenario.plan import ExperimentPlan, FieldPlan, MethodPlan, Plan, RulePlan


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its lines."""

    title: str
    lines: tuple[str, ...]


def summary(plan: Plan, locale: str = "en") -> tuple[Section, ...]:
    """The sections of a plan that have something to say."""
    sections = (
        Section("Takes", (_takes(plan),)),
        Section("Form", tuple(_forms(plan))),
        Section("Methods", tuple(_method(method) for method in plan.methods)),
        Section("Asks for", tuple(_field(item, locale) for item in plan.fields)),
        Section("Agreement to", tuple(_consents(plan, locale))),
        Section("Discloses", tuple(_text(plan, key, locale) for key in plan.disclosures)),
        Section("Rules", tuple(_rule(rule) for rule in plan.rules)),
        Section("Velocity", tuple(_velocity(plan))),
        Section("Experiments", tuple(line for experiment in plan.experiments for line in _experiment(experiment))),
        Section("Time", tuple(_times(plan))),
        Section("Money", tuple(_money(plan))),
    )
    return tuple(section for section in sections if section.lines)


def _takes(plan: Plan) -> str:
    low, high = (Money(minor, plan.currency).decimal() for minor in (plan.min_minor, plan.max_minor))
    what = "recharges" if plan.mode == "recharge" else "payments"
    return f"{what} from {low} to {high} {plan.currency}, in {', '.join(plan.locales)}"


def _forms(plan: Plan) -> Iterator[str]:
    by_form: dict[str, list[str]] = {}
    for terminal in plan.terminals:
        by_form.setdefault(plan.form.for_terminal(terminal), []).append(terminal)
    for form, terminals in by_form.items():
        yield f"{form} on {', '.join(terminals)}"
    if plan.form.review_step == "always":
        yield "every order is reviewed before it is paid"
    if plan.form.review_step == "above_amount":
        yield f"orders above {Money(plan.form.review_above, plan.currency).decimal()} are reviewed before they are paid"


def _method(method: MethodPlan) -> str:
    words = [method.display]
    words += ["preselected"] if method.preselect else []
    words += ["fallback"] if method.fallback else []
    channels = ", ".join(route.channel for route in method.routes)
    condition = f"when {method.when.source}" if method.when else "always"
    return f"{method.id}: {method.type} ({', '.join(words)}) through {channels}, {condition}"


def _field(item: FieldPlan, locale: str) -> str:
    condition = f", when {item.when.source}" if item.when else ""
    return f"{item.id}: {item.label.get(locale, item.id)} ({item.type}, {item.collect}{condition})"


def _consents(plan: Plan, locale: str) -> Iterator[str]:
    for consent in plan.consents:
        yield f"{consent.id}: {_text(plan, consent.text_ref, locale)}{'' if consent.required else ' (optional)'}"


def _text(plan: Plan, key: str, locale: str) -> str:
    texts = plan.copy.get(locale) or plan.copy.get(plan.default_locale) or {}
    return texts.get(key, key)


def _rule(rule: RulePlan) -> str:
    about = ", ".join(rule.applies_to) or "every method"
    reason = f" ({rule.reason})" if rule.reason else ""
    return f"{rule.id}: {rule.effect} {about} when {rule.when.source}{reason}"


def _velocity(plan: Plan) -> Iterator[str]:
    if plan.risk.mode != "enforce" and (plan.risk.velocity or plan.rules):
        yield f"risk mode {plan.risk.mode}"
    for limit in plan.risk.velocity:
        often = f"{limit.max_count} attempts per {limit.key} within {duration(limit.window_s)}"
        yield f"{limit.id}: {limit.effect} after {often}"


def _experiment(experiment: ExperimentPlan) -> Iterator[str]:
    low, high = experiment.range
    who = f", {experiment.when.source}" if experiment.when else ""
    share = f"{100 * experiment.coverage:g} % of " if experiment.coverage < 1 else ""
    out = f", {100 * experiment.holdout:g} % held out" if experiment.holdout else ""
    part = f"{share}{100 * (high - low):g} % of layer {experiment.layer}{out}"
    yield f"{experiment.id}: {part}, by {experiment.unit}{who}"
    for variation in experiment.variations:
        changes = ", ".join(sorted(variation.patch)) or "nothing"
        yield f"  {variation.id}: {100 * variation.weight:g} %, changes {changes}"


def _times(plan: Plan) -> Iterator[str]:
    yield f"open for {duration(plan.timeouts.session_s)}, each attempt to pay for {duration(plan.timeouts.pay_s)}"
    late = {"refund": "is returned", "accept": "reopens the order", "hold": "waits for a person to decide"}
    yield f"money after closing {late[plan.late_success]}"


def _money(plan: Plan) -> Iterator[str]:
    least = Money(plan.fee.min_minor, plan.currency).decimal()
    fee = f"{plan.fee.rate_ppm / 10_000:g} %, at least {least}" if plan.fee.rate_ppm or plan.fee.min_minor else "no fee"
    yield f"settled {plan.settlement_cycle}, {fee}"


def duration(seconds: int) -> str:
    """Seconds in the largest units that fit: 90 min, 7 days."""
    for size, word in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {word if seconds != 86400 else 'day'}"
    return f"{seconds} s"
