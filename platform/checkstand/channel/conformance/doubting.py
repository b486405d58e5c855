"""Clauses about not knowing: what cannot be believed is unknown, never failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from checkstand.channel.conformance.judging import clause, expect, outcome, refunded
from checkstand.channel.conformance.rig import Rig, wait_for
from checkstand.channel.port import Answer, Outcome
from checkstand.kernel import Money


@clause("A timeout after charging is unknown, and the query finds the success.")
def a_lost_answer_is_unknown_then_found(rig: Rig) -> None:
    product = rig.server_product()
    if product is None:  # the shopper carries every order: their browser times out instead
        product = rig.channel.manifest.methods[0].products["pc"]
    instruction = rig.pay_instruction(product=product)
    rig.fault("timeout_after_charging", "pay")
    answer = rig.pay(instruction)
    if answer.exchanges:
        outcome(answer, Outcome.UNKNOWN, "pay without an answer")
    else:
        rig.shop(answer.action)
    found = wait_for(lambda: rig.query(instruction), lambda seen: seen.outcome is Outcome.SUCCEEDED)
    expect(found.amount, instruction.amount, "amount")


SPOILT: Final = ("drop_before", "drop_after", "http_500", "unsigned", "bad_signature", "garbled", "unknown_code")


@clause("No answer, half an answer, an unsigned, forged or unlisted one: always unknown, never failed.")
def what_cannot_be_believed_is_unknown(rig: Rig) -> None:
    paid, product = rig.paid(), rig.server_product()
    given_back = rig.refund_instruction(paid, 100)
    refunded(rig, given_back)
    for kind in SPOILT:
        calls: dict[str, Callable[[], Answer]] = {
            "query": lambda: rig.query(paid),
            "refund": lambda: rig.adapter.refund(rig.refund_instruction(paid, 100), rig),
            "query_refund": lambda: rig.adapter.query_refund(given_back, rig),
        }
        if product:
            calls["pay"] = lambda: rig.pay(rig.pay_instruction(product=product))
        for verb, call in calls.items():
            rig.fault(kind, verb)
            outcome(call(), Outcome.UNKNOWN, f"{verb} with {kind}")
        waiting = rig.pay_instruction(product=rig.open_product())
        rig.shop(rig.pay(waiting).action, "refuse")  # an order that could be closed
        rig.fault(kind, "close")
        outcome(rig.close(waiting), Outcome.UNKNOWN, f"close with {kind}")


@clause("A wrong amount is reported as the channel said it, so that the caller can refuse it.")
def a_wrong_amount_is_reported(rig: Rig) -> None:
    instruction = rig.paid()
    rig.fault("wrong_amount", "query")
    answer = rig.query(instruction)
    expect(answer.amount, Money(instruction.amount.minor + 1, instruction.amount.currency), "reported amount")


@clause("An unknown number is reported as not found, never as failed.")
def an_unknown_number_is_not_found(rig: Rig) -> None:
    outcome(rig.query(rig.pay_instruction()), Outcome.NOT_FOUND, "query of a stranger")
    missing = rig.refund_instruction(rig.paid(), 100)
    outcome(rig.adapter.query_refund(missing, rig), Outcome.NOT_FOUND, "refund query of a stranger")
