"""What people of the console do with webhook endpoints; each change goes with its line of the audit trail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.manage_webhooks import redeliver
from checkstand.app.outbox import delivery_job
from checkstand.app.platform import Platform
from checkstand.infra.ops import Op
from checkstand.infra.webhooks import (
    AddressPolicy,
    Endpoint,
    WebhookEndpointUnknown,
    create_endpoint,
    disable_op,
    enable_op,
    load_endpoint,
    messages_between,
    new_message,
    rotate_secret,
)
from checkstand.kernel import CheckstandError, Kind

MOST_AT_ONCE: Final = 2000  # messages of one repeated range: one commit, and an hour of a slow receiver
_ENDPOINT_ID: Final = re.compile(r"whe_[0-9a-z]{26}")


class EndpointMadeAlready(CheckstandError):
    code = "webhook.endpoint_made_already"
    kind = Kind.CONFLICT
    message = "This form was sent twice. The endpoint was made, and its secret shown, the first time."
    remedy = "If you did not see the secret, replace it on the endpoint's page."


class SecretChangedMeanwhile(CheckstandError):
    code = "webhook.secret_changed"
    kind = Kind.CONFLICT
    message = "Somebody replaced this secret at the same moment."
    remedy = "Ask them for the new secret, or replace it once more."


class RangeInvalid(CheckstandError):
    code = "webhook.range_invalid"
    message = "This is not a range of time."
    remedy = "Give a beginning and an end after it."


class RangeTooLarge(CheckstandError):
    code = "webhook.range_too_large"
    kind = Kind.TOO_LARGE
    message = f"More than {MOST_AT_ONCE} messages happened in this range."
    remedy = "Choose a shorter range and repeat."


def add_endpoint(
    platform: Platform,
    who: Actor,
    tenant_id: str,
    mode: str,
    url: str,
    events: Sequence[str],
    *,
    endpoint_id: str = "",
) -> tuple[str, str]:
    """A new endpoint; tells its id and its secret. `endpoint_id` makes a form that is sent twice one endpoint."""
    policy = AddressPolicy.of(mode, allow_private=platform.settings.allow_private_webhooks)
    platform.webhook_sender.check(url, policy)
    now, wanted = platform.clock.now(), endpoint_id if _ENDPOINT_ID.fullmatch(endpoint_id) else None
    made, secret, row = create_endpoint(
        tenant_id, mode, url, key=platform.settings.secret_key, policy=policy, at=now, events=events, endpoint_id=wanted
    )
    after = {"url": url, "events": list(events)}
    told = who.audit(tenant_id, "webhook.create", "webhook_endpoint", made.endpoint_id, now, mode=mode, after=after)
    try:
        platform.poster.commit(WriteSet(ops=[row, told]))
    except RowExists:
        raise EndpointMadeAlready() from None
    return made.endpoint_id, secret


def own_endpoint(platform: Platform, tenant_id: str, mode: str, endpoint_id: str) -> Endpoint:
    """An endpoint of this unit and mode. Raises `WebhookEndpointUnknown`."""
    with platform.db.read() as connection:
        endpoint = load_endpoint(connection, tenant_id, endpoint_id)
    if endpoint is None or endpoint.mode != mode:
        raise WebhookEndpointUnknown()
    return endpoint


def replace_secret(platform: Platform, who: Actor, tenant_id: str, mode: str, endpoint_id: str) -> str:
    """A new secret; for a day messages are signed with both."""
    endpoint, now = own_endpoint(platform, tenant_id, mode, endpoint_id), platform.clock.now()
    secret, change = rotate_secret(endpoint, key=platform.settings.secret_key, at=now)
    told = who.audit(tenant_id, "webhook.rotate_secret", "webhook_endpoint", endpoint_id, now, mode=mode)
    try:
        platform.poster.commit(WriteSet(ops=[change, told]))
    except EdgeRefused:
        raise SecretChangedMeanwhile() from None
    return secret


def disable_endpoint(platform: Platform, who: Actor, tenant_id: str, mode: str, endpoint_id: str) -> None:
    """Tell it nothing more until somebody enables it."""
    endpoint, now = own_endpoint(platform, tenant_id, mode, endpoint_id), platform.clock.now()
    if endpoint.disabled_at is None:
        told = who.audit(tenant_id, "webhook.disable", "webhook_endpoint", endpoint_id, now, mode=mode)
        platform.poster.commit(WriteSet(ops=[disable_op(endpoint, "by its owner", now), told]))


def enable_endpoint(platform: Platform, who: Actor, tenant_id: str, mode: str, endpoint_id: str) -> None:
    """Tell it again, with a clean record: also closes a tripped breaker."""
    endpoint, now = own_endpoint(platform, tenant_id, mode, endpoint_id), platform.clock.now()
    before = {"status": endpoint.status, "failures": endpoint.failures}
    told = who.audit(tenant_id, "webhook.enable", "webhook_endpoint", endpoint_id, now, mode=mode, before=before)
    platform.poster.commit(WriteSet(ops=[enable_op(endpoint), told]))


def send_test(platform: Platform, who: Actor, tenant_id: str, mode: str, endpoint_id: str) -> str:
    """Tell this endpoint, and no other, a `webhook.test`; answers the message id."""
    own_endpoint(platform, tenant_id, mode, endpoint_id)
    now = platform.clock.now()
    message = new_message(
        tenant_id, mode, "webhook.test", endpoint_id, 1, {"endpoint_id": endpoint_id, "sent_from": "console"}, now
    )
    ops: list[Op] = [
        message.insert_op(),
        delivery_job(tenant_id, message.message_id, endpoint_id, now),
        who.audit(tenant_id, "webhook.test", "webhook_endpoint", endpoint_id, now, mode=mode),
    ]
    platform.poster.commit(WriteSet(ops=ops))
    return message.message_id


def redeliver_one(platform: Platform, who: Actor, tenant_id: str, mode: str, delivery_id: str) -> bool:
    """Tell it again; False when it is on its way already."""
    told = who.audit(
        tenant_id, "webhook.redeliver", "webhook_delivery", delivery_id, platform.clock.now(), mode=mode
    )  # fmt: skip
    return bool(redeliver(platform, tenant_id, mode, delivery_id, told=[told])["queued"])


def redeliver_range(
    platform: Platform,
    who: Actor,
    tenant_id: str,
    mode: str,
    endpoint_id: str,
    since: datetime,
    until: datetime,
    *,
    also_delivered: bool = False,
) -> int:
    """Tell it again what happened in this time, or only what it never answered; tells how many messages that is."""
    if since >= until:
        raise RangeInvalid(pointer="until")
    endpoint, now = own_endpoint(platform, tenant_id, mode, endpoint_id), platform.clock.now()
    undelivered_at = None if also_delivered else endpoint_id
    with platform.db.read() as connection:
        found = messages_between(
            connection, tenant_id, mode, since, until, undelivered_at=undelivered_at, limit=MOST_AT_ONCE + 1
        )
        wanted = [
            row.message_id
            for row in found
            if endpoint.wants(row.type) and (row.type != "webhook.test" or row.object_id == endpoint_id)
        ]
    if len(found) > MOST_AT_ONCE:
        raise RangeTooLarge()
    if wanted:
        after = {"since": since.isoformat(), "until": until.isoformat(), "messages": len(wanted)}
        told = who.audit(
            tenant_id, "webhook.redeliver_range", "webhook_endpoint", endpoint_id, now, mode=mode, after=after
        )
        # A second from now, so that the jobs are claimed a few at a time and by every process. A message that
        # is on its way already keeps its job: a second one of the same key is ignored.
        due_at = now + timedelta(seconds=1)
        jobs = [delivery_job(tenant_id, message_id, endpoint_id, now, due_at=due_at) for message_id in wanted]
        platform.poster.commit(WriteSet(ops=[*jobs, told]))
    return len(wanted)
