"""What was sent to whom and what they answered; and what would be sent, without sending it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, RowMapping

from checkstand.app.manage_webhooks import DeliveryUnknown
from checkstand.app.platform import Platform
from checkstand.app.steer_webhooks import own_endpoint
from checkstand.infra.webhooks import (
    ROTATION_OVERLAP,
    AddressPolicy,
    Endpoint,
    Message,
    deliveries_of,
    deliveries_page,
    delivery_row,
    headers_of,
    latest_message,
    load_endpoint,
    load_message,
    new_message,
)
from checkstand.kernel import CheckstandError, present

STATES: Final = ("delivered", "retrying", "dead")
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class DeliveryStory:
    """One attempt: the request, the answer, and the other attempts at the same message for the same endpoint."""

    row: RowMapping
    message: Message
    endpoint: Endpoint
    headers: Mapping[str, str]
    attempts: list[RowMapping]


@dataclass(frozen=True, slots=True)
class DryRun:
    """The request as it would leave now, or why it would not."""

    message: Message
    headers: Mapping[str, str]
    is_real: bool  # the body is that of the latest message of this type, not an example
    wanted: bool
    refusal: str


def list_deliveries(
    platform: Platform, tenant_id: str, mode: str, *, state: str = "", endpoint_id: str = "", before: str = ""
) -> tuple[list[Row[Any]], str]:
    """A page of attempts, newest first, and the cursor of the next one (empty at the end)."""
    with platform.db.read() as connection:
        rows = deliveries_page(
            connection, tenant_id, mode, state=state, endpoint_id=endpoint_id, before=before, limit=PAGE + 1
        )
    return rows[:PAGE], rows[PAGE - 1].delivery_id if len(rows) > PAGE else ""


def delivery_story(platform: Platform, tenant_id: str, mode: str, delivery_id: str) -> DeliveryStory:
    """Everything about one attempt. Raises `DeliveryUnknown`."""
    with platform.db.read() as connection:
        row = delivery_row(connection, tenant_id, delivery_id)
        message = load_message(connection, tenant_id, row["message_id"]) if row is not None else None
        if row is None or message is None or message.mode != mode:
            raise DeliveryUnknown()
        endpoint = present(load_endpoint(connection, tenant_id, row["endpoint_id"]), "a delivery has its endpoint")
        attempts = deliveries_of(connection, tenant_id, [message.message_id])
    headers = headers_of(message, endpoint, platform.settings.secret_key, row["requested_at"])
    if endpoint.old_secret_until is not None and row["requested_at"] < endpoint.old_secret_until - ROTATION_OVERLAP:
        # Signed with a secret that the endpoint has replaced since; signatures themselves are not kept.
        headers = {name: value for name, value in headers.items() if name != "webhook-signature"}
    same = [each for each in attempts if each["endpoint_id"] == endpoint.endpoint_id]
    return DeliveryStory(row, message, endpoint, headers, same)


def dry_run(platform: Platform, tenant_id: str, mode: str, endpoint_id: str, type_: str) -> DryRun:
    """What this endpoint would get for this type. Looks the host up, connects to nobody, writes nothing."""
    endpoint, now = own_endpoint(platform, tenant_id, mode, endpoint_id), platform.clock.now()
    with platform.db.read() as connection:
        latest = latest_message(connection, tenant_id, mode, type_)
    message = latest or new_message(tenant_id, mode, type_, endpoint_id, 1, {"example": True}, now)
    refusal = "" if endpoint.disabled_at is None else f"the endpoint is disabled ({endpoint.disabled_reason})"
    try:
        policy = AddressPolicy.of(mode, allow_private=platform.settings.allow_private_webhooks)
        platform.webhook_sender.check(endpoint.url, policy)
    except CheckstandError as error:
        refusal = str(error)
    headers = headers_of(message, endpoint, platform.settings.secret_key, now)
    return DryRun(message, headers, latest is not None, endpoint.wants(type_), refusal)
