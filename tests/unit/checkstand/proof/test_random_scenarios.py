"""Random scenarios: no finding that the cashier does not confirm, and no defect that the proof passes over."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from tests.unit.checkstand.proof.cashier import channels, decisions, plan_of
from tests.unit.checkstand.proof.test_meaning import random_parts
from tests.unit.checkstand.rule.test_encode import random_order
from tests.unit.checkstand.scenario.example import document

from checkstand.proof.model import ProofFinding
from checkstand.proof.prove import prove
from checkstand.rule import Context
from checkstand.scenario import Plan, evaluate_rules

CHANNELS = channels()
SCENARIOS = 60
ORDERS_EACH = 25


def refused(plan: Plan, order: dict[str, Any]) -> bool:
    """Some rule blocks every method of the order."""
    hits = evaluate_rules(plan, Context(order))
    blocking = [{hit.rule_id for hit in hits.of(m.id) if hit.effect == "block"} for m in plan.methods]
    everything = {r.id for r in plan.rules if not r.applies_to or len(r.applies_to) == len(plan.methods)}
    return bool(set.intersection(*blocking) & everything)


def without(plan: Plan, rule_id: str) -> Plan:
    return replace(plan, rules=tuple(rule for rule in plan.rules if rule.id != rule_id))


def summary(plan: Plan, order: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(m.method_id, m.state, m.effect if m.shown else "") for m in decisions(plan, CHANNELS, order).methods]


def confirmed(plan: Plan, finding: ProofFinding) -> bool:
    """Whether the cashier sees in the finding's order what the finding says."""
    assert finding.witness is not None
    order = finding.witness.order
    shown = [each.method_id for each in decisions(plan, CHANNELS, order).methods if each.shown]
    usable = [each.method_id for each in decisions(plan, CHANNELS, order).usable]
    match finding.code.removeprefix("proof."):
        case "empty_checkout":
            return shown == []
        case "no_usable_method":
            return shown != [] and usable == []
        case "nothing_payable" | "terminal_unusable" | "amount_unusable" | "contradictory_rules":
            return usable == []
        case "only_balance":
            return usable == ["bal"]
        case "dead_method":
            return finding.subject not in usable
        case "dead_rule":
            rule = next(rule for rule in plan.rules if rule.id == finding.subject)
            return not any(rule.when.evaluate(Context(order).with_method(m.type)) for m in plan.methods)
        case "redundant_rule" | "shadowed_rule":
            return summary(plan, order) == summary(without(plan, finding.subject), order)
    return False


def test_the_cashier_confirms_every_finding_and_nothing_is_passed_over() -> None:
    chance, found = random.Random(20), Counter[str]()
    for _ in range(SCENARIOS):
        doc = document(**random_parts(chance))
        plan = plan_of(doc, CHANNELS)
        findings = prove(doc, CHANNELS)
        open_questions = [each.message for each in findings if each.code == "proof.not_proven"]
        told = [each for each in findings if each.code != "proof.not_proven"]
        found.update(each.code for each in findings)

        assert [each for each in told if not confirmed(plan, each)] == []
        idle = {each.subject for each in told if each.code in ("proof.dead_rule", "proof.redundant_rule")}
        hidden = {each.subject for each in told if each.code == "proof.dead_method"}
        lost = any(each.severity == "error" for each in told) or open_questions
        for _ in range(ORDERS_EACH):
            order = random_order(chance) | {"currency": "CNY", "method": ""}
            order["amount"] = min(max(int(order["amount"]), plan.min_minor), plan.max_minor)
            usable = {each.method_id for each in decisions(plan, CHANNELS, order).usable}
            assert usable or lost or refused(plan, order), (doc, order)
            assert not usable & hidden, (doc, order)
            for rule_id in idle:
                assert summary(plan, order) == summary(without(plan, rule_id), order), (doc, rule_id, order)

    assert found.total() - found["proof.not_proven"] > SCENARIOS
    assert found["proof.not_proven"] < SCENARIOS // 4
    assert len(found) > 6
