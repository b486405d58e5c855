"""A business unit's API keys: make one, replace one without an outage, end one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.app.warn_key_ending import warn_later_op
from checkstand.infra.ops import Op, Update
from checkstand.kernel import CheckstandError, Kind, new_id
from checkstand.member import api_key, new_api_key
from checkstand.member.keys import key_of
from checkstand.member.store import SCOPES

OVERLAP: Final = timedelta(hours=24)  # how long a replaced key goes on working
_KEY_ID: Final = re.compile(r"key_[0-9a-z]{26}")


class ScopesInvalid(CheckstandError):
    code = "key.scopes_invalid"
    message = "A key needs at least one scope, and only scopes that exist."
    remedy = f"Choose from {', '.join(SCOPES)}."


class KeyUnknown(CheckstandError):
    code = "key.unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such API key."
    remedy = "Choose a key of the list."


class KeyEnded(CheckstandError):
    code = "key.ended"
    kind = Kind.CONFLICT
    message = "This key has been replaced or revoked already."
    remedy = "Reload the page; if you need another key, create one."


class KeyMadeAlready(CheckstandError):
    """The same form arrived twice: the key exists, and its text was shown to whoever sent the first one."""

    code = "key.made_already"
    kind = Kind.CONFLICT
    message = "This form was sent twice. The key was made and shown the first time."
    remedy = "If you did not see it, revoke the newest key of the list and create another."


def create_key(
    platform: Platform, who: Actor, tenant_id: str, mode: str, scopes: Sequence[str], *, api_key_id: str = ""
) -> str:
    """A new key; tells its text, which nobody can read again. `api_key_id` makes a form that is sent twice one key."""
    chosen = tuple(scope for scope in SCOPES if scope in scopes)
    if not chosen or len(chosen) != len(set(scopes)):
        raise ScopesInvalid(pointer="scopes")
    now = platform.clock.now()
    secret, row = new_api_key(tenant_id, mode, now, chosen, api_key_id=_own_id(api_key_id))
    after = {"hint": row.values["hint"], "scopes": list(chosen)}
    told = who.audit(tenant_id, "key.create", "api_key", row.values["api_key_id"], now, mode=mode, after=after)
    try:
        platform.poster.commit(WriteSet(ops=[row, told]))
    except RowExists:
        raise KeyMadeAlready() from None
    return secret


def rotate_key(platform: Platform, who: Actor, tenant_id: str, mode: str, api_key_id: str) -> str:
    """A new key with the same scopes; the old one works for another day. Tells the new one's text."""
    old = _working(platform, tenant_id, mode, api_key_id)
    if old.revoked_at is not None:
        raise KeyEnded()
    now = platform.clock.now()
    secret, row = new_api_key(tenant_id, mode, now, tuple(old.scopes))
    after = {"hint": row.values["hint"], "replaces": api_key_id, "old_ends_at": (now + OVERLAP).isoformat()}
    _end(platform, old, now + OVERLAP, [
        row, warn_later_op(tenant_id, mode, api_key_id, now + OVERLAP, now),
        who.audit(tenant_id, "key.rotate", "api_key", row.values["api_key_id"], now, mode=mode, after=after),
    ])  # fmt: skip
    return secret


def revoke_key(platform: Platform, who: Actor, tenant_id: str, mode: str, api_key_id: str) -> None:
    """End a key now, also one that would have ended later."""
    old = _working(platform, tenant_id, mode, api_key_id)
    now = platform.clock.now()
    _end(platform, old, now, [
        who.audit(tenant_id, "key.revoke", "api_key", api_key_id, now, mode=mode, before={"hint": old.hint}),
    ])  # fmt: skip


def _own_id(wanted: str) -> str:
    return wanted if _KEY_ID.fullmatch(wanted) else new_id("key")


def _working(platform: Platform, tenant_id: str, mode: str, api_key_id: str) -> Row[Any]:
    with platform.db.read() as connection:
        row = key_of(connection, tenant_id, mode, api_key_id)
    if row is None:
        raise KeyUnknown()
    if row.revoked_at is not None and row.revoked_at <= platform.clock.now():
        raise KeyEnded()
    return row


def _end(platform: Platform, old: Row[Any], at: datetime, more: list[Op]) -> None:
    """Of two people who end the same key at once, the second is told."""
    key = {"tenant_id": old.tenant_id, "api_key_id": old.api_key_id}
    change = Update(api_key, key, {"revoked_at": at}, guard={"revoked_at": old.revoked_at})
    try:
        platform.poster.commit(WriteSet(ops=[change, *more]))
    except EdgeRefused:
        raise KeyEnded() from None
