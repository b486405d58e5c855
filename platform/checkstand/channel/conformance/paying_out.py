"""Clauses about paying out (money.md §4.7): the number is used once, and every doubt is unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from checkstand.channel.conformance import payout_desk as desk
from checkstand.channel.conformance.judging import clause, expect
from checkstand.channel.conformance.rig import Rig
from checkstand.channel.payouts import PayoutAnswer
from checkstand.channel.port import Capability, Outcome
from checkstand.kernel import Money

PAYOUT: Final = Capability.PAYOUT
QUERY: Final = Capability.QUERY_PAYOUT
SPOILT: Final = (
    "drop_before",
    "drop_after",
    "http_500",
    "unsigned",
    "bad_signature",
    "garbled",
    "unknown_code",
    "truncated_file",
)


def _outcomes(answer: PayoutAnswer) -> list[Outcome]:
    return [result.outcome for result in answer.results]


@clause("A payout file is accepted, then booked with the exact amounts, each once.", needs=PAYOUT)
def a_file_is_accepted_then_booked(rig: Rig) -> None:
    wanted = desk.batch(rig, 1, 12900, 99_999_900, 250_000_000)
    expect(_outcomes(desk.pay_out(rig, wanted)), [Outcome.ACCEPTED] * 4, "payout")
    rig.advance(desk.BOOKED_S)
    expect(_outcomes(desk.query(rig, wanted)), [Outcome.SUCCEEDED] * 4, "query")
    taken = [desk.truth_of(rig, order.payout_no)["charged_minor"] for order in wanted.orders]
    expect(taken, [order.amount.minor for order in wanted.orders], "taken from the account")


@clause("The same file sent twice moves the money once, and both answers speak of the same transfers.", needs=PAYOUT)
def a_repeated_file_pays_once(rig: Rig) -> None:
    wanted = desk.booked(rig, 12900, 700)
    again = desk.pay_out(rig, replace(wanted, now=rig.clock.now()))
    expect(_outcomes(again), [Outcome.SUCCEEDED] * 2, "the repeat")
    expect(len(rig.simulator.state.orders), 2, "transfers at the bank")


@clause("A number used in a second file is not paid again, and is unknown there, never failed.", needs=PAYOUT)
def a_number_is_used_once(rig: Rig) -> None:
    first = desk.booked(rig, 12900)
    second = desk.batch(rig, 500)
    second = replace(second, orders=(*second.orders, first.orders[0]))
    expect(_outcomes(desk.pay_out(rig, second)), [Outcome.ACCEPTED, Outcome.UNKNOWN], "the second file")
    expect(desk.truth_of(rig, first.orders[0].payout_no)["charged_minor"], 12900, "taken")


@clause("A file number used with other amounts is unknown, never failed.", needs=PAYOUT)
def a_file_number_with_other_amounts_is_unknown(rig: Rig) -> None:
    first = desk.booked(rig, 12900)
    other = replace(first.orders[0], amount=Money(12901, first.total.currency))
    expect(_outcomes(desk.pay_out(rig, replace(first, orders=(other,)))), [Outcome.UNKNOWN], "other amounts")


@clause("A rejected transfer is failed with our reason; the others of its file are paid.", needs=PAYOUT)
def a_rejection_concerns_one_transfer(rig: Rig) -> None:
    wanted = desk.batch(rig, 12900, 700, 10051)
    rig.fault("rejected", "payout", number=wanted.orders[1].payout_no)
    answer = desk.pay_out(rig, wanted)
    expect(_outcomes(answer), [Outcome.ACCEPTED, Outcome.FAILED, Outcome.FAILED], "payout")
    expect([bool(result.reason) for result in answer.results], [False, True, True], "reasons")
    rig.advance(desk.BOOKED_S)
    expect(_outcomes(desk.query(rig, wanted)), [Outcome.SUCCEEDED, Outcome.FAILED, Outcome.FAILED], "query")
    taken = [desk.truth_of(rig, order.payout_no)["charged_minor"] for order in wanted.orders]
    expect(taken, [12900, 0, 0], "taken")


@clause("No answer, half an answer, an unsigned, forged or unlisted one: always unknown, never failed.", needs=PAYOUT)
def what_the_bank_did_not_say_is_unknown(rig: Rig) -> None:
    sent = desk.booked(rig, 12900)
    for kind in SPOILT:
        wanted = desk.batch(rig, 12900)
        rig.fault(kind, "payout")
        expect(_outcomes(desk.pay_out(rig, wanted)), [Outcome.UNKNOWN], f"payout with {kind}")
        rig.fault(kind, "query_payout")
        expect(_outcomes(desk.query(rig, sent)), [Outcome.UNKNOWN], f"query with {kind}")


@clause("An answer that was lost is found by the query, under the same number.", needs=QUERY)
def a_lost_report_is_found(rig: Rig) -> None:
    wanted = desk.batch(rig, 12955)
    expect(_outcomes(desk.pay_out(rig, wanted)), [Outcome.UNKNOWN], "payout without an answer")
    rig.advance(desk.BOOKED_S)
    expect(_outcomes(desk.query(rig, wanted)), [Outcome.SUCCEEDED], "query")


@clause("A report with another amount than was ordered is not believed.", needs=QUERY)
def a_wrong_reported_amount_is_unknown(rig: Rig) -> None:
    wanted = desk.booked(rig, 12900)
    rig.fault("wrong_amount", "query_payout")
    answer = desk.query(rig, wanted)
    expect((_outcomes(answer), bool(answer.problem)), ([Outcome.UNKNOWN], True), "query")


@clause("A file that the bank does not know is not found, never failed.", needs=QUERY)
def an_unknown_file_is_not_found(rig: Rig) -> None:
    expect(_outcomes(desk.query(rig, desk.batch(rig))), [Outcome.NOT_FOUND], "query of a stranger")


@clause("A file signed with the wrong key moves nothing, and its outcome is unknown.", needs=PAYOUT)
def a_strangers_file_moves_nothing(rig: Rig) -> None:
    stranger = rig.channel.test_credentials(rig.variant)
    private = next(name for name in rig.channel.manifest.secret_names if "private" in name and "sim_" not in name)
    wrong = replace(rig.account, credentials={**rig.account.credentials, private: stranger[private]})
    wanted = desk.batch(rig, 12900, account=wrong)
    expect(_outcomes(desk.pay_out(rig, wanted)), [Outcome.UNKNOWN], "payout")
    expect(desk.truth_of(rig, wanted.orders[0].payout_no)["state"], "absent", "transfer")


@clause("What the bank accepted survives a crash: after a restart the file is known, and is booked once.", needs=PAYOUT)
def accepted_files_are_durable(rig: Rig) -> None:
    wanted = desk.batch(rig, 12900, 700)
    desk.pay_out(rig, wanted)
    rig.restart(torn=b'{"seq":999,"torn')
    rig.advance(desk.BOOKED_S)
    first = desk.query(rig, wanted)
    rig.restart()
    expect(_outcomes(first), [Outcome.SUCCEEDED] * 2, "query after the restart")
    expect(desk.query(rig, wanted).results, first.results, "the same after another")


@clause("No transcript of a payout holds a secret, an account number or a name.", needs=PAYOUT)
def payout_transcripts_hold_no_secrets(rig: Rig) -> None:
    wanted = desk.batch(rig, 12900)
    exchanges = (*desk.pay_out(rig, wanted).exchanges, *desk.query(rig, wanted).exchanges)
    text = "\n".join(f"{each.url}{each.request}{each.response}" for each in exchanges)
    secrets = [rig.account.credentials.get(name, "") for name in rig.channel.manifest.secret_names]
    for secret in [*filter(None, secrets), wanted.orders[0].creditor_account, wanted.orders[0].creditor_name]:
        if secret in text:
            raise AssertionError(f"a transcript shows {secret[:12]!r}…")
    expect(wanted.orders[0].payout_no in text, True, "the number is there to be found")
