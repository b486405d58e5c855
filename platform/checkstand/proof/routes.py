"""Payments that would reach a channel which cannot do what the flow needs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from checkstand.proof.asking import asked, path_to, quoted_list
from checkstand.proof.facts import ChannelFacts
from checkstand.proof.meaning import Meaning
from checkstand.proof.model import ProofFinding
from checkstand.proof.solver import Claim, Prover
from checkstand.rule.logic import both, negated
from checkstand.rule.phrases import amount_words
from checkstand.scenario.node import Path
from checkstand.scenario.plan import MethodPlan, Plan, RoutePlan

# What each flow asks of a channel; what an internal channel does with `hold`, another does with capture and void.
_OF_FLOW: Final = {"instant": (), "escrow": ("refund",), "preauth": ("capture", "void")}


def route_findings(prover: Prover) -> Iterator[ProofFinding]:
    """Each method with each of its routes."""
    for method in prover.plan.methods:
        for number, route in enumerate(method.routes):
            path = _place(prover.plan, method, number)
            question = f'whether the channel "{route.channel}" can serve the method "{method.id}"'
            yield from asked(question, path, method.id, partial(_of_route, prover, method, route, path))


def _of_route(prover: Prover, method: MethodPlan, route: RoutePlan, path: Path) -> Iterator[ProofFinding]:
    if route.when is not None and prover.never(lambda meaning: meaning.open(route, method)):
        witness = prover.witness(
            lambda meaning: negated(meaning.open(route, method)),
            about=(route.when,),
            wishes=prover.parts_of(route.when, method.type),
        )
        message = f'the route of "{method.id}" to "{route.channel}" is never open'
        remedy = "Correct its condition, or remove the route."
        yield ProofFinding("proof.dead_route", "warning", (*path, "when"), method.id, message, remedy, witness)
        return
    channel = prover.installed.channels[route.channel]
    missing = [need for need in needs(prover.plan, channel) if need not in channel.capabilities]
    witness = prover.witness(_paid_by(method, route)) if missing else None
    if witness is not None:
        message = (
            f'"{method.id}" goes through "{route.channel}", which cannot {quoted_list(missing).replace(chr(34), "")}; '
            f"{_why_needed(prover.plan, missing)}"
        )
        remedy = "Route the method to a channel that can, or change the flow."
        yield ProofFinding("proof.capability_missing", "error", path, method.id, message, remedy, witness)
    for code, words, fails in _failures(method, channel):
        witness = prover.witness(_failing(method, route, fails)) if _chosen_by_hand(prover.plan, method) else None
        if witness is not None:
            message = f'"{method.id}" is shown for orders that "{route.channel}" {words}'
            if code == "proof.route_amount":
                low, high = channel.limits[prover.plan.currency]
                between = (amount_words(each, prover.plan.currency, "en") for each in (low, high))
                message += ": it takes {} to {}".format(*between)
            remedy = "Give the route a condition, or route these orders to another channel."
            yield ProofFinding(code, "error", path, method.id, message, remedy, witness)


def needs(plan: Plan, channel: ChannelFacts) -> tuple[str, ...]:
    """The capabilities that this plan asks of a channel."""
    if plan.flow == "preauth" and channel.internal:
        return ("pay", "hold")
    late = ("refund",) if plan.late_success == "refund" else ()
    return tuple(dict.fromkeys(("pay", *_OF_FLOW[plan.flow], *late)))


def _why_needed(plan: Plan, missing: list[str]) -> str:
    if set(missing) & set(_OF_FLOW[plan.flow]) or "hold" in missing:
        return f"the flow {plan.flow} needs it"
    return "late_success: refund needs it" if "refund" in missing else "every payment needs it"


def _failures(method: MethodPlan, channel: ChannelFacts) -> Iterator[tuple[str, str, Claim]]:
    yield "proof.route_terminal", "cannot serve on their terminal", lambda m: m.takes_terminal(channel, method.type)
    yield "proof.route_currency", "cannot take in their currency", lambda m: m.takes_currency(channel)
    yield "proof.route_amount", "refuses because of their amount", lambda m: m.takes_amount(channel)


def _paid_by(method: MethodPlan, route: RoutePlan) -> Claim:
    return lambda meaning: both(meaning.chosen(method), meaning.open(route, method))


def _failing(method: MethodPlan, route: RoutePlan, fine: Claim) -> Claim:
    def claim(meaning: Meaning) -> Any:
        return both(meaning.chosen(method), meaning.asked_first(route, method), negated(fine(meaning)))

    return claim


def _chosen_by_hand(plan: Plan, method: MethodPlan) -> bool:
    """Whether the document names the routes; otherwise the account that a business unit has decides."""
    item = next(item for item in plan.document["methods"] if item["id"] == method.id)
    return "routing" in item or len(method.routes) == 1


def _place(plan: Plan, method: MethodPlan, number: int) -> Path:
    path = path_to(plan, "methods", method.id)
    item = next(item for item in plan.document["methods"] if item["id"] == method.id)
    return (*path, "routing", "routes", number) if "routing" in item else path
