"""The clauses every channel must keep (money.md §4.4, §4.5, §4.9), judged between adapter and simulator.

Each is a proposition with a function that breaks off with an AssertionError naming what was seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from checkstand.channel.conformance.rig import Received, Rig, at, visible_text, wait_for
from checkstand.channel.port import Answer, Notification, Outcome, RefundInstruction
from checkstand.kernel import Money

SUCCESSES: Final = (1, 10, 12900, 99999999)


@dataclass(frozen=True, slots=True)
class Clause:
    id: str
    says: str
    check: Callable[[Rig], None]


CLAUSES: list[Clause] = []


def clause(says: str) -> Callable[[Callable[[Rig], None]], Callable[[Rig], None]]:
    def add(check: Callable[[Rig], None]) -> Callable[[Rig], None]:
        CLAUSES.append(Clause(check.__name__, says, check))
        return check

    return add


def expect(seen: Any, wanted: Any, about: str) -> None:
    if seen != wanted:
        raise AssertionError(f"{about}: expected {wanted!r}, saw {seen!r}")


def outcome(answer: Answer, wanted: Outcome, about: str) -> Answer:
    if answer.outcome is not wanted:
        raise AssertionError(f"{about}: expected {wanted.value}, saw {answer.outcome.value} ({answer.code})")
    return answer


def believed(received: list[Received], kind: str = "payment") -> list[Notification]:
    return [seen.note for seen in received if seen.note and seen.note.kind == kind]


# ── paying ──────────────────────────────────────────────────────────────────────────────────────


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


# ── not knowing ─────────────────────────────────────────────────────────────────────────────────


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


# ── closing ─────────────────────────────────────────────────────────────────────────────────────


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


# ── refunds ─────────────────────────────────────────────────────────────────────────────────────


def refunded(rig: Rig, refund: RefundInstruction) -> Answer:
    """Ask for the refund and wait for its end."""
    answer = rig.adapter.refund(refund, rig)
    if answer.outcome not in (Outcome.ACCEPTED, Outcome.SUCCEEDED):
        raise AssertionError(f"refund: {answer.outcome} ({answer.code})")
    return outcome(rig.settle_refund(refund), Outcome.SUCCEEDED, "refund query")


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


# ── notifications ───────────────────────────────────────────────────────────────────────────────


@clause("A payment is notified with its number, exact amount and payee.")
def success_is_notified(rig: Rig) -> None:
    instruction = rig.paid()
    note = believed(rig.wait_received(1))[0]
    expect((note.number, note.outcome), (instruction.attempt_no, Outcome.SUCCEEDED), "notification")
    expect(note.amount, instruction.amount, "notified amount")
    expect(note.payee, rig.channel.manifest.payee_of(rig.account.credentials), "notified payee")


@clause("A refund is notified as a refund, never as a second payment.")
def a_refund_is_no_second_payment(rig: Rig) -> None:
    instruction = rig.paid()
    for minor in (3000, 9900):
        refund = rig.refund_instruction(instruction, minor)
        refunded(rig, refund)
    wait_for(lambda: believed(rig.received, "refund"), lambda seen: len(seen) == 2)
    expect(len(believed(rig.received)), 1, "payment notifications")
    expect(believed(rig.received, "refund")[-1].number, refund.refund_no, "refund number")


@clause("Duplicates carry the same notification id.")
def duplicates_carry_one_id(rig: Rig) -> None:
    rig.fault("duplicate_notification")
    rig.paid()
    notes = believed(rig.wait_received(2))
    expect(len({note.notify_id for note in notes}), 1, "ids of two sendings")


@clause("A notification nobody takes is repeated on the channel's schedule with the same id, then given up.")
def the_schedule_is_kept(rig: Rig) -> None:
    rig.deaf = True
    rig.paid()
    delivery = wait_for(lambda: [*rig.simulator.state.deliveries.values()], bool)[0]
    for count, gap_s in enumerate(rig.simulator.gaps_s, start=1):
        wait_for(lambda: delivery.sent, lambda sent, count=count: sent == count)  # type: ignore[misc]
        rig.advance(gap_s + 1)
    wait_for(lambda: delivery.state, lambda state: state == "given_up")
    expect(delivery.sent, len(rig.simulator.gaps_s) + 1, "sendings")


@clause("A merchant that comes back hears the rest of the story.")
def a_late_merchant_is_told(rig: Rig) -> None:
    rig.deaf = True
    instruction = rig.paid()
    wait_for(lambda: [d.sent for d in rig.simulator.state.deliveries.values()], lambda sent: sent == [1])
    rig.deaf = False
    rig.advance(rig.simulator.gaps_s[0] + 1)
    expect(believed(rig.wait_received(1))[0].number, instruction.attempt_no, "notified number")


@clause("Forged and spoilt notifications are refused; the genuine one is believed.")
def forgeries_are_refused(rig: Rig) -> None:
    for kind in ("forged", "bad_signature", "probe"):
        rig.received.clear()
        rig.fault(kind, "notify")
        instruction = rig.paid()
        rig.wait_received(1)
        expect((rig.received[0].note, bool(rig.received[0].refused)), (None, True), kind)
        rig.advance(rig.simulator.gaps_s[0] + 2)
        wait_for(lambda: believed(rig.received), bool)
        expect(believed(rig.received)[0].number, instruction.attempt_no, f"the genuine one after {kind}")


@clause("A notification changed in one byte, cut short or emptied is refused.")
def a_changed_notification_is_refused(rig: Rig) -> None:
    rig.paid()
    raw = rig.wait_received(1)[0].raw
    for body in (raw.body[:-1], raw.body.replace(b"1", b"2", 1), b"", b"{}", raw.body + b" "):
        if rig.parse(replace(raw, body=body)).note:
            raise AssertionError(f"believed a notification whose body was {body[:60]!r}…")


@clause("An old notification, replayed, is refused as stale.")
def a_stale_notification_is_refused(rig: Rig) -> None:
    rig.paid()
    raw = rig.wait_received(1)[0].raw
    seen = rig.parse(at(raw.received_at + timedelta(hours=27), raw))
    expect((seen.note, seen.refused), (None, "stale"), "27 hours later")


@clause("A notification for another merchant is refused.")
def another_merchants_notification_is_refused(rig: Rig) -> None:
    rig.paid()
    raw = rig.wait_received(1)[0].raw
    own = dict(rig.account.credentials)
    rival = rig.channel.test_credentials(rig.variant)
    stranger = replace(rig.account, channel_account_id="cha_rival", credentials={**own, **_unshared(rival)})
    if rig.parse(raw, stranger).note:
        raise AssertionError("a rival's account believed our notification")


def _unshared(credentials: dict[str, str]) -> dict[str, str]:
    """What differs between two merchants of one platform: everything but the platform's own keys."""
    shared = ("public_key", "public_key_id", "alipay_public_key", "sim_platform", "sim_alipay")
    return {name: value for name, value in credentials.items() if not name.startswith(shared)}


@clause("A wrong amount in a genuine notification is reported as such (amounts ending in 56).")
def a_wrong_notified_amount_is_reported(rig: Rig) -> None:
    instruction = rig.paid(10056)
    note = believed(rig.wait_received(1))[0]
    expect(note.amount, Money(10057, instruction.amount.currency), "notified amount")
    expect(rig.query(instruction).amount, instruction.amount, "queried amount")


@clause("Out of order: the refund's notification may arrive before the payment's, each as what it is.")
def order_of_arrival_does_not_matter(rig: Rig) -> None:
    rig.fault("out_of_order", "notify")
    instruction = rig.paid()
    refunded(rig, rig.refund_instruction(instruction, 3000))
    kinds = [seen.note.kind for seen in rig.wait_received(2) if seen.note]
    expect(kinds[:2], ["refund", "payment"], "order of arrival")


@clause("A lost notification is found by the query (amounts ending in 53).")
def a_lost_notification_is_found(rig: Rig) -> None:
    instruction = rig.paid(10053)
    outcome(rig.query(instruction), Outcome.SUCCEEDED, "query")
    expect(len(rig.simulator.state.deliveries), 0, "notifications")


# ── care ────────────────────────────────────────────────────────────────────────────────────────


@clause("No transcript holds a secret, a signature or a whole payer id.")
def transcripts_hold_no_secrets(rig: Rig) -> None:
    product = rig.server_product()
    instruction = rig.pay_instruction(product=product) if product else rig.paid()
    answers = [rig.pay(instruction)]
    rig.shop(answers[0].action)
    refund = rig.refund_instruction(instruction, 100)
    answers += [rig.query(instruction), rig.adapter.refund(refund, rig), rig.adapter.query_refund(refund, rig)]
    text = "\n".join(f"{e.url}{e.request}{e.response}" for answer in answers for e in answer.exchanges)
    if not text:
        raise AssertionError("nothing was recorded")
    secrets = [rig.account.credentials.get(name, "") for name in rig.channel.manifest.secret_names]
    for secret in [*filter(None, secrets), instruction.payer_ref]:
        if secret in text or secret.replace("\n", "\\n") in text:
            raise AssertionError(f"a transcript shows {secret[:12]!r}…")
    if 'signature="' in text.replace('signature="[hidden]"', ""):
        raise AssertionError("a transcript shows a signature")


@clause("The provider's truth survives a crash: what was acknowledged is there after a restart.")
def the_truth_is_durable(rig: Rig) -> None:
    instruction = rig.paid()
    refunded(rig, rig.refund_instruction(instruction, 3000))
    before = rig.truth_of(instruction)
    rig.restart(torn=b'{"seq":999,"torn')
    expect(rig.truth_of(instruction), before, "truth after the restart")
    outcome(rig.query(instruction), Outcome.SUCCEEDED, "query after the restart")


@clause("Keys rotate without losing anything: new requests use the new key, old notifications still verify.")
def keys_rotate(rig: Rig) -> None:
    rig.paid()
    raw = rig.wait_received(1)[0].raw
    old = rig.account
    rotated = rig.channel.test_credentials(rig.variant, previous=old.credentials)
    rig.account = replace(old, credential_version=2, credentials=rotated)
    outcome(rig.query(rig.paid()), Outcome.SUCCEEDED, "query with the new key")
    if not rig.parse(raw, old).note:
        raise AssertionError("a notification from before the rotation is not believed any more")


@clause("A request signed with the wrong key is refused by the provider and charges nothing.")
def a_wrong_key_is_refused(rig: Rig) -> None:
    instruction = rig.pay_instruction(product=rig.server_product())
    stranger = rig.channel.test_credentials(rig.variant)
    private = next(name for name in rig.channel.manifest.secret_names if "private" in name and "sim_" not in name)
    wrong = {**rig.account.credentials, private: stranger[private]}
    forged = replace(instruction, account=replace(rig.account, credentials=wrong))
    answer = rig.pay(forged)
    if answer.exchanges:
        if answer.outcome not in (Outcome.FAILED, Outcome.UNKNOWN):
            raise AssertionError(f"pay with a wrong key: {answer.outcome}")
    elif b'name="action"' in rig.browse("GET", rig.link(answer.action)).body:
        raise AssertionError("the shopper page opened for a forged order")
    expect(rig.truth_of(instruction)["state"], "absent", "order")
