"""A new payout as writes: its row, its first edges, what its kind sets aside, and the job that sends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from checkstand.accounting import WriteSet
from checkstand.app.payouts.bank import paying_account
from checkstand.app.payouts.bank_file import check_order
from checkstand.app.payouts.kinds import KINDS
from checkstand.app.platform import Platform
from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Insert, Op
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import must, new_id
from checkstand.settlement.payout_states import PayoutEvent, PayoutState
from checkstand.settlement.payout_store import payout

S, E = PayoutState, PayoutEvent
SEND_JOB: Final = "payout.send"
GATHERING: Final = timedelta(seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayout:
    """A payout before it is a row; the same names as its columns."""

    tenant_id: str
    payout_id: str
    mode: str
    payout_no: str
    kind: str
    source_id: str
    owner_id: str
    card_id: str
    bank_account_id: str
    fund_mode: str
    held_from: str
    amount_minor: int
    fee_minor: int
    currency: str
    status: str
    created_at: datetime
    version: int = 1
    reason: str | None = None
    code: str | None = None
    channel_no: str | None = None
    file_no: str | None = None
    send_count: int = 0
    cleared_at: datetime | None = None
    sent_at: datetime | None = None
    finished_at: datetime | None = None


def payout_writes(platform: Platform, **what: Any) -> tuple[str, WriteSet]:
    """The id and all writes of a new payout; the arguments are those of `new_payout`."""
    new = new_payout(platform, **what)
    return new.payout_id, writes_of(new)


def new_payout(
    platform: Platform,
    *,
    tenant_id: str,
    mode: str,
    kind: str,
    source_id: str,
    owner_id: str,
    card_id: str,
    amount_minor: int,
    fee_minor: int,
    currency: str,
    payout_no: str = "",
    approved: bool = True,
    held_from: str = "",
    now: datetime,
) -> NewPayout:
    """A payout that the bank can be given; `approved=False` leaves it to two people.

    Raises `NoBank`, and what the bank's channel raises for a transfer that it would refuse. The caller has looked at
    the card (`member.cards.payable_card`).
    """
    must(approved or KINDS[kind].rejected is not None, "what may be rejected can be given back", kind=kind)
    with platform.db.read() as connection:
        bank_account_id = paying_account(platform, connection, tenant_id, mode)
    payout_id = new_id("pyo")
    new = NewPayout(
        tenant_id=tenant_id,
        payout_id=payout_id,
        mode=mode,
        payout_no=payout_no or payout_id,
        kind=kind,
        source_id=source_id,
        owner_id=owner_id,
        card_id=card_id,
        bank_account_id=bank_account_id,
        fund_mode=platform.settings.fund_mode,
        held_from=held_from,
        amount_minor=amount_minor,
        fee_minor=fee_minor,
        currency=currency,
        status=S.APPROVED if approved else S.FROZEN,
        created_at=now,
    )
    check_order(platform, new)
    return new


def writes_of(new: NewPayout) -> WriteSet:
    """Its row, its history so far, what its kind sets aside, and the job that sends it.

    A second payout under the same `payout_no`, and a second withdrawal under the same number, is refused by the
    database.
    """
    tenant_id, payout_id, now = new.tenant_id, new.payout_id, new.created_at
    ops: list[Op] = [
        Insert(payout, {column.name: getattr(new, column.name) for column in payout.columns}),
        state_event_op(tenant_id, "payout", payout_id, None, "create", S.CREATED, now),
        state_event_op(tenant_id, "payout", payout_id, S.CREATED, E.FREEZE, S.FROZEN, now),
    ]
    if new.status == S.APPROVED:
        ops += [
            state_event_op(tenant_id, "payout", payout_id, S.FROZEN, E.APPROVE, S.APPROVED, now),
            send_job(new, now),
        ]
    return WriteSet(ops=ops) + KINDS[new.kind].frozen(new, now)


def send_job(row: Any, now: datetime) -> Op:
    """Send what is due of this payout's bank account, a moment later: what is approved together shares a file.

    One job per payout, because a job that has begun does not see what is approved meanwhile.
    """
    payload = {"bank_account_id": row.bank_account_id}
    return job_op(row.tenant_id, SEND_JOB, row.payout_id, payload, due_at=now + GATHERING, now=now)
