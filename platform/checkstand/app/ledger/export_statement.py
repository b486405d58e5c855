"""Statements leave the platform as a file: who took which is on the audit trail first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import StatementLine, WriteSet
from checkstand.accounting.period import period_lines
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform

PART: Final = 2_000  # entries at a time


def begin_export(platform: Platform, who: Actor, tenant_id: str, what: str, about: Mapping[str, Any]) -> None:
    """Write down that somebody takes this away."""
    told = who.audit(tenant_id, "ledger.export", "account", what, platform.clock.now(), after=dict(about))
    platform.poster.commit(WriteSet(ops=[told]))


def statement_parts(platform: Platform, row: Row[Any], since: date, until: date) -> Iterator[Sequence[StatementLine]]:
    """Every entry of the days, oldest first, some thousands at a time."""
    after = 0
    while True:
        with platform.db.read() as connection:
            lines = period_lines(connection, row, since, until, after_seq=after, limit=PART)
        if not lines:
            return
        yield lines
        after = lines[-1].seq
