"""Whose an API key is, and when it was used, without a request ever waiting for the latter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.platform import Platform
from checkstand.member import api_key, find_key, hash_key, tenant
from checkstand.member.keys import used_op

NOTE_EVERY: Final = timedelta(minutes=1)


def key_row(platform: Platform, secret: str) -> Row[Any] | None:
    """The key with its business unit; also a revoked one, the caller judges."""

    def read() -> Row[Any] | None:
        with platform.db.read() as connection:
            return find_key(connection, secret)

    return platform.memory.recall(("api_key", hash_key(secret)), (api_key, tenant), read)


def note_key_use(platform: Platform, tenant_id: str, api_key_id: str, now: datetime) -> None:
    """At most one write a minute and key from this process; it joins whatever batch is written next."""
    noted = platform.key_uses.get(api_key_id)
    if noted is not None and now - noted < NOTE_EVERY:
        return
    platform.key_uses[api_key_id] = now
    platform.poster.submit(WriteSet(ops=[used_op(tenant_id, api_key_id, now)]))
