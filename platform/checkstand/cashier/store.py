"""Cashier sessions: one visit to the cashier, pinned to a scenario version and an experiment assignment."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    select,
    text,
)

from checkstand.infra.db import Instant, Json, metadata

_TEST: Final = text("mode = 'test'")

cashier_session = Table(
    "cashier_session",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("session_id", String(40), primary_key=True),
    Column("token", String(40), nullable=False),
    Column("mode", String(4), nullable=False),
    Column("order_id", String(40), nullable=False),
    Column("transaction_id", String(40)),  # none: made before transactions could be read
    Column("scenario_id", String(64), nullable=False),
    Column("scenario_version", String(64), nullable=False),
    Column("assignments", Json, nullable=False),  # experiment → variation, frozen
    Column("units", Json),  # experiment → who counts in its results (a pseudonym); none for a forced arm
    Column("context", Json, nullable=False),  # CEL variables of this session
    Column("terminal", String(20), nullable=False),
    Column("form", String(20), nullable=False),
    Column("locale", String(20), nullable=False),
    Column("return_url", Text),
    Column("metadata", Json, nullable=False),
    Column("status", String(10), nullable=False),  # open | complete | expired
    Column("version", Integer, nullable=False),
    Column("challenged", Boolean, nullable=False),
    Column("viewed_at", Instant),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("payee_id", String(40)),  # the enterprise member that sells; null: the business unit itself
    Column("created_at", Instant, nullable=False),
    Index("ix_cashier_session_token", "token"),
    Index("uq_cashier_session_order", "tenant_id", "order_id", unique=True),
    # Which version was tried out; live sessions pay nothing for it.
    Index("ix_cashier_session_tested", "tenant_id", "scenario_version", sqlite_where=_TEST, postgresql_where=_TEST),
)


_OF_TENANT = select(cashier_session).where(cashier_session.c.tenant_id == bindparam("tenant_id"))
_BY_TOKEN = select(cashier_session).where(cashier_session.c.token == bindparam("token")).limit(1)
_BY_ID = _OF_TENANT.where(cashier_session.c.session_id == bindparam("session_id"))
_BY_ORDER = _OF_TENANT.where(cashier_session.c.order_id == bindparam("order_id"))


def session_by_token(connection: Connection, token: str) -> Row[Any] | None:
    """The session that a shopper's address names."""
    return connection.execute(_BY_TOKEN, {"token": token}).one_or_none()


def get_session(connection: Connection, tenant_id: str, session_id: str) -> Row[Any] | None:
    return connection.execute(_BY_ID, {"tenant_id": tenant_id, "session_id": session_id}).one_or_none()


def session_of_order(connection: Connection, tenant_id: str, order_id: str) -> Row[Any] | None:
    return connection.execute(_BY_ORDER, {"tenant_id": tenant_id, "order_id": order_id}).one_or_none()
