"""An operator opens one payout: its whole story, and a line on the audit trail that it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.payouts.approve_payout import APPROVAL
from checkstand.app.payouts.decide_unknown import DECISION
from checkstand.app.payouts.own_payout import own_payout
from checkstand.app.platform import Platform
from checkstand.app.story_parts import edge_told, exchange_told, journals_told, webhooks_told
from checkstand.infra.state_event import history_of
from checkstand.kernel import present
from checkstand.member import get_member
from checkstand.member.approvals import waiting_for
from checkstand.member.cards import get_card
from checkstand.payment import exchanges_of
from checkstand.settlement.payout_store import is_stopped


@dataclass(frozen=True, slots=True)
class PayoutRead:
    """The story, the card without its number, its owner where that is a member, and who has decided so far."""

    row: Row[Any]
    story: dict[str, Any]
    card: Row[Any]
    member: Row[Any] | None
    approval: Row[Any] | None  # the first person's yes
    outcome: Row[Any] | None  # the first person's word on an unknown payout
    card_stopped: bool


def read_payout(platform: Platform, who: Actor, tenant_id: str, mode: str, payout_id: str) -> PayoutRead:
    """Everything about a payout. Raises `PayoutNotFound`, also for another unit's."""
    with platform.db.read() as connection:
        row = own_payout(connection, tenant_id, mode, payout_id)
        objects = [payout_id, *([row.file_no] if row.file_no else [])]
        story = {
            "events": [],
            "notifications": [],
            "history": [edge_told(each) for each in history_of(connection, tenant_id, [payout_id])],
            "messages": [exchange_told(each) for each in exchanges_of(connection, tenant_id, objects)],
            "journals": journals_told(connection, tenant_id, [payout_id]),
            "webhooks": webhooks_told(connection, tenant_id, [payout_id]),
        }
        read = PayoutRead(
            row=row,
            story=story,
            card=present(get_card(connection, tenant_id, row.card_id), "a payout has its card", payout=payout_id),
            member=get_member(connection, tenant_id, row.owner_id),
            approval=waiting_for(connection, tenant_id, APPROVAL, payout_id),
            outcome=waiting_for(connection, tenant_id, DECISION, payout_id),
            card_stopped=is_stopped(connection, tenant_id, row.card_id),
        )
    told = who.audit(tenant_id, "payout.read", "payout", payout_id, platform.clock.now(), mode=mode)
    platform.poster.commit(WriteSet(ops=[told]))
    return read
