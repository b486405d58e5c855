"""Payouts and the files in which they were sent to the bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    Row,
    String,
    Table,
    select,
    text,
)

from checkstand.infra.db import Instant, metadata
from checkstand.settlement.payout_states import PayoutState

_WITHDRAWAL: Final = text("kind = 'withdrawal'")

payout = Table(
    "payout",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("payout_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("payout_no", String(35), nullable=False),  # our number at the bank and on its statement
    Column("kind", String(20), nullable=False),  # withdrawal | settlement | verification | refund
    # What it pays: the business unit's withdrawal number, or the id of a batch, card or refund of ours.
    Column("source_id", String(64), nullable=False),
    Column("owner_id", String(80), nullable=False),  # whose money it is
    Column("card_id", String(40), nullable=False),
    Column("bank_account_id", String(40), nullable=False),  # our channel account at the bank
    Column("fund_mode", String(10), nullable=False),  # hosted | custody: which deposit account pays (money.md §2.3)
    Column("held_from", String(4), nullable=False),  # 2001 | 2103: where a withdrawal's money waited; else empty
    Column("amount_minor", BigInteger, nullable=False),  # what the bank pays
    Column("fee_minor", BigInteger, nullable=False),  # earned on success, on top of the amount
    Column("currency", String(3), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("reason", String(60)),  # ours
    Column("code", String(20)),  # the bank's
    Column("channel_no", String(64)),
    Column("file_no", String(35)),  # the file it was sent in; never another one
    Column("send_count", Integer, nullable=False),
    Column("cleared_at", Instant),  # CONFLICT only: from then on the card may be paid to again
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("finished_at", Instant),
    CheckConstraint("amount_minor > 0 AND fee_minor >= 0", name="amounts"),
    Index("uq_payout_no", "tenant_id", "mode", "payout_no", unique=True),
    Index("ix_payout_status", "tenant_id", "mode", "status", "payout_id"),
    Index("ix_payout_created", "tenant_id", "mode", "created_at", "payout_id"),
    # A withdrawal number names one withdrawal: the second request with it loses here, not in a look-up.
    Index("uq_payout_withdrawal", "tenant_id", "mode", "source_id", unique=True,
          sqlite_where=_WITHDRAWAL, postgresql_where=_WITHDRAWAL),
    Index("ix_payout_source", "tenant_id", "source_id"),
    Index("ix_payout_file", "tenant_id", "file_no"),
    Index("ix_payout_card", "tenant_id", "card_id", "status"),
)  # fmt: skip

# One pain.001 file. Everything its bytes depend on is kept, so that every retry sends the same bytes.
payout_file = Table(
    "payout_file",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("file_no", String(35), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("bank_account_id", String(40), nullable=False),
    Column("credential_version", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("executes_on", Date, nullable=False),
)


def get_payout(connection: Connection, tenant_id: str, payout_id: str) -> Row[Any] | None:
    return connection.execute(
        select(payout).where(payout.c.tenant_id == tenant_id, payout.c.payout_id == payout_id)
    ).one_or_none()


def find_payout(connection: Connection, tenant_id: str, mode: str, payout_no: str) -> Row[Any] | None:
    """The payout under the number that the bank knows."""
    return connection.execute(
        select(payout).where(payout.c.tenant_id == tenant_id, payout.c.mode == mode, payout.c.payout_no == payout_no)
    ).one_or_none()


def find_withdrawal(connection: Connection, tenant_id: str, mode: str, withdrawal_no: str) -> Row[Any] | None:
    """The withdrawal under the business unit's own number."""
    return connection.execute(
        select(payout).where(
            payout.c.tenant_id == tenant_id,
            payout.c.mode == mode,
            payout.c.kind == "withdrawal",
            payout.c.source_id == withdrawal_no,
        )
    ).one_or_none()


def payouts_of(connection: Connection, tenant_id: str, source_id: str) -> Sequence[Row[Any]]:
    """Every payout of one withdrawal, settlement batch, card or refund, oldest first."""
    return connection.execute(
        select(payout)
        .where(payout.c.tenant_id == tenant_id, payout.c.source_id == source_id)
        .order_by(payout.c.created_at, payout.c.payout_id)
        .limit(1000)
    ).all()


def get_file(connection: Connection, tenant_id: str, file_no: str) -> Row[Any] | None:
    return connection.execute(
        select(payout_file).where(payout_file.c.tenant_id == tenant_id, payout_file.c.file_no == file_no)
    ).one_or_none()


def payouts_in_file(connection: Connection, tenant_id: str, file_no: str) -> Sequence[Row[Any]]:
    """The transfers of a file in the order in which they stand in it."""
    return connection.execute(
        select(payout)
        .where(payout.c.tenant_id == tenant_id, payout.c.file_no == file_no)
        .order_by(payout.c.created_at, payout.c.payout_id)
    ).all()


def due_payouts(connection: Connection, tenant_id: str, bank_account_id: str, *, limit: int) -> Sequence[Row[Any]]:
    """Approved payouts of one bank account, oldest first; those to a card in conflict wait."""
    return connection.execute(
        select(payout)
        .where(
            payout.c.tenant_id == tenant_id,
            payout.c.bank_account_id == bank_account_id,
            payout.c.status == PayoutState.APPROVED,
            payout.c.card_id.not_in(_stopped(tenant_id)),
        )
        .order_by(payout.c.created_at, payout.c.payout_id)
        .limit(limit)
    ).all()


def is_stopped(connection: Connection, tenant_id: str, card_id: str) -> bool:
    """Whether the bank debited a payout to this card that it had refused, and nobody has cleared it yet."""
    return card_id in connection.execute(_stopped(tenant_id)).scalars().all()


def _stopped(tenant_id: str) -> Any:
    return select(payout.c.card_id).where(
        payout.c.tenant_id == tenant_id, payout.c.status == PayoutState.CONFLICT, payout.c.cleared_at.is_(None)
    )


def any_succeeded_since(connection: Connection, tenant_id: str, bank_account_id: str, since: datetime) -> bool:
    """Whether this bank account has paid something out from then on that has not come back."""
    query = select(payout.c.payout_id).where(
        payout.c.tenant_id == tenant_id,
        payout.c.bank_account_id == bank_account_id,
        payout.c.status == PayoutState.SUCCEEDED,
        payout.c.finished_at >= since,
    )
    return connection.execute(query.limit(1)).first() is not None


def approved_to(connection: Connection, tenant_id: str, card_id: str) -> Sequence[Row[Any]]:
    """Payouts to this card that may be sent."""
    return connection.execute(
        select(payout)
        .where(payout.c.tenant_id == tenant_id, payout.c.card_id == card_id, payout.c.status == PayoutState.APPROVED)
        .limit(1000)
    ).all()
