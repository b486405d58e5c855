"""PAYING → PAID, PART_PAID, FAILED once every payout has ended; and the failed part is paid again when asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import BalanceTooLow, EdgeRefused, WriteSet
from checkstand.app.edges import edge
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.app.settlement.approve_batch import find_batch, owner_guards, payouts_of_amount
from checkstand.app.settlement.facts import After, tell_batch
from checkstand.app.settlement.payout_of_batch import AVAILABLE
from checkstand.infra.jobs import Job
from checkstand.infra.ops import Op
from checkstand.kernel import present
from checkstand.member.cards import payable_card
from checkstand.member.settlement_profile import get_profile
from checkstand.settlement.batch_states import BATCH, BatchEvent, BatchState
from checkstand.settlement.batch_store import get_batch
from checkstand.settlement.errors import FailedPartGone, NothingToPayAgain
from checkstand.settlement.payout_states import OPEN, PayoutState
from checkstand.settlement.payout_store import payouts_of

S, E = BatchState, BatchEvent


def payout_ended(platform: Platform, job: Job) -> Finished | Again:
    """A payout of this batch succeeded, failed or came back: the last one of them decides."""
    with platform.db.read() as connection:
        batch = get_batch(connection, job.tenant_id, job.payload["batch_id"])
        payouts = payouts_of(connection, job.tenant_id, job.payload["batch_id"])
    batch = present(batch, "a payout's batch exists", batch=job.payload["batch_id"])
    event = next_event(batch, payouts)
    if event is None:
        return Finished()
    now = platform.clock.now()
    to = BATCH.to(S(batch.status), event)
    reason = next((row.reason or row.status.lower() for row in reversed(payouts) if row.status in _BAD), None)
    values = {"finished_at": now, "reason": None if event == E.ALL_PAID else reason}
    told = tell_batch(
        After(batch, status=to, **values), "settlement.paid" if event == E.ALL_PAID else "settlement.failed", now
    )
    return Finished(WriteSet(ops=[*edge("settlement_batch", batch, event, now, values=values), *told]))


_BAD = (PayoutState.FAILED, PayoutState.RETURNED, PayoutState.CONFLICT)


def next_event(batch: Any, payouts: Sequence[Any]) -> BatchEvent | None:
    """What the payouts mean for their batch; pure."""
    if any(row.status in OPEN for row in payouts):
        return None
    paid = paid_minor(payouts)
    if batch.status == S.PAYING:
        if paid == batch.net_minor:
            return E.ALL_PAID
        return E.PARTLY_PAID if paid else E.NONE_PAID
    if batch.status == S.PAID and paid < batch.net_minor:
        return E.RETURN
    return None  # told already, or a part has come back to a batch that had failed in part


def paid_minor(payouts: Sequence[Any]) -> int:
    """What the bank has paid, and kept."""
    return sum(row.amount_minor for row in payouts if row.status == PayoutState.SUCCEEDED)


def pay_again(platform: Platform, tenant_id: str, mode: str, batch_id: str, *, also: tuple[Op, ...] = ()) -> Row[Any]:
    """New payouts for the part that failed, to the card that the payee's profile names now.

    Raises `NothingToPayAgain`, `FailedPartGone`, and whatever stands in the way of a payout.
    """
    now = platform.clock.now()
    with platform.db.read() as connection:
        batch = find_batch(connection, tenant_id, mode, batch_id)
        payouts = payouts_of(connection, tenant_id, batch_id)
        failed = batch.net_minor - paid_minor(payouts)
        if batch.status not in (S.FAILED, S.PART_PAID) or not failed:
            raise NothingToPayAgain(batch=batch_id, status=batch.status)
        profile = get_profile(connection, tenant_id, mode, batch.owner_id)
        payable_card(connection, tenant_id, batch.owner_id, str(profile.card_id))
        guards = owner_guards(connection, batch)
    values = {"finished_at": None, "reason": None, "card_id": profile.card_id}
    ops = edge("settlement_batch", batch, E.PAY_AGAIN, now, values=values, facts={"amount_minor": failed})
    writes = payouts_of_amount(platform, batch, profile, failed, now, held_from=AVAILABLE)
    try:
        platform.poster.commit(WriteSet(ops=[*guards, *ops, *also]) + writes)
    except BalanceTooLow:
        raise FailedPartGone(batch=batch_id) from None
    except EdgeRefused:
        raise NothingToPayAgain("it was paid again at this moment", batch=batch_id) from None
    with platform.db.read() as connection:
        return find_batch(connection, tenant_id, mode, batch_id)
