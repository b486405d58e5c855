"""Tenants (business units), their API keys, and members with a balance."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Index, Integer, Row, String, Table, bindparam, select

from checkstand.infra.db import Instant, Json, metadata
from checkstand.infra.ops import Insert, Update
from checkstand.kernel import new_id

SCOPES: Final = (
    "sessions:write",
    "payments:read",
    "refunds:write",
    "members:write",
    "webhooks:write",
    "events:write",
    "withdrawals:write",
    "transfers:write",
    "ledger:read",
    "reconciliation:read",
    "transactions:read",
    "transactions:write",
    "settlements:read",
    "settlements:write",
)

tenant = Table(
    "tenant",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("name", Json, nullable=False),  # locale → name
    Column("status", String(10), nullable=False),  # active | suspended
    Column("created_at", Instant, nullable=False),
)

api_key = Table(
    "api_key",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("api_key_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("key_hash", String(64), nullable=False),  # SHA-256; the key itself is 256 random bits, so no salt is needed
    Column("hint", String(20), nullable=False),  # first characters, to recognise it by
    Column("scopes", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),  # from this instant on; later than now while a rotation overlaps
    Index("ix_api_key_hash", "key_hash"),
)

member = Table(
    "member",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("member_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("external_id", String(64), nullable=False),  # the business unit's shopper id
    Column("kind", String(10), nullable=False),  # personal | enterprise
    Column("name", String(80), nullable=False),
    Column("status", String(10), nullable=False),  # active | frozen | closed
    Column("created_at", Instant, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),  # counts what was begun or changed with the member
    Column("status_reason", String(200)),  # why it was frozen or closed
    Column("status_at", Instant),
    Index("uq_member_external", "tenant_id", "mode", "external_id", unique=True),
)


def tenant_op(tenant_id: str, name: dict[str, str], now: datetime) -> Insert:
    return Insert(tenant, {"tenant_id": tenant_id, "name": name, "status": "active", "created_at": now})


def new_api_key(
    tenant_id: str, mode: str, now: datetime, scopes: tuple[str, ...] = SCOPES, *, api_key_id: str = ""
) -> tuple[str, Insert]:
    """A fresh key, shown once, and the row that remembers its hash."""
    secret = f"sk_{mode}_{secrets.token_urlsafe(32)}"
    row = {
        "tenant_id": tenant_id,
        "api_key_id": api_key_id or new_id("key"),
        "mode": mode,
        "key_hash": hash_key(secret),
        "hint": secret[:12],
        "scopes": list(scopes),
        "created_at": now,
        "revoked_at": None,
    }
    return secret, Insert(api_key, row)


def revoke_op(tenant_id: str, api_key_id: str, at: datetime) -> Update:
    """End a key, now or (while a rotation overlaps) later."""
    return Update(api_key, {"tenant_id": tenant_id, "api_key_id": api_key_id}, {"revoked_at": at})


def hash_key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


_KEY = (
    select(api_key, tenant.c.status.label("tenant_status"))
    .join(tenant, tenant.c.tenant_id == api_key.c.tenant_id)
    .where(api_key.c.key_hash == bindparam("key_hash"))
    .limit(1)
)
_TENANT = select(tenant).where(tenant.c.tenant_id == bindparam("tenant_id"))
_MEMBER = select(member).where(
    member.c.tenant_id == bindparam("tenant_id"),
    member.c.mode == bindparam("mode"),
    member.c.external_id == bindparam("external_id"),
)


def find_key(connection: Connection, secret: str) -> Row[Any] | None:
    """The row of this key; also a revoked one, the caller judges."""
    return connection.execute(_KEY, {"key_hash": hash_key(secret)}).one_or_none()


def get_tenant(connection: Connection, tenant_id: str) -> Row[Any] | None:
    return connection.execute(_TENANT, {"tenant_id": tenant_id}).one_or_none()


def member_op(
    tenant_id: str, mode: str, external_id: str, now: datetime, *, name: str = "", kind: str = "personal"
) -> tuple[str, Insert]:
    """A new member and its id."""
    member_id = new_id("mbr")
    row = {
        "tenant_id": tenant_id,
        "member_id": member_id,
        "mode": mode,
        "external_id": external_id,
        "kind": kind,
        "name": name,
        "status": "active",
        "created_at": now,
        "version": 1,
    }
    return member_id, Insert(member, row)


def find_member(connection: Connection, tenant_id: str, mode: str, external_id: str) -> Row[Any] | None:
    """The member behind a business unit's shopper id."""
    values = {"tenant_id": tenant_id, "mode": mode, "external_id": external_id}
    return connection.execute(_MEMBER, values).one_or_none()


def get_member(connection: Connection, tenant_id: str, member_id: str) -> Row[Any] | None:
    return connection.execute(
        select(member).where(member.c.tenant_id == tenant_id, member.c.member_id == member_id)
    ).one_or_none()
