"""Members' bank cards: the number is sealed, its last four digits and a fingerprint are all that can be read.

The fingerprint is keyed with the installation's secret, because card numbers are few enough to be guessed one by one.
It tells that the same card was added before, and says nothing about the number.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Row, String, Table, Text, select, text

from checkstand.infra.db import Instant, metadata
from checkstand.member.errors import CardNotVerified, CardUnknown
from checkstand.member.states import CardState

MOST: Final = 20  # cards of one member

_KEPT = text("status <> 'REMOVED'")

bank_card = Table(
    "bank_card",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("card_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("owner_id", String(80), nullable=False),  # a member, or the unit's own merchant (`lantern/live`)
    Column("holder_name", String(80), nullable=False),
    Column("bank_code", String(20), nullable=False),  # 12 digits in China (联行号)
    Column("account_sealed", Text, nullable=False),
    Column("last4", String(4), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("status", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("verification_payout_id", String(40)),
    Column("verification_minor", BigInteger),  # what was sent; never shown
    Column("tries", Integer, nullable=False),  # wrong answers to this verification
    Column("created_at", Instant, nullable=False),
    Column("verified_at", Instant),
    Column("failed_at", Instant),
    Index(
        "uq_bank_card_fingerprint",
        "tenant_id",
        "owner_id",
        "fingerprint",
        unique=True,
        sqlite_where=_KEPT,
        postgresql_where=_KEPT,
    ),
)


def get_card(connection: Connection, tenant_id: str, card_id: str) -> Row[Any] | None:
    """Any card of the business unit, also a removed one: old payouts name it."""
    c = bank_card
    return connection.execute(select(c).where(c.c.tenant_id == tenant_id, c.c.card_id == card_id)).one_or_none()


def card_of(connection: Connection, tenant_id: str, owner_id: str, card_id: str) -> Row[Any]:
    """A card that this owner has now. Raises `CardUnknown`."""
    row = get_card(connection, tenant_id, card_id)
    if row is None or row.owner_id != owner_id or row.status == CardState.REMOVED:
        raise CardUnknown(card=card_id, owner=owner_id)
    return row


def payable_card(connection: Connection, tenant_id: str, owner_id: str, card_id: str) -> Row[Any]:
    """A verified card of this owner. Raises `CardUnknown` or `CardNotVerified`."""
    row = card_of(connection, tenant_id, owner_id, card_id)
    if row.status != CardState.VERIFIED:
        raise CardNotVerified(card=card_id, status=row.status)
    return row


def cards_of(connection: Connection, tenant_id: str, owner_id: str) -> list[Row[Any]]:
    """The cards of an owner, the oldest first; removed ones are gone."""
    c = bank_card
    query = select(c).where(c.c.tenant_id == tenant_id, c.c.owner_id == owner_id, c.c.status != CardState.REMOVED)
    return list(connection.execute(query.order_by(c.c.card_id).limit(MOST)))


def same_card(connection: Connection, tenant_id: str, owner_id: str, fingerprint: str) -> Row[Any] | None:
    """The card that this owner has under this fingerprint."""
    c = bank_card
    query = select(c).where(c.c.tenant_id == tenant_id, c.c.owner_id == owner_id, c.c.fingerprint == fingerprint)
    return connection.execute(query.where(c.c.status != CardState.REMOVED)).one_or_none()


def failed_since(connection: Connection, tenant_id: str, owner_id: str, fingerprint: str, since: datetime) -> bool:
    """Whether a verification of this card failed lately, also one that was removed since."""
    c = bank_card
    query = select(c.c.card_id).where(
        c.c.tenant_id == tenant_id, c.c.owner_id == owner_id, c.c.fingerprint == fingerprint, c.c.failed_at >= since
    )
    return connection.execute(query.limit(1)).first() is not None
