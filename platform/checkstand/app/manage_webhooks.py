"""A business unit's webhook endpoints and the repetition of what was told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checkstand.accounting import WriteSet
from checkstand.app.facts import instant
from checkstand.app.outbox import delivery_job
from checkstand.app.platform import Platform
from checkstand.infra.jobs import live_job
from checkstand.infra.ops import Op
from checkstand.infra.webhooks import (
    AddressPolicy,
    Endpoint,
    WebhookEndpointUnknown,
    create_endpoint,
    delivery_row,
    disable_op,
    endpoints,
    load_endpoint,
    load_message,
)
from checkstand.kernel import CheckstandError, Kind, present


class DeliveryUnknown(CheckstandError):
    code = "webhook.delivery_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such webhook delivery."
    remedy = "Read the payment; its `webhooks` list every delivery with its id."


class BodyGone(CheckstandError):
    code = "webhook.body_gone"
    kind = Kind.CONFLICT
    message = "The body of this message has been deleted, so it cannot be sent again."
    remedy = "Read the payment instead; the settings say after how many days bodies are deleted."


def add_endpoint(platform: Platform, tenant_id: str, mode: str, url: str, events: Sequence[str]) -> dict[str, Any]:
    """A new endpoint; the answer is the only one that holds its secret."""
    policy = AddressPolicy.of(mode, allow_private=platform.settings.allow_private_webhooks)
    platform.webhook_sender.check(url, policy)
    endpoint, secret, op = create_endpoint(
        tenant_id, mode, url, key=platform.settings.secret_key, policy=policy, at=platform.clock.now(), events=events
    )
    platform.poster.commit(WriteSet(ops=[op]))
    return {**endpoint_answer(endpoint), "secret": secret}


def list_endpoints(platform: Platform, tenant_id: str, mode: str) -> list[dict[str, Any]]:
    """Every endpoint of this mode."""
    with platform.db.read() as connection:
        return [endpoint_answer(endpoint) for endpoint in endpoints(connection, tenant_id, mode)]


def remove_endpoint(platform: Platform, tenant_id: str, mode: str, endpoint_id: str) -> dict[str, Any]:
    """Stop telling this endpoint; what it was told stays readable."""
    with platform.db.read() as connection:
        endpoint = load_endpoint(connection, tenant_id, endpoint_id)
    if endpoint is None or endpoint.mode != mode:
        raise WebhookEndpointUnknown()
    platform.poster.commit(WriteSet(ops=[disable_op(endpoint, "by its owner", platform.clock.now())]))
    with platform.db.read() as connection:
        return endpoint_answer(
            present(load_endpoint(connection, tenant_id, endpoint_id), "an endpoint never disappears")
        )


def redeliver(
    platform: Platform, tenant_id: str, mode: str | None, delivery_id: str, *, told: Sequence[Op] = ()
) -> dict[str, Any]:
    """Tell it again: the same body and webhook-id, so a receiver that knows it already loses nothing.

    `told` goes into the same commit: the console's line of the audit trail.
    """
    with platform.db.read() as connection:
        row = delivery_row(connection, tenant_id, delivery_id)
        message = load_message(connection, tenant_id, row["message_id"]) if row is not None else None
        if row is None or message is None or (mode is not None and message.mode != mode):
            raise DeliveryUnknown()
        if not message.has_body:
            raise BodyGone()
        key = f"{message.message_id}:{row['endpoint_id']}"
        running = live_job(connection, tenant_id, "webhook.deliver", key)
    now = platform.clock.now()
    if running is None:
        job = delivery_job(tenant_id, message.message_id, row["endpoint_id"], now)
        platform.poster.commit(WriteSet(ops=[job, *told]))
    return {"webhook_id": message.message_id, "endpoint_id": row["endpoint_id"], "queued": running is None}


def endpoint_answer(endpoint: Endpoint) -> dict[str, Any]:
    """The public form of an endpoint, without its secret."""
    return {
        "id": endpoint.endpoint_id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "status": endpoint.status,
        "mode": endpoint.mode,
        "created_at": instant(endpoint.created_at),
    }
