"""What the proof finds in a small scenario, and how the real cashier confirms it."""

from __future__ import annotations

from typing import Any

from tests.unit.checkstand.proof.cashier import channels, decisions, plan_of
from tests.unit.checkstand.scenario.example import document

from checkstand.proof.model import ProofFinding
from checkstand.proof.prove import prove
from checkstand.rule import compile_rule

WX = {"id": "wx", "type": "wechat_pay", "order": 10}
ALI = {"id": "ali", "type": "alipay", "order": 20}
BAL = {"id": "bal", "type": "balance", "order": 30}
Found = tuple[ProofFinding, ...]


def found(installed_channels: Any = None, **parts: Any) -> Found:
    return prove(document(**parts), installed_channels or channels())


def codes(findings: Found) -> list[tuple[str, str]]:
    return [(finding.code.removeprefix("proof."), finding.subject) for finding in findings]


def seen_by(finding: ProofFinding, **parts: Any) -> tuple[list[str], list[str]]:
    """The methods that the cashier shows and the ones it lets be used, for the finding's order."""
    assert finding.witness is not None
    plan = plan_of(document(**parts), channels())
    order = finding.witness.order
    assert plan.min_minor <= int(order["amount"]) <= plan.max_minor
    assert order["terminal"] in plan.terminals
    decided = decisions(plan, channels(), order)
    return [each.method_id for each in decided.methods if each.shown], [each.method_id for each in decided.usable]


def holds(condition: str, finding: ProofFinding, **besides: Any) -> bool:
    assert finding.witness is not None
    return compile_rule(condition).evaluate({**finding.witness.order, **besides})
