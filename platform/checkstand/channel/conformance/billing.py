"""Clauses about the bills of channels that take payments: the file of a day, or a reason why there is none."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from typing import Final

from checkstand.channel.bills import BillAnswer, BillOutcome, BillRequest
from checkstand.channel.conformance.judging import clause, expect, refunded
from checkstand.channel.conformance.rig import Rig
from checkstand.channel.port import Capability
from checkstand.channel.simulator.bills import bill_day

BILLS: Final = (Capability.STATEMENT, Capability.PAY)
DAY_S: Final = 86_400.0
TEN_O_CLOCK_S: Final = 10 * 3_600.0


def fetch(rig: Rig, day: date) -> BillAnswer:
    """What the channel says of this day."""
    request = BillRequest(rig.account, day, rig.clock.now())
    return rig.channel.statement_adapter.download_statement(request, rig)


def today(rig: Rig) -> date:
    return bill_day(rig.simulator.clock.now())


def next_morning(rig: Rig) -> None:
    """Ten o'clock of the provider's next day."""
    now = rig.simulator.clock.now()
    tomorrow = rig.clock.now() + timedelta(seconds=rig.simulator.clock.offset_s + DAY_S)
    since_midnight = (now.timestamp() + 8 * 3_600) % DAY_S
    rig.advance((tomorrow - now).total_seconds() - since_midnight + TEN_O_CLOCK_S)


def holds(answer: BillAnswer, number: str) -> bool:
    """Whether the file speaks of this number, however it is packed."""
    if not answer.raw.startswith(b"PK"):
        return number.encode() in answer.raw
    with zipfile.ZipFile(io.BytesIO(answer.raw), metadata_encoding="gbk") as archive:
        return any(number.encode() in archive.read(name) for name in archive.namelist())


@clause("The bill of a day holds its payments and refunds under our numbers.", needs=BILLS)
def the_bill_holds_what_moved(rig: Rig) -> None:
    day, paid, unpaid = today(rig), rig.paid(), rig.pay_instruction()
    rig.pay(unpaid)
    refund = rig.refund_instruction(paid, 3000)
    refunded(rig, refund)
    next_morning(rig)
    found = fetch(rig, day)
    expect(found.outcome, BillOutcome.READY, "bill")
    seen = {number: holds(found, number) for number in (paid.attempt_no, refund.refund_no, unpaid.attempt_no)}
    expect(list(seen.values()), [True, True, False], "payment, refund and unpaid order on the bill")
    if not found.name:
        raise AssertionError("the file has no name")


@clause("The bill of a day is the same file whenever it is fetched.", needs=BILLS)
def a_bill_does_not_change(rig: Rig) -> None:
    day = today(rig)
    rig.paid()
    next_morning(rig)
    first = fetch(rig, day)
    rig.advance(3_600)
    expect(fetch(rig, day).raw == first.raw, True, "the same bytes")


@clause("A day that is not over, or whose bill is still being made, is not ready, and never empty.", needs=BILLS)
def an_early_bill_is_not_ready(rig: Rig) -> None:
    day = today(rig)
    rig.paid()
    early = fetch(rig, day)
    if early.outcome not in (BillOutcome.NOT_READY, BillOutcome.REFUSED) or early.raw:
        raise AssertionError(f"the bill of today: {early.outcome}")
    next_morning(rig)
    rig.fault("bill_late", "bill")
    expect(fetch(rig, day).outcome, BillOutcome.NOT_READY, "a bill that is being made")
    expect(fetch(rig, day).outcome, BillOutcome.READY, "ten minutes later")


@clause("A day on which nothing moved has a bill without lines, or the channel's word that it has none.", needs=BILLS)
def an_empty_day_is_a_result(rig: Rig) -> None:
    day = today(rig)
    next_morning(rig)
    found = fetch(rig, day)
    if found.outcome not in (BillOutcome.READY, BillOutcome.EMPTY) or not found.raw:
        raise AssertionError(f"an empty day: {found.outcome} ({found.code}), {len(found.raw)} bytes kept")


@clause("No answer, or none that can be believed, is unknown, and no byte of it is handed on.", needs=BILLS)
def an_unbelievable_bill_is_unknown(rig: Rig) -> None:
    day = today(rig)
    rig.paid()
    next_morning(rig)
    for kind in ("drop_before", "http_500", "unsigned", "bad_signature", "garbled"):
        rig.fault(kind, "bill")
        seen = fetch(rig, day)
        expect((seen.outcome, seen.raw), (BillOutcome.UNKNOWN, b""), kind)
    for kind in ("drop_after", "http_500"):
        rig.fault(kind, "download")
        seen = fetch(rig, day)
        expect((seen.outcome, seen.raw), (BillOutcome.UNKNOWN, b""), f"{kind} of the file")
    expect(fetch(rig, day).outcome, BillOutcome.READY, "afterwards")
