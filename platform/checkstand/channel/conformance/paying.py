"""Clauses about paying and closing."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from checkstand.channel.conformance.judging import clause, expect, outcome
from checkstand.channel.conformance.rig import Rig, visible_text
from checkstand.channel.port import Outcome
from checkstand.kernel import Money

SUCCESSES: Final = (1, 10, 12900, 99999999)


@clause("Every product of every terminal can be paid, and the query reports the exact amount, payee and time.")
def every_product_can_be_paid(rig: Rig) -> None:
    method = rig.channel.manifest.methods[0]
    products = {*method.products.values(), *(p for variants in method.variants.values() for p in variants)}
    for product in sorted(products):
        instruction = rig.paid(product=product)
        found = outcome(rig.query(instruction), Outcome.SUCCEEDED, f"query after paying {product}")
        expect(found.amount, instruction.amount, f"amount of {product}")
        expect(found.payee, rig.channel.manifest.payee_of(rig.account.credentials), f"payee of {product}")
        if found.paid_at is None or found.channel_no is None:
            raise AssertionError(f"{product}: time or channel number is missing")


@clause("Amounts are exact, from one minor unit to very many.")
def amounts_are_exact(rig: Rig) -> None:
    for minor in SUCCESSES:
        instruction = rig.paid(minor)
        expect(rig.query(instruction).amount, instruction.amount, "queried amount")
        expect(rig.truth_of(instruction)["charged_minor"], minor, "charged")


@clause("An order nobody paid is not a success.")
def unpaid_is_no_success(rig: Rig) -> None:
    instruction = rig.pay_instruction()
    outcome(rig.pay(instruction), Outcome.ACCEPTED, "pay")
    seen = rig.query(instruction).outcome
    if seen not in (Outcome.ACCEPTED, Outcome.NOT_FOUND):
        raise AssertionError(f"query before paying: {seen}")


@clause("Sending the same payment twice makes one order, which is charged once.")
def paying_twice_charges_once(rig: Rig) -> None:
    instruction = rig.pay_instruction()
    first, second = rig.pay(instruction), rig.pay(instruction)
    outcome(second, Outcome.ACCEPTED, "the same instruction again")
    rig.shop(first.action)
    rig.shop(second.action)
    expect(rig.truth_of(instruction)["charged_minor"], instruction.amount.minor, "charged")
    expect(rig.log_count("payment.charged", instruction), 1, "charges in the truth log")


@clause("Another amount under a number in use is never a definite failure: the first order may be paid.")
def a_reused_number_is_not_failed(rig: Rig) -> None:
    instruction = rig.pay_instruction()
    rig.pay(instruction)
    other = replace(instruction, amount=Money(instruction.amount.minor + 1, instruction.amount.currency))
    answer = rig.pay(other)
    if answer.outcome is Outcome.FAILED:
        raise AssertionError(f"a reused number was reported as {answer.outcome} ({answer.code})")


@clause("A shopper who is refused, refuses or leaves has not paid and may try again.")
def a_refusal_can_be_repaired(rig: Rig) -> None:
    instruction = rig.pay_instruction()
    action = rig.pay(instruction).action
    for act in ("refuse", "abandon"):
        rig.shop(action, act)
        expect(rig.truth_of(instruction)["charged_minor"], 0, f"charged after {act}")
    rig.shop(action)
    outcome(rig.query(instruction), Outcome.SUCCEEDED, "query after the second try")


@clause("An amount ending in 51 is refused, and the refusal states the rule.")
def the_refusal_states_its_rule(rig: Rig) -> None:
    instruction = rig.pay_instruction(10051)
    done = rig.shop(rig.pay(instruction).action)
    page = rig.browse("GET", done.headers["location"])
    if ".51" not in visible_text(page) or "too little money" not in visible_text(page):
        raise AssertionError("the refused page does not say which rule refused it")
    expect(rig.truth_of(instruction)["charged_minor"], 0, "charged")


@clause("A closed order cannot be paid any more.")
def closed_is_closed(rig: Rig) -> None:
    instruction = rig.pay_instruction(product=rig.open_product())
    action = rig.pay(instruction).action
    rig.shop(action, "refuse")  # whoever refuses has been there: now the provider knows the order
    outcome(rig.close(instruction), Outcome.CLOSED, "close")
    outcome(rig.query(instruction), Outcome.CLOSED, "query after closing")
    rig.shop(action)
    expect(rig.truth_of(instruction)["charged_minor"], 0, "charged")


@clause("Closing loses against a payment: it is not reported as closed, and the query says paid.")
def success_wins_over_close(rig: Rig) -> None:
    instruction = rig.paid()
    seen = rig.close(instruction).outcome
    if seen in (Outcome.CLOSED, Outcome.FAILED):
        raise AssertionError(f"a paid order was reported as {seen}")
    outcome(rig.query(instruction), Outcome.SUCCEEDED, "query after the race")


@clause("Closing before the shopper acted is closed or not found, and after the deadline nothing can be paid.")
def nothing_is_paid_after_the_deadline(rig: Rig) -> None:
    instruction = rig.pay_instruction()
    action = rig.pay(instruction).action
    rig.advance(16 * 60)
    rig.shop(action)
    expect(rig.truth_of(instruction)["charged_minor"], 0, "charged after expiry")
