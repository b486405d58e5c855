"""Payments, channel attempts and refunds, and the questions asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    bindparam,
    select,
    text,
)

from checkstand.infra.db import Instant, Json, in_order, metadata
from checkstand.payment.states import OPEN_ATTEMPT, OPEN_PAYMENT

_OPEN = text("status IN ({})".format(", ".join(f"'{state}'" for state in OPEN_PAYMENT)))
_MANUAL = text("status = 'MANUAL'")

payment = Table(
    "payment",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("payment_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("order_id", String(40), nullable=False),
    Column("transaction_id", String(40), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("method_id", String(64), nullable=False),
    Column("method_type", String(40), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("captured_minor", BigInteger, nullable=False),
    Column("refund_reserved_minor", BigInteger, nullable=False),
    Column("refunded_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("fee_refunded_minor", BigInteger, nullable=False),
    Column("routes", Json, nullable=False),  # channels left to try, best first
    Column("decisions", Json, nullable=False),  # why each method was shown or hidden when this one was chosen
    Column("evidence", Json, nullable=False),  # fields and consents as submitted
    Column("reason", String(60)),
    Column("leg_count", Integer, nullable=False, server_default="1"),  # above 1: the legs are rows of payment_leg
    Column("flow_id", String(20)),  # of the payment protocol (F1 …); null for payments from before there were packs
    Column("paid_at", Instant),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    # The refund limit lives in the database: two refunds at once cannot both pass (money.md §7.3).
    CheckConstraint("refund_reserved_minor BETWEEN 0 AND captured_minor", name="refund_within_captured"),
    CheckConstraint("refunded_minor BETWEEN 0 AND refund_reserved_minor", name="refunded_within_reserved"),
    CheckConstraint("fee_refunded_minor BETWEEN 0 AND fee_minor", name="fee_refund_within_fee"),
    # One open payment per order: the double click's second request loses here, not in a look-up.
    Index("uq_payment_open", "tenant_id", "order_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_payment_order", "tenant_id", "order_id"),
    Index("ix_payment_created", "tenant_id", "mode", "created_at", "payment_id"),
)

# What each part of a composite payment is to pay, has paid and gives back. A payment with one leg has no rows here.
payment_leg = Table(
    "payment_leg",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("payment_id", String(40), primary_key=True),
    Column("leg", Integer, primary_key=True),  # internal legs first, the external one last
    Column("kind", String(8), nullable=False),  # internal | external
    Column("method_type", String(40), nullable=False),
    Column("attempt_id", String(40), nullable=False),  # the leg's latest attempt
    Column("member_id", String(40), nullable=False),  # whose balance; empty for an external leg
    Column("amount_minor", BigInteger, nullable=False),
    Column("captured_minor", BigInteger, nullable=False),
    Column("refund_reserved_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    CheckConstraint("kind IN ('internal', 'external')", name="kind"),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("captured_minor BETWEEN 0 AND amount_minor", name="captured_within_amount"),
    # No leg gives back more than it took, whatever two refunds at once have read.
    CheckConstraint("refund_reserved_minor BETWEEN 0 AND captured_minor", name="refund_within_captured"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("attempt_id", String(40), primary_key=True),  # also our number at the channel
    Column("payment_id", String(40), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("channel_account_id", String(40), nullable=False),  # empty for an internal leg
    Column("credential_version", Integer, nullable=False),
    Column("product", String(40), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("instruction", Json, nullable=False),  # the complete message, to send again under the same number
    Column("channel_no", String(64)),
    Column("action", Json),
    Column("reason", String(60)),
    Column("succeeded_at", Instant),
    Column("created_at", Instant, nullable=False),
    Index("ix_attempt_payment", "tenant_id", "payment_id"),
    Index("ix_attempt_channel_no", "tenant_id", "channel_account_id", "channel_no"),
)

refund = Table(
    "refund",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("refund_id", String(40), primary_key=True),  # also our refund number at the channel
    Column("mode", String(4), nullable=False),
    Column("refund_no", String(64), nullable=False),  # the merchant's number
    Column("payment_id", String(40), nullable=False),
    Column("attempt_id", String(40), nullable=False),
    Column("order_id", String(40), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("fee_minor", BigInteger, nullable=False),  # share of the merchant fee that is given back
    Column("internal_minor", BigInteger, nullable=False, server_default="0"),  # the part that goes to a balance
    Column("sources", Json),  # who gives what for it (app/refund_sources.py); null where no merchant pays
    Column("cause", String(12), nullable=False),  # request | late | duplicate | compensation
    Column("reason", String(80), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel_refund_no", String(64)),
    Column("failure", String(60)),
    Column("send_count", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    Index("uq_refund_no", "tenant_id", "mode", "refund_no", unique=True),
    Index("ix_refund_payment", "tenant_id", "payment_id"),
    Index("ix_refund_manual", "tenant_id", "mode", "refund_id", sqlite_where=_MANUAL, postgresql_where=_MANUAL),
)


def _of_tenant(table: Table) -> Select[Any]:
    return select(table).where(table.c.tenant_id == bindparam("tenant_id"))


_PAYMENT = _of_tenant(payment).where(payment.c.payment_id == bindparam("payment_id"))
_PAYMENTS_OF_ORDER = (
    _of_tenant(payment)
    .where(payment.c.order_id == bindparam("order_id"))
    .order_by(in_order(payment.c.payment_id).desc())
    .limit(bindparam("limit", type_=Integer))
)
_ATTEMPT = _of_tenant(attempt).where(attempt.c.attempt_id == bindparam("attempt_id"))
_ATTEMPTS_OF_PAYMENTS = (
    _of_tenant(attempt)
    .where(attempt.c.payment_id.in_(bindparam("payment_ids", expanding=True)))
    .order_by(in_order(attempt.c.attempt_id))
    .limit(500)
)
_LEGS_OF_PAYMENTS = (
    _of_tenant(payment_leg)
    .where(payment_leg.c.payment_id.in_(bindparam("payment_ids", expanding=True)))
    .order_by(payment_leg.c.payment_id, payment_leg.c.leg)
    .limit(500)
)
_REFUND = _of_tenant(refund).where(refund.c.refund_id == bindparam("refund_id"))


def get_payment(connection: Connection, tenant_id: str, payment_id: str) -> Row[Any] | None:
    """One payment of this tenant."""
    return connection.execute(_PAYMENT, {"tenant_id": tenant_id, "payment_id": payment_id}).one_or_none()


def payments_of_order(connection: Connection, tenant_id: str, order_id: str, *, limit: int = 100) -> Sequence[Row[Any]]:
    """The payments of an order, newest first."""
    values = {"tenant_id": tenant_id, "order_id": order_id, "limit": limit}
    return connection.execute(_PAYMENTS_OF_ORDER, values).all()


def get_attempt(connection: Connection, tenant_id: str, attempt_id: str) -> Row[Any] | None:
    """One attempt, by our number at the channel."""
    return connection.execute(_ATTEMPT, {"tenant_id": tenant_id, "attempt_id": attempt_id}).one_or_none()


def attempts_of_payments(connection: Connection, tenant_id: str, payment_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The attempts of these payments, oldest first."""
    if not payment_ids:
        return []
    values = {"tenant_id": tenant_id, "payment_ids": payment_ids}
    return connection.execute(_ATTEMPTS_OF_PAYMENTS, values).all()


def legs_of_payments(connection: Connection, tenant_id: str, payment_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The legs of these payments, in the order of each; none for a payment with a single leg."""
    if not payment_ids:
        return []
    values = {"tenant_id": tenant_id, "payment_ids": payment_ids}
    return connection.execute(_LEGS_OF_PAYMENTS, values).all()


def open_attempts(
    connection: Connection, tenant_id: str, mode: str, channel: str, *, limit: int = 50
) -> list[Row[Any]]:
    """Attempts at this channel that may still be paid, newest first; found through the payments that are open."""
    same = (attempt.c.tenant_id == payment.c.tenant_id) & (attempt.c.payment_id == payment.c.payment_id)
    query = (
        select(attempt)
        .join(payment, same)
        .where(payment.c.tenant_id == tenant_id, payment.c.mode == mode, text(f"payment.{_OPEN.text}"))  # partial index
        .where(attempt.c.channel == channel, attempt.c.status.in_(OPEN_ATTEMPT))
    )
    return list(connection.execute(query.order_by(attempt.c.attempt_id.desc()).limit(limit)))


def get_refund(connection: Connection, tenant_id: str, refund_id: str) -> Row[Any] | None:
    """One refund, by our id."""
    return connection.execute(_REFUND, {"tenant_id": tenant_id, "refund_id": refund_id}).one_or_none()


def find_refund(connection: Connection, tenant_id: str, mode: str, refund_no: str) -> Row[Any] | None:
    """One refund, by the merchant's number."""
    return connection.execute(
        select(refund).where(refund.c.tenant_id == tenant_id, refund.c.mode == mode, refund.c.refund_no == refund_no)
    ).one_or_none()


def manual_refunds(connection: Connection, tenant_id: str, mode: str, *, limit: int) -> Sequence[Row[Any]]:
    """Refunds that a channel could not give back and a person has to look after, oldest first."""
    query = select(refund).where(refund.c.tenant_id == tenant_id, refund.c.mode == mode, _MANUAL)
    return connection.execute(query.order_by(in_order(refund.c.refund_id)).limit(limit)).all()


def refunds_of_payment(connection: Connection, tenant_id: str, payment_id: str) -> Sequence[Row[Any]]:
    """The refunds of a payment, oldest first."""
    return connection.execute(
        select(refund)
        .where(refund.c.tenant_id == tenant_id, refund.c.payment_id == payment_id)
        .order_by(in_order(refund.c.refund_id))
        .limit(200)
    ).all()
