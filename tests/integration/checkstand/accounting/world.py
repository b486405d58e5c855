"""Mei the payer, Lantern Books the merchant, and the smallest business tables a poster can write to.

`order_line` and `sale` stand for the tables of other components: a row with a state, a counter with a
CHECK, a request's idempotency row, a child that needs its parent first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    select,
)

from checkstand.accounting import AccountRef, Entry, Journal
from checkstand.accounting.closed_days import closed_day
from checkstand.accounting.store import account, entry, journal
from checkstand.infra.db import Instant, Json, metadata

TENANT, RIVAL = "bu_lantern", "bu_rival"  # the rival shares the database, never the books
NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)

MEI = AccountRef("2001", "mei", "CNY")
LANTERN_BOOKS = AccountRef("2102", "lantern_books", "CNY")
WECHAT = AccountRef("1101", "wechat", "CNY", "2026-03-01")

business = MetaData(naming_convention=metadata.naming_convention)
ledger = SimpleNamespace(
    create_all=lambda connection: metadata.create_all(connection, tables=[account, journal, entry, closed_day])
)

# Declared before its parent on purpose: the poster has to sort them.
sale_line = Table(
    "sale_line",
    business,
    Column("tenant_id", String, primary_key=True),
    Column("line_id", String, primary_key=True),
    Column("sale_id", String, nullable=False),
    ForeignKeyConstraint(["tenant_id", "sale_id"], ["sale.tenant_id", "sale.sale_id"]),
)
sale = Table(
    "sale",
    business,
    Column("tenant_id", String, primary_key=True),
    Column("sale_id", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("version", BigInteger, nullable=False, default=1),
    Column("captured_minor", BigInteger, nullable=False, default=0),
    Column("refunded_minor", BigInteger, nullable=False, default=0),
    Column("note", Json),
    Column("sold_at", Instant),
    Column("reference", String),
    UniqueConstraint("tenant_id", "reference"),
    CheckConstraint("refunded_minor <= captured_minor", name="refunded"),
)
request = Table(
    "request",
    business,
    Column("tenant_id", String, primary_key=True),
    Column("key", String, primary_key=True),
    info={"idempotency": True},
)
pointer = Table(
    "pointer",
    business,
    Column("tenant_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("target", String, nullable=False),
)


def moved(
    source_id: str, amount_minor: int = 100, *, debit: AccountRef = WECHAT, credit: AccountRef = MEI, **more: Any
) -> Journal:
    """A journal that moves an amount; by default the channel fills up Mei's balance."""
    kind, tenant_id = more.pop("kind", "recharge"), more.pop("tenant_id", TENANT)
    lines = [Entry(debit, amount_minor), Entry(credit, -amount_minor)]
    return Journal(tenant_id, kind, "payment", source_id, lines, NOW, **more)


def spent(source_id: str, amount_minor: int) -> Journal:
    """Mei pays Lantern Books from her balance."""
    return moved(source_id, amount_minor, debit=MEI, credit=LANTERN_BOOKS, kind="spend")


def count(connection: Connection, table: Table) -> int:
    return len(connection.execute(select(table)).all())
