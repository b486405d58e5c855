"""The table of mails. What a mail says is sealed: an invitation's link is the right to use it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Index, Integer, LargeBinary, Row, String, Table, Text, delete, select

from checkstand.infra.db import Instant, metadata
from checkstand.infra.ops import Insert
from checkstand.infra.secrets import seal, unseal
from checkstand.kernel import new_id

STATES: Final = ("waiting", "sent", "kept", "failed")  # kept: there is no mail server, so the console shows it

mail = Table(
    "mail",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("mail_id", String(40), primary_key=True),
    Column("kind", String(30), nullable=False),
    Column("recipient", String(254), nullable=False),
    Column("subject", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Index("ix_mail_time", "tenant_id", "created_at", "mail_id"),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person reads."""

    subject: str
    text: str
    html: str


def mail_op(
    tenant_id: str, kind: str, recipient: str, letter: Letter, *, key: bytes, state: str, at: datetime
) -> tuple[str, Insert]:
    """The id of a new mail and the operation that stores it."""
    mail_id = new_id("mel")
    said = json.dumps({"text": letter.text, "html": letter.html}, ensure_ascii=False).encode()
    row = {
        "tenant_id": tenant_id,
        "mail_id": mail_id,
        "kind": kind,
        "recipient": recipient,
        "subject": letter.subject,
        "sealed": seal(key, said, _context(tenant_id, mail_id)),
        "state": state,
        "attempts": 0,
        "error": None,
        "created_at": at,
        "sent_at": None,
    }
    return mail_id, Insert(mail, row)


def mail_row(connection: Connection, tenant_id: str, mail_id: str) -> Row[Any] | None:
    query = select(mail).where(mail.c.tenant_id == tenant_id, mail.c.mail_id == mail_id)
    return connection.execute(query).one_or_none()


def has_mails(connection: Connection, tenant_id: str) -> bool:
    return connection.execute(select(mail.c.mail_id).where(mail.c.tenant_id == tenant_id).limit(1)).first() is not None


def delete_mails(connection: Connection, tenant_id: str, before: datetime, limit: int) -> int:
    """Delete at most so many that are older; tells how many."""
    old = select(mail.c.mail_id).where(mail.c.tenant_id == tenant_id, mail.c.created_at < before)
    ids = list(connection.execute(old.order_by(mail.c.created_at).limit(limit)).scalars())
    if ids:
        connection.execute(delete(mail).where(mail.c.tenant_id == tenant_id, mail.c.mail_id.in_(ids)))
    return len(ids)


def letter_of(row: Row[Any], key: bytes) -> Letter:
    """What the mail says. Raises `SecretUnreadable` under another key."""
    said = json.loads(unseal(key, row.sealed, _context(row.tenant_id, row.mail_id)))
    return Letter(row.subject, said["text"], said["html"])


def _context(tenant_id: str, mail_id: str) -> str:
    return f"mail:{tenant_id}:{mail_id}"
