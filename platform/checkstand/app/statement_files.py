"""Statement files as they came: kept in parts with their hash, used or refused, and handed out again."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import Final

from sqlalchemy import select

from checkstand.accounting import WriteSet
from checkstand.app.platform import Platform
from checkstand.channel.store import account_row
from checkstand.infra.ops import Insert
from checkstand.kernel import CheckstandError, new_id
from checkstand.reconciliation import refused_store, store
from checkstand.reconciliation.bank_store import bank_statement
from checkstand.reconciliation.errors import FileUnknown

PART: Final = 4 * 1024 * 1024
REFUSED_A_DAY: Final = 5  # of one account and day: a channel that breaks every copy elsewhere fills no disk


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A kept file; `parts` yields its bytes."""

    name: str
    sha256: str
    size: int
    parts: Iterator[bytes]


def sha256_of(path: Path) -> str:
    """The file's hash, as sixty-four hexadecimal digits."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def keep_parts(platform: Platform, tenant_id: str, file_id: str, path: Path) -> None:
    """The bytes of a file. Called before its row is written: parts that no row names are found by nobody."""
    with path.open("rb") as stream:
        number = 0
        while part := stream.read(PART):
            content = {"tenant_id": tenant_id, "file_id": file_id, "part": number, "content": zlib.compress(part)}
            platform.poster.commit(WriteSet(ops=[Insert(store.reconciliation_file_part, content)]))
            number += 1


def keep_refused(
    platform: Platform, tenant_id: str, channel_account_id: str, day: date, path: Path, why: CheckstandError
) -> None:
    """Keep a file that could not be used, once, with the reason."""
    digest, now = sha256_of(path), platform.clock.now()
    with platform.db.read() as connection:
        account = account_row(connection, tenant_id, channel_account_id)
        known = refused_store.is_kept(connection, tenant_id, channel_account_id, day, digest)
        count = refused_store.count_of_day(connection, tenant_id, channel_account_id, day)
    if known or count >= REFUSED_A_DAY:
        return
    file_id = new_id("rcf")
    row = {
        "tenant_id": tenant_id, "file_id": file_id, "channel_account_id": channel_account_id, "mode": account.mode,
        "day": day, "name": path.name[:200], "sha256": digest, "size": path.stat().st_size, "code": why.code[:60],
        "detail": (why.detail or why.message)[:500], "created_at": now,
    }  # fmt: skip
    keep_parts(platform, tenant_id, file_id, path)
    platform.poster.commit(WriteSet(ops=[Insert(refused_store.refused_statement, row, on_conflict="ignore")]))


def statement_file(platform: Platform, tenant_id: str, mode: str, file_id: str) -> StatementFile:
    """A channel's file (`rcf_…`), used or refused, or a bank's (`bst_…`).

    Raises:
        FileUnknown: this unit has no such file in this mode.
    """
    found = _bank_file(platform, tenant_id, mode, file_id) or _channel_file(platform, tenant_id, mode, file_id)
    if found is None:
        raise FileUnknown(file=file_id)
    return found


def _channel_file(platform: Platform, tenant_id: str, mode: str, file_id: str) -> StatementFile | None:
    with platform.db.read() as connection:
        refused = refused_store.find(connection, tenant_id, file_id)
        used, run = store.find_file(connection, tenant_id, file_id), store.run_of_file(connection, tenant_id, file_id)
    row, belongs = (refused, refused) if refused is not None else (used, run)
    if row is None or belongs is None or belongs.mode != mode:
        return None
    return StatementFile(row.name, row.sha256, row.size, _parts(platform, tenant_id, file_id))


def _bank_file(platform: Platform, tenant_id: str, mode: str, file_id: str) -> StatementFile | None:
    c = bank_statement.c
    query = select(bank_statement).where(c.tenant_id == tenant_id, c.statement_id == file_id, c.mode == mode)
    with platform.db.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return StatementFile(f"{row.message_id}.xml", row.sha256, row.size, iter([zlib.decompress(row.content)]))


def _parts(platform: Platform, tenant_id: str, file_id: str) -> Iterator[bytes]:
    number = 0
    while True:
        with platform.db.read() as connection:
            part = store.content_part(connection, tenant_id, file_id, number)
        if part is None:
            return
        yield zlib.decompress(part)
        number += 1
