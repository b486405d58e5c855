"""People who use the console: operators, their sessions, their roles in business units, and invitations."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, LargeBinary, Row, String, Table, select

from checkstand.infra.db import Instant, Json, metadata
from checkstand.infra.ops import Insert
from checkstand.member.store import tenant

operator = Table(
    "operator",
    metadata,
    Column("operator_id", String(40), primary_key=True),
    Column("email", String(254), nullable=False),  # lower case
    Column("name", String(80), nullable=False),
    Column("password_hash", String(200)),  # argon2id; none for who signs in at the identity provider only
    Column("locale", String(10), nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("totp_sealed", LargeBinary),  # set once the first code was right
    Column("totp_step", BigInteger, nullable=False),  # the last time step that was used; a code works once
    Column("recovery_hashes", Json, nullable=False),
    Column("status", String(10), nullable=False),  # active | disabled
    Column("created_at", Instant, nullable=False),
    Index("uq_operator_email", "email", unique=True),
)

operator_session = Table(
    "operator_session",
    metadata,
    Column("session_hash", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("operator_id", String(40), nullable=False),
    Column("user_agent", String(200), nullable=False),
    Column("ip", String(64), nullable=False),
    Column("method", String(20), nullable=False),  # password | password_totp | single_sign_on
    Column("state_hash", String(64)),  # SHA-256 of the single sign-on's state, which opens one session
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index("ix_operator_session_operator", "operator_id", "created_at"),
    Index("uq_operator_session_state", "state_hash", unique=True),
)

membership = Table(
    "membership",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("operator_id", String(40), primary_key=True),
    Column("role", String(12), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("ix_membership_operator", "operator_id"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("invitation_id", String(40), primary_key=True),
    Column("email", String(254), nullable=False),
    Column("role", String(12), nullable=False),
    Column("token_hash", String(64), nullable=False),
    Column("invited_by", String(40), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("accepted_at", Instant),
    Column("revoked_at", Instant),
    Index("ix_invitation_token", "token_hash"),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("subject", String(64), primary_key=True),  # a hash of the address that was typed, or of the caller's IP
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
)

LIMIT: Final = 200
SESSION_TTL: Final = timedelta(hours=12)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def operator_by_email(connection: Connection, email: str) -> Row[Any] | None:
    return connection.execute(select(operator).where(operator.c.email == email.strip().lower())).one_or_none()


def get_operator(connection: Connection, operator_id: str) -> Row[Any] | None:
    return connection.execute(select(operator).where(operator.c.operator_id == operator_id)).one_or_none()


def operator_op(
    operator_id: str, email: str, name: str, password_hash: str | None, locale: str, now: datetime, *, is_admin: bool
) -> Insert:
    """A new person, who can sign in."""
    row: dict[str, Any] = {
        "operator_id": operator_id,
        "email": email,
        "name": name.strip()[:80] or email.partition("@")[0],
        "password_hash": password_hash,
        "locale": locale,
        "is_admin": is_admin,
        "totp_sealed": None,
        "totp_step": 0,
        "recovery_hashes": [],
        "status": "active",
        "created_at": now,
    }
    return Insert(operator, row)


def new_session(
    operator_id: str, method: str, now: datetime, *, ip: str, user_agent: str, state: str = ""
) -> tuple[str, Insert]:
    """A fresh cookie and the row that remembers its hash. A `state` opens one session: the second is refused."""
    token = secrets.token_urlsafe(32)
    row = {
        "session_hash": hash_token(token),
        "operator_id": operator_id,
        "user_agent": user_agent[:200],
        "ip": ip[:64],
        "method": method,
        "state_hash": hash_token(state) if state else None,
        "created_at": now,
        "expires_at": now + SESSION_TTL,
        "revoked_at": None,
    }
    return token, Insert(operator_session, row)


def state_used(connection: Connection, state: str) -> bool:
    """Whether this single sign-on has opened its session already."""
    query = select(operator_session.c.session_hash).where(operator_session.c.state_hash == hash_token(state))
    return connection.execute(query).first() is not None


def live_session(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The session of this cookie with its operator's row, while it lasts."""
    query = (
        select(operator_session.c.session_hash, operator_session.c.expires_at, operator)
        .join(operator, operator.c.operator_id == operator_session.c.operator_id)
        .where(
            operator_session.c.session_hash == hash_token(token),
            operator_session.c.revoked_at.is_(None),
            operator_session.c.expires_at > now,
            operator.c.status == "active",
        )
    )
    return connection.execute(query).one_or_none()


def sessions_of(connection: Connection, operator_id: str, now: datetime) -> list[Row[Any]]:
    """Where a person is signed in, newest first."""
    query = select(operator_session).where(
        operator_session.c.operator_id == operator_id,
        operator_session.c.revoked_at.is_(None),
        operator_session.c.expires_at > now,
    )
    return list(connection.execute(query.order_by(operator_session.c.created_at.desc()).limit(LIMIT)))


def role_in(connection: Connection, tenant_id: str, operator_id: str) -> str | None:
    """The role of a person in a business unit; None for a stranger and for one who has left."""
    query = select(membership.c.role).where(
        membership.c.tenant_id == tenant_id,
        membership.c.operator_id == operator_id,
        membership.c.ended_at.is_(None),
    )
    return connection.execute(query).scalar_one_or_none()


def get_membership(connection: Connection, tenant_id: str, operator_id: str) -> Row[Any] | None:
    """Also one that has ended."""
    query = select(membership).where(membership.c.tenant_id == tenant_id, membership.c.operator_id == operator_id)
    return connection.execute(query).one_or_none()


def units_of(connection: Connection, operator_id: str, *, is_admin: bool = False) -> list[Row[Any]]:
    """The business units a person works in, by name; all of them for an administrator."""
    query = select(tenant.c.tenant_id, tenant.c.name, tenant.c.status)
    if not is_admin:
        mine = membership.c.tenant_id == tenant.c.tenant_id
        query = query.join(membership, mine).where(
            membership.c.operator_id == operator_id, membership.c.ended_at.is_(None)
        )
    return list(connection.execute(query.order_by(tenant.c.tenant_id).limit(LIMIT)))


def people_of(connection: Connection, tenant_id: str) -> list[Row[Any]]:
    """Everybody who works in a business unit, oldest first."""
    query = (
        select(membership.c.role, membership.c.created_at, operator.c.operator_id, operator.c.name, operator.c.email)
        .add_columns(operator.c.totp_sealed.is_not(None).label("has_totp"))
        .join(operator, operator.c.operator_id == membership.c.operator_id)
        .where(membership.c.tenant_id == tenant_id, membership.c.ended_at.is_(None))
        .order_by(membership.c.created_at, operator.c.operator_id)
        .limit(LIMIT)
    )
    return list(connection.execute(query))


def open_invitations(connection: Connection, tenant_id: str) -> list[Row[Any]]:
    """Sent and not answered, also those that have expired meanwhile."""
    query = select(invitation).where(
        invitation.c.tenant_id == tenant_id, invitation.c.accepted_at.is_(None), invitation.c.revoked_at.is_(None)
    )
    return list(connection.execute(query.order_by(invitation.c.created_at.desc()).limit(LIMIT)))


def invitation_by_token(connection: Connection, token: str) -> Row[Any] | None:
    return connection.execute(select(invitation).where(invitation.c.token_hash == hash_token(token))).one_or_none()


def failures_of(connection: Connection, subject: str) -> Row[Any] | None:
    return connection.execute(select(sign_in_failure).where(sign_in_failure.c.subject == subject)).one_or_none()
