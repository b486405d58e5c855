"""Where a business unit is told: one URL, one secret, the events it wants, and how it has been answering."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping
from standardwebhooks import Webhook

from checkstand.infra.ops import Insert, Update
from checkstand.infra.secrets import seal, unseal
from checkstand.infra.webhooks.address import AddressPolicy, parse_target
from checkstand.infra.webhooks.errors import WebhookEventUnknown
from checkstand.infra.webhooks.message import TYPES, Message
from checkstand.infra.webhooks.store import endpoint_row, endpoint_rows, webhook_endpoint
from checkstand.kernel import new_id

BREAKER_AFTER: Final = 20  # failures in a row
PROBE_EVERY: Final = timedelta(seconds=60)  # how often a tripped endpoint is asked whether it is back
ROTATION_OVERLAP: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`events` is empty for everything, else names and groups like `payment.*`."""

    tenant_id: str
    endpoint_id: str
    mode: str
    url: str
    events: Sequence[str]
    secret_sealed: bytes
    old_secret_sealed: bytes | None
    old_secret_until: datetime | None
    failures: int
    last_success_at: datetime | None
    last_failure_at: datetime | None
    created_at: datetime
    disabled_at: datetime | None
    disabled_reason: str | None

    @property
    def status(self) -> str:
        """enabled | disabled (by its owner or by answering 410) | tripped (failed too often in a row)."""
        if self.disabled_at is not None:
            return "disabled"
        return "tripped" if self.failures >= BREAKER_AFTER else "enabled"

    def wants(self, type: str) -> bool:
        group = type.partition(".")[0] + ".*"
        return not self.events or type in self.events or group in self.events

    def may_probe(self, now: datetime) -> bool:
        """Whether a tripped endpoint has had its pause, so that one message may try it again."""
        return self.last_failure_at is None or now - self.last_failure_at >= PROBE_EVERY

    def secret(self, key: bytes) -> str:
        """The `whsec_…` text that the business unit verifies with."""
        return unseal(key, self.secret_sealed, _context(self.tenant_id, self.endpoint_id)).decode()

    def signature(self, message: Message, key: bytes, now: datetime) -> str:
        """The `webhook-signature` header: during a rotation one signature for each of the two secrets."""
        signed = [self.secret(key)]
        if self.old_secret_sealed is not None and self.old_secret_until is not None and now < self.old_secret_until:
            signed.append(unseal(key, self.old_secret_sealed, _context(self.tenant_id, self.endpoint_id)).decode())
        body = message.body.decode()
        return " ".join(Webhook(secret).sign(message.message_id, now, body) for secret in signed)

    def key_columns(self) -> dict[str, str]:
        return {"tenant_id": self.tenant_id, "endpoint_id": self.endpoint_id}


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def create_endpoint(
    tenant_id: str,
    mode: str,
    url: str,
    *,
    key: bytes,
    policy: AddressPolicy,
    at: datetime,
    events: Sequence[str] = (),
    secret: str | None = None,
    endpoint_id: str | None = None,
) -> tuple[Endpoint, str, Insert]:
    """An endpoint, its secret (shown once) and the operation that stores it.

    The URL is checked as far as it can be without the network; `Sender.check` also resolves the host.
    """
    parse_target(url, policy)
    check_events(events)
    secret, endpoint_id = secret or new_secret(), endpoint_id or new_id("whe")
    values: dict[str, Any] = dict.fromkeys(Endpoint.__dataclass_fields__)
    values |= {
        "tenant_id": tenant_id,
        "endpoint_id": endpoint_id,
        "mode": mode,
        "url": url,
        "events": list(events),
        "secret_sealed": seal(key, secret.encode(), _context(tenant_id, endpoint_id)),
        "failures": 0,
        "created_at": at,
    }
    return Endpoint(**values), secret, Insert(webhook_endpoint, values)


def rotate_secret(endpoint: Endpoint, *, key: bytes, at: datetime) -> tuple[str, Update]:
    """A new secret; the old one goes on signing for a day, so the receiver can switch when it likes."""
    secret = new_secret()
    values = {
        "secret_sealed": seal(key, secret.encode(), _context(endpoint.tenant_id, endpoint.endpoint_id)),
        "old_secret_sealed": endpoint.secret_sealed,
        "old_secret_until": at + ROTATION_OVERLAP,
    }
    guard = {"secret_sealed": endpoint.secret_sealed}  # of two rotations at once the second reads again
    return secret, Update(webhook_endpoint, endpoint.key_columns(), values, guard=guard)


def disable_op(endpoint: Endpoint, reason: str, at: datetime) -> Update:
    """Send nothing more there until somebody enables it again."""
    return Update(webhook_endpoint, endpoint.key_columns(), {"disabled_at": at, "disabled_reason": reason})


def enable_op(endpoint: Endpoint) -> Update:
    """Send again, with a clean record: also closes a tripped breaker."""
    values: Mapping[str, Any] = {"disabled_at": None, "disabled_reason": None, "failures": 0}
    return Update(webhook_endpoint, endpoint.key_columns(), values)


def check_events(events: Sequence[str]) -> None:
    """Refuse a name that no message will ever have, or an endpoint would wait for it forever."""
    groups = {name.partition(".")[0] + ".*" for name in TYPES}
    for index, name in enumerate(events):
        if name not in TYPES and name not in groups:
            raise WebhookEventUnknown(f"there is no event {name!r}", pointer=f"/events/{index}")


def load_endpoint(connection: Connection, tenant_id: str, endpoint_id: str) -> Endpoint | None:
    row = endpoint_row(connection, tenant_id, endpoint_id)
    return None if row is None else endpoint_of(row)


def endpoints(connection: Connection, tenant_id: str, mode: str) -> list[Endpoint]:
    return [endpoint_of(row) for row in endpoint_rows(connection, tenant_id, mode)]


def recipients(connection: Connection, tenant_id: str, mode: str, type: str) -> list[Endpoint]:
    """Who is to be told of this fact: every endpoint of the mode that is not disabled and wants it.

    A tripped endpoint is among them: its messages keep their place in the schedule and probe it.
    """
    return [each for each in endpoints(connection, tenant_id, mode) if each.status != "disabled" and each.wants(type)]


def endpoint_of(row: RowMapping) -> Endpoint:
    return Endpoint(**{name: row[name] for name in Endpoint.__dataclass_fields__})


def _context(tenant_id: str, endpoint_id: str) -> str:
    return f"webhook_endpoint:{tenant_id}:{endpoint_id}"
