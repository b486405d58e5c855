"""Whom an identity provider knows an operator as. Issuer and subject stay when a name or an address changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, Row, String, Table, select

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Insert
from checkstand.member.operators import operator

operator_identity = Table(
    "operator_identity",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("operator_id", String(40), nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_operator_identity_operator", "operator_id"),
)


def identity_op(issuer: str, subject: str, operator_id: str, now: datetime) -> Insert:
    row = {"issuer": issuer, "subject": subject, "operator_id": operator_id, "created_at": now}
    return Insert(operator_identity, row)


def operator_of(connection: Connection, issuer: str, subject: str) -> Row[Any] | None:
    """The person this identity signs in, whatever their address is by now."""
    i = operator_identity
    query = select(operator).join(i, i.c.operator_id == operator.c.operator_id)
    return connection.execute(query.where(i.c.issuer == issuer, i.c.subject == subject)).one_or_none()


def has_identity(connection: Connection, issuer: str, operator_id: str) -> bool:
    """Whether this provider signs the person in; what another one did before the settings changed does not count."""
    i = operator_identity
    query = select(i.c.subject).where(i.c.issuer == issuer, i.c.operator_id == operator_id)
    return connection.execute(query.limit(1)).first() is not None
