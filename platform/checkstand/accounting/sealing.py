"""A closed day is sealed: its journals and entries are hashed, and the seal can be recomputed at any time (I14)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, text

from checkstand.accounting.closed_days import chained, closed_day
from checkstand.accounting.invariants import FINDINGS_LIMIT, Check, Finding, Proof

_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Contents:
    """What a day holds."""

    journals: int
    entries: int
    digest: str


def contents_of(connection: Connection, tenant_id: str, day: date) -> Contents:
    """Count and hash a day's journals and entries, in one pass; the connection is one of `Database.stream`."""
    postgresql = connection.dialect.name == "postgresql"
    values = {"tenant_id": tenant_id, "day": day if postgresql else day.isoformat()}
    counted = "SELECT count(*) FROM journal AS j WHERE j.tenant_id = :tenant_id AND j.accounting_date = :day"
    journals: int = connection.execute(text(counted), values).scalar_one()
    # Text collates differently from one database to the next, and the digest must not: order by bytes. SQLite without
    # statistics would walk through every entry of the book to spare itself this sorting: join in the order written.
    journal_id, account_id, join = 'j.journal_id COLLATE "C"', 'e.account_id COLLATE "C"', "JOIN"
    if not postgresql:
        journal_id, account_id, join = "coalesce(j.journal_id, '')", "coalesce(e.account_id, '')", "CROSS JOIN"
    lines = connection.execute(
        text(
            f"""
            SELECT j.journal_id || '|' || j.kind || '|' || j.source_type || '|' || j.source_id || '|' || e.account_id
                || '|' || CAST(e.seq AS TEXT) || '|' || CAST(e.amount_minor AS TEXT)
            FROM journal AS j {join} entry AS e ON e.tenant_id = j.tenant_id AND e.journal_id = j.journal_id
            WHERE j.tenant_id = :tenant_id AND j.accounting_date = :day
            ORDER BY {journal_id}, {account_id}, e.seq
            """  # noqa: S608 - words of ours
        ).execution_options(yield_per=_AT_ONCE),
        values,
    ).scalars()
    digest, entries = hashlib.sha256(), 0
    for part in lines.partitions():
        entries += len(part)
        digest.update(("\n".join(part) + "\n").encode())
    return Contents(journals, entries, digest.hexdigest())


def day_digest(connection: Connection, tenant_id: str, day: date) -> str:
    """SHA-256 over a day's journals and entries; a closed day whose digest changes was tampered with."""
    return contents_of(connection, tenant_id, day).digest


def _closed_days_are_unchanged(connection: Connection) -> Proof:
    days: Any = connection.execute(
        closed_day.select().order_by(closed_day.c.tenant_id, closed_day.c.accounting_date)
    ).all()
    findings: list[Finding] = []
    chain, book, entries = "", "", 0
    for row in days:
        if row.tenant_id != book:
            chain, book = "", row.tenant_id
        now = contents_of(connection, row.tenant_id, row.accounting_date)
        entries += now.entries
        subject = f"{row.tenant_id} {row.accounting_date}"
        facts = {"tenant_id": row.tenant_id, "accounting_date": row.accounting_date.isoformat()}
        if now != Contents(row.journals, row.entries, row.digest):
            says = (
                f"sealed with {row.journals} journals and {row.entries} entries ({row.digest[:12]}…), "
                f"now there are {now.journals} and {now.entries} ({now.digest[:12]}…)"
            )
            findings.append(Finding(subject, says, facts))
        chain = chained(chain, row.accounting_date, row.digest)
        if chain != row.chain:
            findings.append(Finding(subject, "the seal does not continue the one of the day before", facts))
            chain = row.chain  # one broken link is told once
    return Proof({"closed_days": len(days), "entries": entries}, tuple(findings[:FINDINGS_LIMIT]))


SEAL_CHECK: Final = Check(
    "I14", "a closed accounting date holds what it held when it was sealed", _closed_days_are_unchanged
)
