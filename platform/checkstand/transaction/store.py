"""Transactions: the business-level request behind an order, and what became of its money."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Row, String, Table, bindparam, select, text

from checkstand.infra.db import Instant, Json, metadata

_NOTHING = text("0")

transaction = Table(
    "transaction",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("transaction_id", String(40), primary_key=True),
    Column("order_id", String(40), nullable=False),
    Column("kind", String(10), nullable=False),  # pay | recharge
    Column("flow", String(10), nullable=False),  # instant | escrow | preauth
    Column("payee", String(80), nullable=False),  # owner of the account that is credited
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("fee_rate_ppm", Integer, nullable=False),
    Column("fee_min_minor", BigInteger, nullable=False),
    Column("clearing", Json),  # the pinned rule (clearing/model.py); null on rows older than rules
    Column("late_success", String(10), nullable=False),  # refund | accept | hold
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    # Escrow and preauth. What is left of `paid` after `released` and `refunded` is the balance of 2101.
    Column("paid_minor", BigInteger, nullable=False, server_default=_NOTHING),  # into escrow, or reserved
    Column("released_minor", BigInteger, nullable=False, server_default=_NOTHING),  # became the merchant's
    Column("refunded_minor", BigInteger, nullable=False, server_default=_NOTHING),  # out of escrow, sent or being sent
    Column("resume_status", String(20)),  # where a refund that fails leads back to
    Column("payer", String(40)),  # the member whose balance is reserved
    Column("terms", Json),  # ship_within_s, confirm_within_s, capture_within_s
    Column("shipment", Json),  # carrier, number
    Column("dispute", Json),  # reason, opened_at; then the ruling
    Column("due_at", Instant),  # when the timer of the present state fires
    Column("finished_at", Instant),
    Index("uq_transaction_order", "tenant_id", "order_id", unique=True),
    Index("ix_transaction_status", "tenant_id", "flow", "status", "transaction_id"),
)


_OF_TENANT = select(transaction).where(transaction.c.tenant_id == bindparam("tenant_id"))
_BY_ORDER = _OF_TENANT.where(transaction.c.order_id == bindparam("order_id"))
_BY_ID = _OF_TENANT.where(transaction.c.transaction_id == bindparam("transaction_id"))


def transaction_of_order(connection: Connection, tenant_id: str, order_id: str) -> Row[Any] | None:
    """The one transaction of this order."""
    return connection.execute(_BY_ORDER, {"tenant_id": tenant_id, "order_id": order_id}).one_or_none()


def get_transaction(connection: Connection, tenant_id: str, transaction_id: str) -> Row[Any] | None:
    """One transaction of this tenant."""
    values = {"tenant_id": tenant_id, "transaction_id": transaction_id}
    return connection.execute(_BY_ID, values).one_or_none()
