"""Who is calling: bearer keys, scopes, and idempotency of each call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request

from checkstand.accounting import RowExists, WriteSet
from checkstand.app.note_key_use import key_row, note_key_use
from checkstand.app.platform import Platform
from checkstand.infra.idempotency import IdempotencyKey, fingerprint, refuse_repeat
from checkstand.kernel import CheckstandError, Kind
from checkstand.web.api.bodies import BodyInvalid, canonical
from checkstand.web.api.recording import call_of


class KeyMissing(CheckstandError):
    code = "auth.key_missing"
    kind = Kind.UNAUTHENTICATED
    message = "This call needs an API key."
    remedy = "Send `Authorization: Bearer sk_test_…`."


class KeyWrong(CheckstandError):
    code = "auth.key_wrong"
    kind = Kind.UNAUTHENTICATED
    message = "This API key is unknown or was revoked."
    remedy = "Use a current key of the business unit; a revoked key never works again."


class ScopeMissing(CheckstandError):
    code = "auth.scope_missing"
    kind = Kind.FORBIDDEN
    message = "This API key may not do that."
    remedy = "Use a key with the scope that the detail names."


@dataclass(frozen=True, slots=True)
class Caller:
    """A business unit in one mode."""

    tenant_id: str
    mode: str
    api_key_id: str
    scopes: frozenset[str]


def caller(platform: Platform, request: Request[Any, Any, Any], scope: str) -> Caller:
    """Authenticate and check the scope."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise KeyMissing()
    row = key_row(platform, secret.strip())
    if row is not None and (call := call_of(request.scope)) is not None:
        call.belongs_to((row.tenant_id, row.mode, row.api_key_id))  # also when it is refused below
    now = platform.clock.now()
    if row is None or (row.revoked_at is not None and row.revoked_at <= now) or row.tenant_status != "active":
        raise KeyWrong()
    if scope not in row.scopes:
        raise ScopeMissing(f"the key lacks the scope {scope!r}")
    note_key_use(platform, row.tenant_id, row.api_key_id, now)
    return Caller(row.tenant_id, row.mode, row.api_key_id, frozenset(row.scopes))


def idempotency_key(
    platform: Platform, request: Request[Any, Any, Any], who: Caller, raw: bytes
) -> IdempotencyKey | None:
    """The caller's intent, if it named one; modes never share a key.

    Raises `AlreadyAnswered` when this key has done its work: the answer of then is the answer.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise BodyInvalid("an Idempotency-Key has 1 to 255 printable characters")
    path = request.url.path
    endpoint = f"{who.mode} {request.method} {path}"[:80]
    intent = IdempotencyKey(who.tenant_id, endpoint, key, fingerprint(request.method, path, canonical(raw)))
    with platform.db.read() as connection:
        refuse_repeat(connection, intent)
    return intent


def remember(platform: Platform, key: IdempotencyKey | None, resource_id: str, status: int, body: bytes) -> None:
    """Store the answer of work whose effects are idempotent by themselves.

    Raises `AlreadyAnswered` when a copy of this request was faster: what it was told is told to both.
    """
    if key is None:
        return
    try:
        platform.poster.commit(WriteSet(ops=[key.done_op(resource_id, status, body, platform.clock.now())]))
    except RowExists:
        with platform.db.read() as connection:
            refuse_repeat(connection, key)
