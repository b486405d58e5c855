"""The ledger's three tables. Entries and journals are only ever added; balances are written by the poster."""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from checkstand.infra.db import Instant, metadata

account = Table(
    "account",
    metadata,
    Column("tenant_id", String, primary_key=True),
    Column("account_id", String, primary_key=True),
    Column("code", String(4), nullable=False),
    Column("owner", String, nullable=False),
    Column("sub", String, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("normal", String(6), nullable=False),
    Column("posting_mode", String(8), nullable=False),
    Column("limit_kind", String(5), nullable=False),
    Column("floor_minor", BigInteger, nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    UniqueConstraint("tenant_id", "code", "owner", "sub", "currency"),
    CheckConstraint("normal IN ('debit', 'credit')", name="normal"),
    CheckConstraint("posting_mode IN ('guarded', 'deferred')", name="posting_mode"),
    CheckConstraint(
        "limit_kind = 'none' OR (limit_kind = 'ge0' AND floor_minor = 0)"
        " OR (limit_kind = 'floor' AND floor_minor <= 0)",
        name="limit_kind",
    ),
    # The poster refuses an overdraft before this does; the rule stands twice because it protects money.
    CheckConstraint(
        "limit_kind = 'none' OR (normal = 'debit' AND balance_minor >= floor_minor)"
        " OR (normal = 'credit' AND -balance_minor >= floor_minor)",
        name="limit",
    ),
)

journal = Table(
    "journal",
    metadata,
    Column("tenant_id", String, primary_key=True),
    Column("journal_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("source_type", String, nullable=False),
    Column("source_id", String, nullable=False),
    Column("event_at", Instant, nullable=False),
    Column("booked_at", Instant, nullable=False),
    Column("accounting_date", Date, nullable=False),
    Column("memo", Text, nullable=False),
    Column("reverses", String),
    # source_id before source_type: the story of a payment asks for journals by their sources' ids.
    UniqueConstraint("tenant_id", "source_id", "source_type", "kind"),
    ForeignKeyConstraint(["tenant_id", "reverses"], ["journal.tenant_id", "journal.journal_id"]),
    Index(None, "tenant_id", "accounting_date"),
)

entry = Table(
    "entry",
    metadata,
    Column("tenant_id", String, primary_key=True),
    Column("account_id", String, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("journal_id", String, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("balance_after_minor", BigInteger, nullable=False),
    Column("booked_at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant_id", "account_id"], ["account.tenant_id", "account.account_id"]),
    ForeignKeyConstraint(["tenant_id", "journal_id"], ["journal.tenant_id", "journal.journal_id"]),
    CheckConstraint("amount_minor <> 0", name="amount"),
    Index(None, "tenant_id", "journal_id"),
)
