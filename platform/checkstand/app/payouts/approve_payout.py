"""Two people let a large payout go; one is enough to stop it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app import two_people
from checkstand.app.console_access import Actor
from checkstand.app.edges import edge
from checkstand.app.payouts.kinds import KINDS
from checkstand.app.payouts.new_payout import send_job
from checkstand.app.payouts.own_payout import PayoutMoved, in_state, own_payout
from checkstand.app.platform import Platform
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError, present
from checkstand.member import get_member, require_active, still_active
from checkstand.member.approvals import waiting_for
from checkstand.settlement.payout_states import PayoutEvent, PayoutState

APPROVAL: Final = "payout"  # the kind of its question
MAX_REASON: Final = 200
S, E = PayoutState, PayoutEvent


class ReasonMissing(CheckstandError):
    code = "payout.reason_missing"
    message = "Say why."
    remedy = f"Write 1 to {MAX_REASON} characters; they stay with the payout."


def approve_payout(platform: Platform, who: Actor, tenant_id: str, mode: str, payout_id: str) -> bool:
    """The first person's yes is kept, the second one's sends it; True when it was the second. Raises `SamePerson`."""
    row, question = _waiting(platform, tenant_id, mode, payout_id)
    with platform.db.read() as connection:
        owner = get_member(connection, tenant_id, row.owner_id)
    if owner is not None:
        require_active(owner)  # frozen while it waited: it waits on, or is rejected
    now = platform.clock.now()
    facts = {"amount_minor": row.amount_minor, "currency": row.currency}
    if question is None:
        _, asked = two_people.ask(tenant_id, APPROVAL, payout_id, by=who.operator_id, now=now, facts=facts)
        told = who.audit(tenant_id, "payout.approve_first", "payout", payout_id, now, mode=mode, after=facts)
        _commit(platform, WriteSet(ops=[asked, told]))
        return False
    ops: list[Op] = [
        two_people.approve(question, by=who.operator_id, now=now),
        *edge("payout", row, E.APPROVE, now, facts={"by": [question.asked_by, who.operator_id]}),
        send_job(row, now),
        who.audit(tenant_id, "payout.approve", "payout", payout_id, now, mode=mode, after=facts),
        *([still_active(owner)] if owner is not None else []),
    ]
    _commit(platform, WriteSet(ops=ops))
    return True


def reject_payout(platform: Platform, who: Actor, tenant_id: str, mode: str, payout_id: str, reason: str) -> None:
    """The money goes back to its owner (J4.6)."""
    reason = clean_reason(reason)
    row, question = _waiting(platform, tenant_id, mode, payout_id)
    now = platform.clock.now()
    values = {"reason": "rejected", "finished_at": now}
    ops: list[Op] = edge("payout", row, E.REJECT, now, values=values, facts={"by": who.operator_id, "why": reason})
    if question is not None:
        ops.append(two_people.reject(question, by=who.operator_id, now=now, reason=reason))
    ops.append(who.audit(tenant_id, "payout.reject", "payout", payout_id, now, mode=mode, after={"reason": reason}))
    given_back = present(KINDS[row.kind].rejected, "what waits for approval can be given back", kind=row.kind)
    _commit(platform, WriteSet(ops=ops) + given_back(row, now))


def clean_reason(text: str) -> str:
    """As it is kept. Raises `ReasonMissing`."""
    reason = " ".join(text.split())
    if not 1 <= len(reason) <= MAX_REASON:
        raise ReasonMissing(pointer="reason")
    return reason


def _waiting(platform: Platform, tenant_id: str, mode: str, payout_id: str) -> tuple[Row[Any], Row[Any] | None]:
    with platform.db.read() as connection:
        row = in_state(own_payout(connection, tenant_id, mode, payout_id), S.FROZEN)
        return row, waiting_for(connection, tenant_id, APPROVAL, payout_id)


def _commit(platform: Platform, writes: WriteSet) -> None:
    try:
        platform.poster.commit(writes)
    except (EdgeRefused, RowExists):
        raise PayoutMoved("somebody else decided in this moment") from None
