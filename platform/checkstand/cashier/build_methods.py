"""The methods of the page in the shopper's words."""

from __future__ import annotations

from checkstand.cashier import formats
from checkstand.cashier.methods import GROUPS, INTERNAL_BALANCE, Decisions, MethodDecision
from checkstand.cashier.model import MethodModel
from checkstand.cashier.texts import Words, pick
from checkstand.cashier.view import SessionView
from checkstand.kernel import Money


def method_models(
    view: SessionView, decisions: Decisions, words: Words, chosen: str
) -> dict[str, tuple[MethodModel, ...]]:
    """The methods that are shown, by group. A blocked visit shows none."""
    if decisions.visit_effect == "block":
        return {}
    selected = chosen or decisions.preselected or ""
    return {
        name: tuple(_method_model(view, decision, words, selected) for decision in decisions.group(name))
        for name in GROUPS
    }


def method_name(view: SessionView, method_id: str) -> str:
    """What payers call this method: the scenario's label, else the name that its channel gives."""
    method = view.plan.method(method_id)
    if method is None:
        return method_id
    kind = view.method_types.get(method.type)
    names = method.label or (kind.names if kind else {})
    return pick(names, view.locale, view.plan.default_locale) or method.type.replace("_", " ")


def _method_model(view: SessionView, decision: MethodDecision, words: Words, selected: str) -> MethodModel:
    method = view.plan.method(decision.method_id)
    name = method_name(view, decision.method_id)
    disabled = decision.state == "disabled"
    return MethodModel(
        id=decision.method_id,
        type=decision.type,
        name=name,
        hint=_hint(view, decision, words, pick(method.hint, view.locale, view.plan.default_locale) if method else ""),
        notice=_notice(view, decision, words) if disabled else "",
        disabled=disabled,
        selected=not disabled and decision.method_id == selected,
        pay_label=words.say("labels.pay_with", method=formats.isolated(name, view.locale)),
    )


def _hint(view: SessionView, decision: MethodDecision, words: Words, hint: str) -> str:
    if hint or decision.type != INTERNAL_BALANCE or decision.state == "disabled" or view.balance_minor is None:
        return hint
    return words.say("labels.balance", amount=_balance(view))


def _notice(view: SessionView, decision: MethodDecision, words: Words) -> str:
    """The first reason that disables it; what the shopper can act on comes first."""
    order = ("balance_too_low", "unavailable", "block")
    code = next((code for code in order if decision.fired(code)), "unavailable")
    return words.say(f"disabled.{code}", amount=_balance(view))


def _balance(view: SessionView) -> str:
    return formats.amount(Money(view.balance_minor or 0, view.amount.currency), view.locale)
