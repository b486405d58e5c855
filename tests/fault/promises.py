"""What the bookkeeper promises, and how many of its promises a database has kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.invariants import LEDGER_CHECKS, run_checks
from checkstand.accounting.store import journal as journal_table
from checkstand.infra.db import Database

CALLERS: Final = 8  # at a time, so commits are small and many
TENANT: Final = "lantern"


def journal(name: str, at: datetime) -> WriteSet:
    """One payment's worth of booking."""
    entries = (Entry(AccountRef("1001", "bank", "CNY"), 100), Entry(AccountRef("2001", "mbr_1", "CNY"), -100))
    return WriteSet(journals=[Journal(TENANT, "opening", "promise", name, entries, at)])


def broken(db: Database, promised: Sequence[str]) -> tuple[list[str], list[str]]:
    """The promises that were not kept, and whatever else is wrong with the books."""
    with db.read() as connection:
        query = select(journal_table.c.source_id).where(journal_table.c.source_type == "promise")
        stored = set(connection.execute(query).scalars())
        wrong = [
            f"{result.check.id}: {finding.detail}"
            for result in run_checks(connection, LEDGER_CHECKS)
            for finding in result.proof.findings
        ]
    return [name for name in promised if name not in stored], wrong
