"""Rules that cannot do what somebody wrote them for: contradictory, dead, redundant, shadowed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from typing import Any

from checkstand.proof.asking import asked, path_to, quoted_list
from checkstand.proof.meaning import HIDING, Meaning
from checkstand.proof.model import ProofFinding, Witness
from checkstand.proof.solver import Claim, Prover
from checkstand.risk import PRIORITY
from checkstand.rule.logic import both, either, negated
from checkstand.scenario.plan import RulePlan
from checkstand.scenario.rules import RISK_EFFECTS

Pair = tuple[RulePlan, RulePlan]


def contradictions(prover: Prover) -> Iterator[tuple[Pair, ProofFinding]]:
    """Pairs of which each one alone leaves a method, and both together none."""
    plan = prover.plan
    for one, other in combinations(plan.rules, 2):
        if "require" not in (one.effect, other.effect):
            continue  # hiding and blocking alone is no contradiction: see `methods`
        claim = clash(one, other)
        question = f'whether rules "{one.id}" and "{other.id}" contradict each other'
        path = path_to(plan, "rules", other.id, "when")
        for finding in asked(question, path, other.id, partial(_clashing, prover, one, other, claim)):
            yield (one, other), finding


def clash(one: RulePlan, other: RulePlan) -> Claim:
    """Both hold, and what the one requires the other takes away."""
    required, taking = (one, other) if one.effect == "require" else (other, one)

    def claim(meaning: Meaning) -> Any:
        named = [method for method in meaning.plan.methods if method.id in required.applies_to]
        gone = [either(negated(meaning.holds(required, m)), meaning.takes_away(taking, m)) for m in named]
        return both(meaning.fires(required), *gone)

    return claim


def idle_rules(prover: Prover) -> Iterator[ProofFinding]:
    """Rules that never hold, or change nothing when they do. Of two equal rules the later one is told."""
    plan, idle = prover.plan, list[RulePlan]()
    for rule in reversed(prover.meaning.rules()):
        path = path_to(plan, "rules", rule.id, "when")
        question = f'whether rule "{rule.id}" ever changes anything'
        others = [each for each in prover.meaning.rules() if each not in (*idle, rule)]
        found = list(asked(question, path, rule.id, partial(_idle, prover, rule, others)))
        if found and found[0].code != "proof.not_proven":
            idle.append(rule)
        yield from found


def _clashing(prover: Prover, one: RulePlan, other: RulePlan, claim: Claim) -> Iterator[ProofFinding]:
    witness = prover.witness(claim, about=(one.when, other.when))
    if witness is not None:
        yield ProofFinding(
            "proof.contradictory_rules",
            "error",
            path_to(prover.plan, "rules", other.id, "when"),
            other.id,
            f'rules "{one.id}" and "{other.id}" contradict each other: when both hold, no method is left',
            "Let their conditions exclude each other, or let the one allow what the other requires.",
            witness,
            (one.id, other.id),
        )


def _idle(prover: Prover, rule: RulePlan, others: list[RulePlan]) -> Iterator[ProofFinding]:
    stronger = [other for other in others if other.effect in _above(rule.effect)]
    same = [other for other in others if other.effect in _alike(rule.effect)]
    if prover.never(lambda meaning: meaning.fires(rule)):
        yield _dead(prover, rule)
    elif rule.effect == "note":
        return  # a note is only written down; nothing else can make it superfluous
    elif rule.effect in RISK_EFFECTS and prover.never(lambda meaning: _decides(meaning, rule, stronger)):
        yield _without_effect(prover, rule, [*stronger, *(each for each in others if each.effect in HIDING)], True)
    elif prover.never(lambda meaning: _decides(meaning, rule, [*stronger, *same])):
        yield _without_effect(prover, rule, [*stronger, *same], False)


def _dead(prover: Prover, rule: RulePlan) -> ProofFinding:
    named = [method for method in prover.plan.methods if not rule.applies_to or method.id in rule.applies_to]
    witness = prover.witness(
        lambda meaning: negated(meaning.fires(rule)),
        about=(rule.when,),
        wishes=prover.parts_of(rule.when, named[0].type),
    )
    return ProofFinding(
        "proof.dead_rule",
        "warning",
        path_to(prover.plan, "rules", rule.id, "when"),
        rule.id,
        f'rule "{rule.id}" never holds for an order that this scenario takes',
        "Correct its condition or remove the rule: as it stands it changes nothing and protects nobody.",
        witness,
    )


def _without_effect(prover: Prover, rule: RulePlan, others: list[RulePlan], shadowed: bool) -> ProofFinding:
    def acts_on_offered(meaning: Meaning) -> Any:
        return either(*(both(meaning.acts(rule, m), meaning.listed(m)) for m in meaning.plan.methods))

    witness = prover.witness(acts_on_offered, about=(rule.when,))
    witness = witness or prover.witness(lambda meaning: meaning.fires(rule), about=(rule.when,))
    blamed = _blamed(prover, rule, others, witness)
    because = (
        f"{quoted_list(blamed)} decide{'s' * (len(blamed) == 1)} already" if blamed else "no method is offered anyway"
    )
    if shadowed:
        message = f'rule "{rule.id}" ({rule.effect}) never decides: whenever it holds, {because}'
        remedy = "Remove it, or narrow the stronger rule: hide and block count before review, review before challenge."
    else:
        message = f'rule "{rule.id}" ({rule.effect}) changes nothing: whenever it holds, {because}'
        remedy = "Remove it, or correct its condition if it was meant to catch more."
    code = "proof.shadowed_rule" if shadowed else "proof.redundant_rule"
    path = path_to(prover.plan, "rules", rule.id, "when")
    return ProofFinding(code, "warning", path, rule.id, message, remedy, witness, tuple(blamed))


def _decides(meaning: Meaning, rule: RulePlan, others: list[RulePlan]) -> Any:
    """The rule acts on a method of the page on which none of the others does."""
    on_page = meaning.listed if rule.effect in HIDING else meaning.shown
    touched = [method for method in meaning.plan.methods if meaning.acts(rule, method) is not False]
    return either(
        *(
            both(
                meaning.acts(rule, method),
                on_page(method),
                negated(either(*(meaning.acts(other, method) for other in others))),
            )
            for method in touched
        )
    )


def _above(effect: str) -> tuple[str, ...]:
    return PRIORITY[: PRIORITY.index(effect)] if effect in RISK_EFFECTS else ()


def _alike(effect: str) -> tuple[str, ...]:
    return HIDING if effect in HIDING else (effect,)


def _blamed(prover: Prover, rule: RulePlan, others: list[RulePlan], witness: Witness | None) -> list[str]:
    """The others that act in the witness on what this rule acts on."""
    if witness is None:
        return []
    real = prover.real(witness)
    touched = [method for method in prover.plan.methods if real.acts(rule, method)]
    return [other.id for other in others if any(real.acts(other, method) for method in touched)]
