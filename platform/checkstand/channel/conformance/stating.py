"""Clauses about statements and returns: the bank's file is the last word, so it has to add up."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from checkstand.channel.conformance import payout_desk as desk
from checkstand.channel.conformance.judging import clause, expect
from checkstand.channel.conformance.rig import Rig
from checkstand.channel.payouts import PayoutBatch, Statement, StatementAnswer, StatementOutcome
from checkstand.channel.port import Capability, Outcome

STATEMENT: Final = (Capability.STATEMENT, Capability.PAYOUT)
RETURNS: Final = Capability.RETURNS
NEXT_DAY: Final = timedelta(days=1)
LATE_S: Final = 86_400.0
WRONG: Final = ("wrong_total", "truncated_file", "wrong_encoding")


def _ready(answer: StatementAnswer) -> Statement:
    expect((answer.outcome, answer.problem), (StatementOutcome.READY, None), "statement")
    if answer.statement is None:
        raise AssertionError("a ready answer holds no statement")
    return answer.statement


def _returned(rig: Rig) -> PayoutBatch:
    """A file whose first transfer has come back on a later day."""
    wanted = desk.batch(rig, 12900, 700)
    rig.fault("late_return", "payout", number=wanted.orders[0].payout_no, seconds=LATE_S)
    desk.pay_out(rig, wanted)
    rig.advance(desk.BOOKED_S)
    desk.query(rig, wanted)
    return wanted


@clause("The statement holds every payout under our number with its exact amount, and adds up.", needs=STATEMENT)
def the_statement_holds_every_payout(rig: Rig) -> None:
    wanted = desk.booked(rig, 12900, 700, 10051)
    day = desk.booking_day(rig, wanted.orders[0].payout_no)
    found = _ready(desk.statement(rig, day))
    lines = {entry.payout_no: entry.amount for entry in found.entries if entry.kind == "payout"}
    expect(lines, {order.payout_no: order.amount for order in wanted.orders[:2]}, "payouts on the statement")
    expect(found.opening.minor - found.closing.minor, 13600, "what the account lost")


@clause("Each day opens as the day before closed, and statements are counted without gaps.", needs=STATEMENT)
def statements_follow_each_other(rig: Rig) -> None:
    wanted = _returned(rig)
    day = desk.booking_day(rig, wanted.orders[0].payout_no)
    first = _ready(desk.statement(rig, day))
    _ready(desk.statement(rig, day + NEXT_DAY, follows=first))
    gap = desk.statement(rig, day + 2 * NEXT_DAY, follows=first)
    expect((gap.outcome, bool(gap.problem)), (StatementOutcome.INVALID, True), "a day left out")


@clause("A statement taken before is recognised by its message id; a re-issued one is not mistaken for it.",
        needs=STATEMENT)  # fmt: skip
def repeated_statements_are_recognised(rig: Rig) -> None:
    day = desk.booking_day(rig, desk.booked(rig).orders[0].payout_no)
    first = _ready(desk.statement(rig, day))
    known = frozenset({first.message_id})
    expect(desk.statement(rig, day, known=known).outcome, StatementOutcome.DUPLICATE, "the same file again")
    rig.fault("duplicated_statement", "statement")
    twice = _ready(desk.statement(rig, day))
    expect(twice.entries, first.entries, "the lines of a file that holds the statement twice")
    rig.fault("reissued_statement", "statement")
    again = _ready(desk.statement(rig, day, known=known))
    expect((again.message_id != first.message_id, again.day), (True, day), "the re-issued statement")


@clause("A statement with a wrong total, cut short or in another encoding is refused with a remedy.", needs=STATEMENT)
def a_bad_statement_is_refused(rig: Rig) -> None:
    day = desk.booking_day(rig, desk.booked(rig).orders[0].payout_no)
    for kind in WRONG:
        rig.fault(kind, "statement")
        seen = desk.statement(rig, day)
        expect((seen.outcome, seen.statement, seen.entries), (StatementOutcome.INVALID, None, ()), kind)
        if seen.problem is None or not seen.problem.remedy or not seen.raw:
            raise AssertionError(f"{kind}: no remedy, or the file was not kept")
    _ready(desk.statement(rig, day))


@clause("No answer, or none that can be believed, is unknown; a day that is not over is not ready.", needs=STATEMENT)
def an_unbelievable_statement_is_unknown(rig: Rig) -> None:
    day = desk.booking_day(rig, desk.booked(rig).orders[0].payout_no)
    for kind in ("drop_after", "http_500", "unsigned", "bad_signature", "garbled"):
        rig.fault(kind, "statement")
        expect(desk.statement(rig, day).outcome, StatementOutcome.UNKNOWN, kind)
    today = desk.day_of(rig.simulator.clock.now())
    expect(desk.statement(rig, today).outcome, StatementOutcome.NOT_READY, "today")


@clause("A transfer that came back is told as a return with its number and our reason, by notice and by statement.",
        needs=RETURNS)  # fmt: skip
def a_return_is_told(rig: Rig) -> None:
    wanted = _returned(rig)
    came_back = wanted.orders[0]
    day = desk.booking_day(rig, came_back.payout_no) + timedelta(seconds=LATE_S)
    notice = rig.channel.payout_adapter.returns(desk.request(rig, day), rig)
    expect(notice.outcome, StatementOutcome.READY, "notice")
    told = [(e.payout_no, e.amount, e.direction, bool(e.reason)) for e in notice.entries]
    expect(told, [(came_back.payout_no, came_back.amount, "credit", True)], "returns")
    lines = [entry for entry in _ready(desk.statement(rig, day)).entries if entry.kind == "return"]
    expect(lines, list(notice.entries), "returns on the statement")
    # The bank did carry the transfer out; that it came back is another event.
    expect(desk.query(rig, wanted).of(came_back.payout_no).outcome, Outcome.SUCCEEDED, "query")
    expect(desk.truth_of(rig, came_back.payout_no)["refunded_minor"], came_back.amount.minor, "given back")


@clause("A day without returns is an empty notice, not a missing one.", needs=RETURNS)
def a_day_without_returns_is_empty(rig: Rig) -> None:
    day = desk.booking_day(rig, desk.booked(rig).orders[0].payout_no)
    notice = rig.channel.payout_adapter.returns(desk.request(rig, day), rig)
    expect((notice.outcome, notice.entries), (StatementOutcome.READY, ()), "notice")
