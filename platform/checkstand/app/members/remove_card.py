"""A bank card is removed: nothing more is paid to it. The row stays, because old payouts name it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.edges import edge
from checkstand.app.platform import Platform
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError, Kind
from checkstand.member.cards import card_of
from checkstand.member.settlement_profile import get_profile
from checkstand.member.states import CardEvent
from checkstand.settlement.payout_states import OPEN
from checkstand.settlement.payout_store import payout

TRIES: Final = 8


class CardInUse(CheckstandError):
    code = "card.in_use"
    kind = Kind.CONFLICT
    message = "This card is still needed."
    remedy = "Choose another card for the settlement, and wait until the payouts to this one have ended."


def remove_card(
    platform: Platform, tenant_id: str, mode: str, owner_id: str, card_id: str, also: Sequence[Op] = ()
) -> None:
    """Raises `CardUnknown`, also for one that was removed before, and `CardInUse`."""
    for _ in range(TRIES):
        with platform.db.read() as connection:
            card = card_of(connection, tenant_id, owner_id, card_id)
            _check(connection, card, mode)
        try:
            removed = edge("bank_card", card, CardEvent.REMOVE, platform.clock.now())
            platform.poster.commit(WriteSet(ops=[*removed, *also]))
        except EdgeRefused:
            continue  # its verification moved on in this moment
        return
    raise EdgeRefused(card=card_id)


def _check(connection: Connection, card: Row[Any], mode: str) -> None:
    profile = get_profile(connection, card.tenant_id, mode, card.owner_id)
    if profile.destination == "bank" and profile.card_id == card.card_id:
        raise CardInUse("the settlement is paid to this card", card=card.card_id)
    under_way = select(payout.c.payout_id).where(
        payout.c.tenant_id == card.tenant_id, payout.c.card_id == card.card_id, payout.c.status.in_(OPEN)
    )
    if found := connection.execute(under_way.limit(1)).scalar():
        raise CardInUse(f"payout {found} to this card is under way", card=card.card_id)
