"""Journals of a batch become rows: accounts are locked, running balances computed, all written at once.

The order of locks is the same in every process: guarded accounts first, then the deferred ones that
every payment touches, each group by id. So two posters never wait for each other in a circle, and
the crowded accounts are held for the shortest time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

from sqlalchemy import Connection

from checkstand.accounting.errors import BalanceTooLow
from checkstand.accounting.model import AccountRef, Journal
from checkstand.accounting.statements import Statements
from checkstand.accounting.store import account, entry, journal
from checkstand.kernel import must, new_id

Key = tuple[str, str]  # tenant_id, account_id

# The accounting day ends at midnight in Shanghai (日切), which has had no summer time since 1991.
ACCOUNTING_ZONE: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


class Overdrawn(Exception):
    """Some write sets of the batch cannot be paid for; `refusals` has them by their place in it."""

    def __init__(self, refusals: dict[int, BalanceTooLow]) -> None:
        super().__init__(f"{len(refusals)} write sets overdraw an account")
        self.refusals = refusals


@dataclass(slots=True)
class _Running:
    """A locked account while the batch is computed. `sign` makes a healthy balance positive."""

    ref: AccountRef
    balance: int
    seq: int
    seq_before: int
    floor: int | None
    sign: int


def accounting_date(at: datetime) -> date:
    """The accounting day an instant belongs to."""
    return at.astimezone(ACCOUNTING_ZONE).date()


def post(
    connection: Connection, statements: Statements, batch: Sequence[Sequence[Journal]], booked_at: datetime
) -> None:
    """Book the journals of many write sets, in their order; `Overdrawn` when some cannot be."""
    accounts = _locked(connection, statements, batch)
    journals: list[tuple[Any, ...]] = []
    entries: list[tuple[Any, ...]] = []
    refusals: dict[int, BalanceTooLow] = {}
    for place, written in enumerate(batch):
        undo: dict[Key, tuple[int, int]] = {}
        for one in written:
            short = _book(one, accounts, undo, journals, entries, booked_at)
            if short is not None:
                refusals[place] = short
                for key, (balance, seq) in undo.items():
                    accounts[key].balance, accounts[key].seq = balance, seq
                break
    if refusals:
        raise Overdrawn(refusals)
    if journals:
        statements.insert(journal, _JOURNAL_COLUMNS).run(connection, journals)
        statements.insert(entry, _ENTRY_COLUMNS).run(connection, entries)
        _store_balances(connection, statements, accounts)


_JOURNAL_COLUMNS: Final = (
    "tenant_id", "journal_id", "kind", "source_type", "source_id",
    "event_at", "booked_at", "accounting_date", "memo", "reverses",
)  # fmt: skip
_ENTRY_COLUMNS: Final = (
    "tenant_id", "account_id", "seq", "journal_id", "amount_minor", "balance_after_minor", "booked_at",
)  # fmt: skip
_ACCOUNT_COLUMNS: Final = (
    "tenant_id", "account_id", "code", "owner", "sub", "currency",
    "normal", "posting_mode", "limit_kind", "floor_minor", "balance_minor", "seq",
)  # fmt: skip


def _book(
    one: Journal,
    accounts: dict[Key, _Running],
    undo: dict[Key, tuple[int, int]],
    journals: list[tuple[Any, ...]],
    entries: list[tuple[Any, ...]],
    booked_at: datetime,
) -> BalanceTooLow | None:
    journal_id, tenant_id = new_id("jnl"), one.tenant_id
    day = accounting_date(booked_at)
    journals.append(
        (
            tenant_id,
            journal_id,
            one.kind,
            one.source_type,
            one.source_id,
            one.event_at,
            booked_at,
            day,
            one.memo,
            one.reverses,
        )
    )
    touched = []
    for line in one.entries:
        key = (tenant_id, line.account.account_id)
        running = accounts[key]
        undo.setdefault(key, (running.balance, running.seq))
        running.balance += line.amount_minor
        running.seq += 1
        entries.append((*key, running.seq, journal_id, line.amount_minor, running.balance, booked_at))
        touched.append((running, line.amount_minor))
    # The entries of one journal happen together, so only the state after all of them counts. A journal
    # that moves an account up is never refused: a floor raised later must not stop money coming back.
    for running, amount in touched:
        healthy = running.balance * running.sign
        if running.floor is not None and healthy < running.floor and amount * running.sign < 0:
            return BalanceTooLow(
                account=running.ref.account_id, tenant_id=tenant_id, short_minor=running.floor - healthy, kind=one.kind
            )
    return None


def _locked(connection: Connection, statements: Statements, batch: Iterable[Sequence[Journal]]) -> dict[Key, _Running]:
    refs = {
        (one.tenant_id, line.account.account_id): line.account for js in batch for one in js for line in one.entries
    }
    if not refs:
        return {}
    found = _read(connection, statements.sqlite, refs)
    missing = [key for key in refs if key not in found]
    if missing:
        opened = statements.insert(account, _ACCOUNT_COLUMNS, "ignore").run(
            connection, [_opened(*key, refs[key]) for key in missing]
        )
        if opened == len(missing):
            found |= {
                key: _Running(refs[key], 0, 0, 0, _floor(refs[key]), refs[key].type.normal.sign) for key in missing
            }
        else:  # another process opened some of them at the same moment
            found |= _read(connection, statements.sqlite, {key: refs[key] for key in missing})
    return found


def _read(connection: Connection, sqlite: bool, refs: dict[Key, AccountRef]) -> dict[Key, _Running]:
    if sqlite:
        rows = connection.exec_driver_sql(_READ_SQLITE, (json.dumps(list(refs)),))
    else:
        rows = connection.exec_driver_sql(_READ_POSTGRESQL, ([key[0] for key in refs], [key[1] for key in refs]))
    return {
        (tenant_id, account_id): _Running(
            refs[tenant_id, account_id],
            balance,
            seq,
            seq,
            None if kind == "none" else floor,
            1 if normal == "debit" else -1,
        )
        for tenant_id, account_id, balance, seq, kind, floor, normal in rows
    }


_COLUMNS: Final = "a.tenant_id, a.account_id, a.balance_minor, a.seq, a.limit_kind, a.floor_minor, a.normal"
# One writer holds the whole SQLite file (BEGIN IMMEDIATE), so there is nothing to lock.
_READ_SQLITE: Final = (
    f"SELECT {_COLUMNS} FROM json_each(?) AS k CROSS JOIN account AS a "
    "ON a.tenant_id = k.value ->> 0 AND a.account_id = k.value ->> 1"
)
_READ_POSTGRESQL: Final = (
    f"SELECT {_COLUMNS} FROM unnest(%s::varchar[], %s::varchar[]) AS k (tenant_id, account_id) "
    "JOIN account AS a ON a.tenant_id = k.tenant_id AND a.account_id = k.account_id "
    "ORDER BY a.posting_mode = 'deferred', a.tenant_id, a.account_id FOR UPDATE OF a"
)


def _opened(tenant_id: str, account_id: str, ref: AccountRef) -> tuple[Any, ...]:
    kind = ref.type
    return (
        tenant_id, account_id, ref.code, ref.owner, ref.sub, ref.currency,
        str(kind.normal), str(kind.posting_mode), str(kind.limit_kind), 0, 0, 0,
    )  # fmt: skip


def _floor(ref: AccountRef) -> int | None:
    return None if ref.type.limit_kind == "none" else 0


# `seq` is compared again: a balance that changed since it was read would be overwritten otherwise.
_STORE_SQLITE: Final = (
    "UPDATE account SET balance_minor = ?, seq = ? WHERE tenant_id = ? AND account_id = ? AND seq = ?"
)
_STORE_POSTGRESQL: Final = (
    "UPDATE account AS a SET balance_minor = k.balance, seq = k.seq "
    "FROM unnest(%s::bigint[], %s::bigint[], %s::varchar[], %s::varchar[], %s::bigint[]) "
    "AS k (balance, seq, tenant_id, account_id, seq_before) "
    "WHERE a.tenant_id = k.tenant_id AND a.account_id = k.account_id AND a.seq = k.seq_before"
)


def _store_balances(connection: Connection, statements: Statements, accounts: dict[Key, _Running]) -> None:
    rows = [(running.balance, running.seq, *key, running.seq_before) for key, running in accounts.items()]
    if statements.sqlite:
        stored = connection.exec_driver_sql(_STORE_SQLITE, rows).rowcount
    else:
        stored = connection.exec_driver_sql(
            _STORE_POSTGRESQL, tuple(list(column) for column in zip(*rows, strict=True))
        ).rowcount
    must(stored == len(rows), "every locked account is stored once", stored=stored, locked=len(rows))
