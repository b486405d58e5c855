"""Clauses about refunds."""

from __future__ import annotations

from checkstand.channel.conformance.judging import clause, expect, outcome, refunded
from checkstand.channel.conformance.rig import Rig
from checkstand.channel.port import Outcome
from checkstand.kernel import Money


@clause("Partial refunds give back exactly their own amount, and the payment stays a success.")
def partial_refunds_are_exact(rig: Rig) -> None:
    instruction = rig.paid()
    for minor in (3000, 1, 9899):
        answer = refunded(rig, rig.refund_instruction(instruction, minor))
        expect(answer.amount, Money(minor, instruction.amount.currency), "refunded amount")
        outcome(rig.query(instruction), Outcome.SUCCEEDED, "query of a refunded payment")
    expect(rig.truth_of(instruction)["refunded_minor"], instruction.amount.minor, "given back in all")


@clause("A refund repeated with the same number moves money once.")
def a_repeated_refund_moves_money_once(rig: Rig) -> None:
    instruction = rig.paid()
    refund = rig.refund_instruction(instruction, 3000)
    for _ in range(3):
        refunded(rig, refund)
    expect(rig.truth_of(instruction)["refunded_minor"], 3000, "given back")


@clause("A refund whose answer was lost is unknown; repeating it moves no money twice.")
def a_lost_refund_is_repeated_safely(rig: Rig) -> None:
    instruction = rig.paid()
    refund = rig.refund_instruction(instruction, 3000)
    rig.fault("timeout_after_charging", "refund")
    outcome(rig.adapter.refund(refund, rig), Outcome.UNKNOWN, "refund without an answer")
    refunded(rig, refund)
    expect(rig.truth_of(instruction)["refunded_minor"], 3000, "given back")


@clause("Refunding more than was paid is refused for good.")
def over_refunds_are_refused(rig: Rig) -> None:
    instruction = rig.paid()
    refunded(rig, rig.refund_instruction(instruction, 12000))
    answer = rig.adapter.refund(rig.refund_instruction(instruction, 901), rig)
    outcome(answer, Outcome.FAILED, "refund above what is left")
    expect(rig.truth_of(instruction)["refunded_minor"], 12000, "given back")


@clause("A refund that the channel refuses is failed with our reason (amounts ending in 58).")
def a_refused_refund_is_failed(rig: Rig) -> None:
    instruction = rig.paid(10058)
    refund = rig.refund_instruction(instruction, 10058)
    first = rig.adapter.refund(refund, rig)
    last = first if first.outcome is Outcome.FAILED else rig.settle_refund(refund)
    outcome(last, Outcome.FAILED, "refund")
    if last.reason is None:
        raise AssertionError("a failed refund has no reason")
    expect(rig.truth_of(instruction)["refunded_minor"], 0, "given back")
