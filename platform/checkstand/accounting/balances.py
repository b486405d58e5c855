"""Accounts of a batch: opened when missing, locked in one order, stored with their new balances.

The order of locks is the same in every process: guarded accounts first, then the deferred ones that
every payment touches, each group by id. So two posters never wait for each other in a circle, and the
crowded accounts are held for the shortest time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from checkstand.accounting.chart import LimitKind, Side
from checkstand.accounting.model import AccountRef
from checkstand.accounting.statements import Statements
from checkstand.accounting.store import account
from checkstand.kernel import must

Key = tuple[str, str]  # tenant_id, account_id


@dataclass(slots=True)
class Running:
    """A locked account while its batch is computed. `sign` makes a healthy balance positive."""

    account_id: str
    balance: int
    seq: int
    seq_before: int
    floor: int | None
    sign: int


def locked(connection: Connection, statements: Statements, refs: Mapping[Key, AccountRef]) -> dict[Key, Running]:
    """Every named account with its present balance; nobody else changes them until the commit."""
    found = _read(connection, statements.sqlite, refs)
    missing = {key: ref for key, ref in refs.items() if key not in found}
    if missing:
        # Ordered like the locks: two processes opening the same accounts wait, and do not deadlock.
        rows = sorted(
            (_opened(*key, ref) for key, ref in missing.items()), key=lambda row: (row[7] == "deferred", row[:2])
        )
        statements.insert(account, _COLUMNS, "ignore").run(connection, rows)
        found |= _read(connection, statements.sqlite, missing)
    return found


def store(connection: Connection, statements: Statements, accounts: Mapping[Key, Running]) -> None:
    """Write the new balance and sequence number of each locked account."""
    rows = [(running.balance, running.seq, *key, running.seq_before) for key, running in accounts.items()]
    if statements.sqlite:
        stored = connection.exec_driver_sql(_STORE_SQLITE, rows).rowcount
    else:
        columns = tuple(list(column) for column in zip(*rows, strict=True))
        stored = connection.exec_driver_sql(_STORE_POSTGRESQL, columns).rowcount
    must(stored == len(rows), "every locked account is stored once", stored=stored, locked=len(rows))


_COLUMNS: Final = (
    "tenant_id", "account_id", "code", "owner", "sub", "currency",
    "normal", "posting_mode", "limit_kind", "floor_minor", "balance_minor", "seq",
)  # fmt: skip

# One writer holds the whole SQLite file (BEGIN IMMEDIATE), so there is nothing to lock.
_READ_SQLITE: Final = """
    SELECT a.tenant_id, a.account_id, a.balance_minor, a.seq, a.limit_kind, a.floor_minor, a.normal
    FROM json_each(?) AS k
    CROSS JOIN account AS a ON a.tenant_id = k.value ->> 0 AND a.account_id = k.value ->> 1
"""
_READ_POSTGRESQL: Final = """
    SELECT a.tenant_id, a.account_id, a.balance_minor, a.seq, a.limit_kind, a.floor_minor, a.normal
    FROM unnest(%b::varchar[], %b::varchar[]) AS k (tenant_id, account_id)
    JOIN account AS a ON a.tenant_id = k.tenant_id AND a.account_id = k.account_id
    ORDER BY a.posting_mode = 'deferred', a.tenant_id, a.account_id
    FOR UPDATE OF a
"""

# `seq` is compared again: a balance that changed since it was read would be overwritten otherwise.
_STORE_SQLITE: Final = """
    UPDATE account SET balance_minor = ?, seq = ? WHERE tenant_id = ? AND account_id = ? AND seq = ?
"""
_STORE_POSTGRESQL: Final = """
    UPDATE account AS a SET balance_minor = k.balance, seq = k.seq
    FROM unnest(%b::bigint[], %b::bigint[], %b::varchar[], %b::varchar[], %b::bigint[])
        AS k (balance, seq, tenant_id, account_id, seq_before)
    WHERE a.tenant_id = k.tenant_id AND a.account_id = k.account_id AND a.seq = k.seq_before
"""


def _read(connection: Connection, sqlite: bool, refs: Mapping[Key, AccountRef]) -> dict[Key, Running]:
    if sqlite:
        rows = connection.exec_driver_sql(_READ_SQLITE, (json.dumps(list(refs)),))
    else:
        rows = connection.exec_driver_sql(_READ_POSTGRESQL, ([key[0] for key in refs], [key[1] for key in refs]))
    return {
        (tenant_id, account_id): Running(
            account_id,
            balance,
            seq,
            seq_before=seq,
            floor=None if limit_kind == LimitKind.NONE else floor_minor,
            sign=Side(normal).sign,
        )
        for tenant_id, account_id, balance, seq, limit_kind, floor_minor, normal in rows
    }


def _opened(tenant_id: str, account_id: str, ref: AccountRef) -> tuple[Any, ...]:
    kind = ref.type
    return (
        tenant_id, account_id, ref.code, ref.owner, ref.sub, ref.currency,
        kind.normal.value, kind.posting_mode.value, kind.limit_kind.value, 0, 0, 0,
    )  # fmt: skip
