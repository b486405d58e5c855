"""Clauses about notifications (money.md §4.9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from checkstand.channel.conformance.judging import believed, clause, expect, outcome, refunded
from checkstand.channel.conformance.rig import Rig, at, wait_for
from checkstand.channel.port import Outcome
from checkstand.kernel import Money


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
