"""Why a method cannot be used for one order, in half a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from checkstand.proof.asking import quoted_list
from checkstand.proof.meaning import BALANCE, HIDING, Meaning
from checkstand.scenario.plan import MethodPlan


def reasons(real: Meaning, methods: Sequence[MethodPlan]) -> str:
    """`wx: rule "night" hides it; ali: its condition does not hold`, from the meaning of one order."""
    return "; ".join(f"{method.id}: {why_not(real, method)}" for method in methods if not real.payable(method))


def why_not(real: Meaning, method: MethodPlan) -> str:
    """The first reason that keeps the method from being used."""
    if not real.listed(method):
        return _not_listed(real, method)
    hiding = [rule.id for rule in real.plan.rules if rule.effect in HIDING and real.acts(rule, method)]
    if hiding:
        return f"rule{'s' * (len(hiding) > 1)} {quoted_list(hiding)} hide{'s' * (len(hiding) == 1)} it"
    taking = [rule.id for rule in real.plan.rules if rule.effect == "block" and real.takes_away(rule, method)]
    if taking:
        return f"rule{'s' * (len(taking) > 1)} {quoted_list(taking)} block{'s' * (len(taking) == 1)} it"
    routes = [route for route in method.routes if real.open(route, method)]
    if not routes:
        return "none of its routes is open"
    channels = [real.installed.channels[route.channel] for route in routes]
    names = quoted_list(dict.fromkeys(route.channel for route in routes))
    if not any(real.takes_currency(channel) for channel in channels):
        return f"{names} takes no {real.plan.currency}"
    if not any(real.takes_terminal(channel, method.type) for channel in channels):
        return f"{names} does not work on this terminal"
    return f"{names} does not take this amount"


def _not_listed(real: Meaning, method: MethodPlan) -> str:
    if method.when is not None and not real.terms.holds(method.when, method.type):
        return "its condition does not hold"
    if method.type == BALANCE and real.plan.mode == "recharge":
        return "a balance is not filled from itself"
    return "its channel does not serve this terminal or currency"
