"""A business unit reads its settlement batches: one, a page of them, and what is in one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import false

from checkstand.app.facts import instant, money
from checkstand.app.list_payments import MAX_PAGE, PageInvalid
from checkstand.app.pages import page_of
from checkstand.app.platform import Platform
from checkstand.app.settlement.approve_batch import APPROVAL, find_batch
from checkstand.app.settlement.facts import PUBLIC_STATUS, batch_facts, item_facts
from checkstand.clearing.store import items_page
from checkstand.member.approvals import waiting_for
from checkstand.settlement.batch_states import BatchState
from checkstand.settlement.batch_store import settlement_batch
from checkstand.settlement.payout_store import payouts_of

_B = settlement_batch.c


def read_batch(platform: Platform, tenant_id: str, mode: str, batch_id: str) -> dict[str, Any]:
    """The batch with its payouts, and who has asked for its approval."""
    with platform.db.read() as connection:
        row = find_batch(connection, tenant_id, mode, batch_id)
        payouts = payouts_of(connection, tenant_id, batch_id)
        question = waiting_for(connection, tenant_id, APPROVAL, batch_id)
    return {
        **batch_facts(row),
        "approval_asked_by": question.asked_by if question is not None else None,
        "approved_by": row.approved_by,
        "payouts": [
            {
                "id": payout.payout_id,
                "status": payout.status.lower(),
                "amount": money(payout.amount_minor, payout.currency),
                "card": payout.card_id,
                "reason": payout.reason,
                "finished_at": instant(payout.finished_at),
            }
            for payout in payouts
        ],
    }


def list_batches(
    platform: Platform,
    tenant_id: str,
    mode: str,
    *,
    cursor: str | None = None,
    limit: int = 20,
    status: str | None = None,
    payee: str | None = None,
) -> dict[str, Any]:
    """Newest first; in one public state, or of one payee."""
    where = [_B.tenant_id == tenant_id, _B.mode == mode]
    if status:
        inner = [state for state, public in PUBLIC_STATUS.items() if public == status]
        held_no_more = (_B.status == BatchState.HELD_RECON) & _B.reason.is_(None)  # as `state_of` has it
        waits = held_no_more if status == PUBLIC_STATUS["CALCULATED"] else false()
        where.append((_B.status.in_(inner) & ~held_no_more) | waits)
    if payee:
        where.append(_B.owner_id == payee)
    with platform.db.read() as connection:
        return page_of(
            connection, settlement_batch, "batch_id", where, batch_facts, cursor=cursor, limit=limit, prefix="stb_"
        )


def list_items(
    platform: Platform, tenant_id: str, mode: str, batch_id: str, *, cursor: str | None = None, limit: int = 20
) -> dict[str, Any]:
    """What the batch pays, in the order in which it was cleared."""
    if not 1 <= limit <= MAX_PAGE or (cursor is not None and not cursor.startswith("clr_")):
        raise PageInvalid()
    with platform.db.read() as connection:
        find_batch(connection, tenant_id, mode, batch_id)
        rows = items_page(connection, tenant_id, batch_id, after=cursor, limit=limit + 1)
    shown = rows[:limit]
    return {
        "data": [item_facts(row) for row in shown],
        "next_cursor": shown[-1].clearing_id if len(rows) > limit else None,
    }
