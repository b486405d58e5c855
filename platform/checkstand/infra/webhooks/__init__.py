"""Telling business units what happened, by Standard Webhooks: signed, repeated for 75 hours, never to private places.

A commit that makes a fact true inserts `message_op(…)` and one job per `recipients(…)`.
The job calls `deliver(…)` and commits the operations of its result.
"""

from checkstand.infra.webhooks.address import AddressPolicy
from checkstand.infra.webhooks.deliver import DeliveryResult, deliver, headers_of
from checkstand.infra.webhooks.endpoint import (
    ROTATION_OVERLAP,
    Endpoint,
    check_events,
    create_endpoint,
    disable_op,
    enable_op,
    endpoints,
    load_endpoint,
    new_secret,
    recipients,
    rotate_secret,
)
from checkstand.infra.webhooks.errors import (
    WebhookAddressRefused,
    WebhookEndpointUnknown,
    WebhookEventUnknown,
    WebhookHostUnknown,
    WebhookNeedsHttps,
    WebhookUrlInvalid,
)
from checkstand.infra.webhooks.message import TYPES, Message, latest_message, load_message, message_op, new_message
from checkstand.infra.webhooks.schedule import MAX_ATTEMPTS, next_delay_s
from checkstand.infra.webhooks.sender import Answer, Sender
from checkstand.infra.webhooks.store import (
    clear_bodies,
    deliveries_of,
    deliveries_page,
    delivery_row,
    messages_between,
    messages_of,
    recent_deliveries,
)

__all__ = [
    "MAX_ATTEMPTS",
    "ROTATION_OVERLAP",
    "TYPES",
    "AddressPolicy",
    "Answer",
    "DeliveryResult",
    "Endpoint",
    "Message",
    "Sender",
    "WebhookAddressRefused",
    "WebhookEndpointUnknown",
    "WebhookEventUnknown",
    "WebhookHostUnknown",
    "WebhookNeedsHttps",
    "WebhookUrlInvalid",
    "check_events",
    "clear_bodies",
    "create_endpoint",
    "deliver",
    "deliveries_of",
    "deliveries_page",
    "delivery_row",
    "disable_op",
    "enable_op",
    "endpoints",
    "headers_of",
    "latest_message",
    "load_endpoint",
    "load_message",
    "message_op",
    "messages_between",
    "messages_of",
    "new_message",
    "new_secret",
    "next_delay_s",
    "recent_deliveries",
    "recipients",
    "rotate_secret",
]
