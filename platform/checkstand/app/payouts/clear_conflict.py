"""A person has found out why the bank debited a payout that it had refused: the card may be paid to again.

What the money was is reconciliation's matter: the debit stands on the bank's statement as an open item until it is
resolved there. This only lets payouts to the card go on.
"""

from __future__ import annotations

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.edges import anomaly
from checkstand.app.payouts.approve_payout import clean_reason
from checkstand.app.payouts.new_payout import send_job
from checkstand.app.payouts.own_payout import PayoutMoved, in_state, own_payout
from checkstand.app.platform import Platform
from checkstand.infra.ops import Op, Update
from checkstand.settlement.payout_states import PayoutState
from checkstand.settlement.payout_store import approved_to, payout


def clear_conflict(platform: Platform, who: Actor, tenant_id: str, mode: str, payout_id: str, reason: str) -> None:
    """Payouts to its card that waited are sent."""
    reason = clean_reason(reason)
    with platform.db.read() as connection:
        row = in_state(own_payout(connection, tenant_id, mode, payout_id), PayoutState.CONFLICT)
        waiting = approved_to(connection, tenant_id, row.card_id)
    if row.cleared_at is not None:
        raise PayoutMoved("it was cleared before", payout=payout_id)
    now = platform.clock.now()
    key = {"tenant_id": tenant_id, "payout_id": payout_id}
    ops: list[Op] = [
        Update(payout, key, {"cleared_at": now}, guard={"cleared_at": None}),
        anomaly("payout", row, "cleared", now, {"by": who.operator_id, "why": reason}),
        who.audit(tenant_id, "payout.clear_conflict", "payout", payout_id, now, mode=mode, after={"reason": reason}),
        *(send_job(each, now) for each in waiting),
    ]
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except EdgeRefused:
        raise PayoutMoved("somebody else cleared it in this moment") from None
