"""What clauses about payouts need of a rig: batches, the days of an account, and the bank's own truth."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

from checkstand.channel.conformance.rig import Rig
from checkstand.channel.payouts import PayoutAnswer, PayoutBatch, PayoutOrder, StatementAnswer, StatementRequest
from checkstand.channel.simulator.control import truth
from checkstand.kernel import Money, new_id

CHINA: Final = timezone(timedelta(hours=8))
BOOKED_S: Final = 4 * 86_400.0  # later than any cut-off or weekend


def batch(rig: Rig, *minors: int, **changes: Any) -> PayoutBatch:
    """A file of one transfer per amount."""
    now = rig.clock.now()
    currency = min(rig.channel.manifest.currencies)
    orders = tuple(
        PayoutOrder(
            new_id("pyo"), Money(minor, currency), "灯笼书店", f"62220200{i:011d}", "102100000021", "结算 settlement"
        )
        for i, minor in enumerate(minors or (12900,))
    )
    values = {
        "account": rig.account,
        "batch_no": new_id("bat"),
        "made_at": now,
        "executes_on": now.astimezone(CHINA).date(),
        "orders": orders,
        "now": now,
        **changes,
    }
    return PayoutBatch(**values)


def pay_out(rig: Rig, wanted: PayoutBatch) -> PayoutAnswer:
    return rig.channel.payout_adapter.payout(wanted, rig)


def query(rig: Rig, wanted: PayoutBatch) -> PayoutAnswer:
    return rig.channel.payout_adapter.query_payout(wanted, rig)


def booked(rig: Rig, *minors: int) -> PayoutBatch:
    """A file that the bank has carried out."""
    wanted = batch(rig, *minors)
    pay_out(rig, wanted)
    rig.advance(BOOKED_S)
    query(rig, wanted)
    return wanted


def truth_of(rig: Rig, payout_no: str) -> dict[str, Any]:
    """What the bank really took and gave back for this transfer."""
    lines: list[dict[str, Any]] = truth(rig.simulator, payout_no)["orders"]
    return lines[0] if lines else {"charged_minor": 0, "refunded_minor": 0, "state": "absent", "paid_at": None}


def day_of(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def booking_day(rig: Rig, payout_no: str) -> date:
    return day_of(truth_of(rig, payout_no)["paid_at"])


def request(rig: Rig, day: date, **more: Any) -> StatementRequest:
    return StatementRequest(rig.account, day, rig.clock.now(), **more)


def statement(rig: Rig, day: date, **more: Any) -> StatementAnswer:
    return rig.channel.payout_adapter.statement(request(rig, day, **more), rig)
