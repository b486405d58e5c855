"""Clearing records: what one outcome of a transaction means for one party, until a batch has settled it.

For each owner and account the records without a batch sum to what stands on the account. A batch takes
its items by writing its id into them, in one statement, so no item can be in two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Index,
    Row,
    String,
    Table,
    func,
    select,
    text,
    update,
)

from checkstand.infra.db import Instant, in_order, metadata
from checkstand.infra.ops import Insert, Update
from checkstand.kernel import new_id

_OPEN = text("batch_id IS NULL")

clearing_record = Table(
    "clearing_record",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("clearing_id", String(40), primary_key=True),
    Column("mode", String(4), nullable=False),
    Column("kind", String(20), nullable=False),  # sale | refund | refund_undone | debt | reserve_released | adjustment
    Column("journal_kind", String(30), nullable=False),  # with the source: the journal that moved the money
    Column("source_type", String(20), nullable=False),
    Column("source_id", String(40), nullable=False),
    Column("payment_id", String(40), nullable=False),  # empty when it is about no single payment
    Column("owner_id", String(80), nullable=False),  # whose money it is
    Column("account_code", String(4), nullable=False),  # 2102 | 2104 | 2501: where it waits
    Column("split_id", String(64), nullable=False),  # of a partner's share, else empty
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),  # the movement on that account, owed to the owner is positive
    Column("gross_minor", BigInteger, nullable=False),  # of the sale or refund it belongs to, once per outcome
    Column("fee_minor", BigInteger, nullable=False),  # our fee's part in it, whenever it is taken
    Column("fee_due_minor", BigInteger, nullable=False),  # what of the fee the batch has still to take
    Column("cycle", String(5), nullable=False),
    Column("channel_account_id", String(40), nullable=False),  # who collected it; empty for a balance
    Column("channel_on", Date, nullable=False),  # the day on which the channel reports it
    Column("cleared_on", Date, nullable=False),
    Column("eligible_at", Instant, nullable=False),  # no cut before this instant takes it
    Column("batch_id", String(40)),  # null: not in a batch yet
    Column("created_at", Instant, nullable=False),
    CheckConstraint("account_code IN ('2102', '2104', '2501')", name="account"),
    Index("ix_clearing_record_open", "tenant_id", "mode", "owner_id", "eligible_at",
          sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_clearing_record_batch", "tenant_id", "batch_id", "clearing_id"),
    Index("ix_clearing_record_payment", "tenant_id", "payment_id"),
)  # fmt: skip

# What a merchant owes us (1104), where the credit limit is guarded: an account's own limit is a floor, not a ceiling.
merchant_credit = Table(
    "merchant_credit",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("owner_id", String(80), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("used_minor", BigInteger, nullable=False),
    CheckConstraint("used_minor >= 0", name="not_negative"),
)

_R = clearing_record.c


def record_op(
    tenant_id: str,
    *,
    mode: str,
    kind: str,
    journal_kind: str,
    source: tuple[str, str],
    owner_id: str,
    account_code: str,
    currency: str,
    amount_minor: int,
    cycle: str,
    cleared_on: date,
    eligible_at: datetime,
    now: datetime,
    payment_id: str = "",
    split_id: str = "",
    gross_minor: int = 0,
    fee_minor: int = 0,
    fee_due_minor: int = 0,
    channel_account_id: str = "",
    channel_on: date | None = None,
) -> Insert:
    """One party's line of one outcome; it goes into the commit that books the journal."""
    values = {
        "tenant_id": tenant_id,
        "clearing_id": new_id("clr"),
        "mode": mode,
        "kind": kind,
        "journal_kind": journal_kind,
        "source_type": source[0],
        "source_id": source[1],
        "payment_id": payment_id,
        "owner_id": owner_id,
        "account_code": account_code,
        "split_id": split_id,
        "currency": currency,
        "amount_minor": amount_minor,
        "gross_minor": gross_minor,
        "fee_minor": fee_minor,
        "fee_due_minor": fee_due_minor,
        "cycle": cycle,
        "channel_account_id": channel_account_id,
        "channel_on": channel_on or cleared_on,
        "cleared_on": cleared_on,
        "eligible_at": eligible_at,
        "batch_id": None,
        "created_at": now,
    }
    return Insert(clearing_record, values)


def records_of_payment(connection: Connection, tenant_id: str, payment_id: str) -> Sequence[Row[Any]]:
    """Everything that was cleared for a payment, oldest first."""
    return connection.execute(
        select(clearing_record)
        .where(_R.tenant_id == tenant_id, _R.payment_id == payment_id)
        .order_by(in_order(_R.clearing_id))
        .limit(10_000)
    ).all()


def debt_of(connection: Connection, tenant_id: str, owner_id: str, currency: str) -> int | None:
    """What the owner owes; None while it never owed anything."""
    c = merchant_credit.c
    found: int | None = connection.execute(
        select(c.used_minor).where(c.tenant_id == tenant_id, c.owner_id == owner_id, c.currency == currency)
    ).scalar_one_or_none()
    return found


def debt_op(key: Mapping[str, str], before: int | None, change: int) -> Insert | Update:
    """Owe more or less; refused (`EdgeRefused`, `RowExists`) when the debt is not what it was when it was read."""
    if before is None:
        return Insert(merchant_credit, {**key, "used_minor": change})
    return Update(merchant_credit, dict(key), add={"used_minor": change}, guard={"used_minor": before})


class Owed(NamedTuple):
    """Records of one payee that no batch has taken yet."""

    mode: str
    owner_id: str
    currency: str
    cycle: str
    records: int
    amount_minor: int
    newest_at: datetime


def owed_until(
    connection: Connection, tenant_id: str, cut_at: datetime, *, reserves: bool = False, at_once: bool = False
) -> Sequence[Owed]:
    """What is eligible at this cut, by payee, currency and cycle.

    `reserves`: of the rolling reserves whose time is over. `at_once`: of the cycle T+0 and no other.
    """
    codes = ("2104",) if reserves else ("2102", "2501")
    rows = connection.execute(
        select(
            _R.mode,
            _R.owner_id,
            _R.currency,
            _R.cycle,
            func.count(),
            func.sum(_R.amount_minor),
            func.max(_R.eligible_at),
        )
        .where(_R.tenant_id == tenant_id, _R.batch_id.is_(None), _R.eligible_at <= cut_at)
        .where(_R.account_code.in_(codes), (_R.cycle == "T+0") if at_once else (_R.cycle != "T+0") | reserves)
        .group_by(_R.mode, _R.owner_id, _R.currency, _R.cycle)
        .order_by(_R.mode, _R.owner_id, _R.currency, _R.cycle)
    )
    return [Owed(row[0], row[1], row[2], row[3], row[4], int(row[5]), row[6]) for row in rows]


def freeze(connection: Connection, tenant_id: str, batch_id: str, owed: Owed, cut_at: datetime) -> int:
    """Give every eligible record of this payee to the batch, in one statement: none can be in two."""
    return connection.execute(
        update(clearing_record)
        .where(
            _R.tenant_id == tenant_id,
            _R.mode == owed.mode,
            _R.owner_id == owed.owner_id,
            _R.currency == owed.currency,
            _R.cycle == owed.cycle,
            _R.account_code.in_(("2102", "2501")),
            _R.batch_id.is_(None),
            _R.eligible_at <= cut_at,
        )
        .values(batch_id=batch_id)
    ).rowcount


def eligible_reserves(
    connection: Connection, tenant_id: str, owed: Owed, cut_at: datetime, *, limit: int
) -> Sequence[Row[Any]]:
    """Reserves whose time is over; first what refunds have taken, so that a sum is never more than is there."""
    return connection.execute(
        select(clearing_record)
        .where(
            _R.tenant_id == tenant_id,
            _R.mode == owed.mode,
            _R.owner_id == owed.owner_id,
            _R.currency == owed.currency,
            _R.cycle == owed.cycle,
            _R.account_code == "2104",
            _R.batch_id.is_(None),
            _R.eligible_at <= cut_at,
        )
        .order_by(_R.amount_minor > 0, in_order(_R.clearing_id))
        .limit(limit)
    ).all()


def let_go(connection: Connection, tenant_id: str, batch_id: str) -> int:
    """Take the records out of a batch that pays nothing; the next one has them."""
    return connection.execute(
        update(clearing_record).where(_R.tenant_id == tenant_id, _R.batch_id == batch_id).values(batch_id=None)
    ).rowcount


class Sums(NamedTuple):
    """What the records of a batch come to, by account, and what moved on the accounts in their journals."""

    records: int
    pending_minor: int
    split_minor: int
    fee_due_minor: int
    pending_moved_minor: int
    split_moved_minor: int


_SUMS = text("""
    SELECT COUNT(*),
           COALESCE(SUM(CASE WHEN account_code = '2102' THEN amount_minor ELSE 0 END), 0),
           COALESCE(SUM(CASE WHEN account_code = '2501' THEN amount_minor ELSE 0 END), 0),
           COALESCE(SUM(fee_due_minor), 0)
      FROM clearing_record WHERE tenant_id = :tenant_id AND batch_id = :batch_id
""")
_MOVED = text("""
    SELECT a.code, -SUM(e.amount_minor)
      FROM (SELECT DISTINCT tenant_id, source_id, source_type, journal_kind, account_code, owner_id, currency
              FROM clearing_record WHERE tenant_id = :tenant_id AND batch_id = :batch_id) AS r
      JOIN journal AS j ON j.tenant_id = r.tenant_id AND j.source_id = r.source_id
                       AND j.source_type = r.source_type AND j.kind = r.journal_kind
      JOIN entry AS e ON e.tenant_id = j.tenant_id AND e.journal_id = j.journal_id
      JOIN account AS a ON a.tenant_id = e.tenant_id AND a.account_id = e.account_id
                       AND a.code = r.account_code AND a.owner = r.owner_id AND a.currency = r.currency
     GROUP BY a.code
""")


def sums_of(connection: Connection, tenant_id: str, batch_id: str) -> Sums:
    """Both sides of I9."""
    names = {"tenant_id": tenant_id, "batch_id": batch_id}
    count, pending, split, fee_due = connection.execute(_SUMS, names).one()
    moved = {code: int(minor) for code, minor in connection.execute(_MOVED, names)}
    return Sums(count, int(pending), int(split), int(fee_due), moved.get("2102", 0), moved.get("2501", 0))


def days_of(connection: Connection, tenant_id: str, batch_id: str) -> Sequence[tuple[str, date]]:
    """The channel accounts that collected this batch's sales, with their days."""
    rows = connection.execute(
        select(_R.channel_account_id, _R.channel_on)
        .where(_R.tenant_id == tenant_id, _R.batch_id == batch_id, _R.kind == "sale", _R.channel_account_id != "")
        .distinct()
        .order_by(_R.channel_on, _R.channel_account_id)
    )
    return [(account, day) for account, day in rows]


def items_page(
    connection: Connection, tenant_id: str, batch_id: str, *, after: str | None = None, limit: int = 50
) -> Sequence[Row[Any]]:
    """The records of a batch in the order in which they were made; `after` is the id of the last one seen."""
    query = select(clearing_record).where(_R.tenant_id == tenant_id, _R.batch_id == batch_id)
    if after is not None:
        query = query.where(in_order(_R.clearing_id) > after)
    return connection.execute(query.order_by(in_order(_R.clearing_id)).limit(limit)).all()
