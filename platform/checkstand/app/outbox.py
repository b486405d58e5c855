"""The outbox: facts that the business unit is told, written in the commit that makes them true."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from checkstand.accounting import WriteSet
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.app.write_mail import console_link, mail_ops
from checkstand.infra.jobs import Job, job_op
from checkstand.infra.ops import Op
from checkstand.infra.webhooks import Endpoint, deliver, load_endpoint, load_message, new_message, recipients

_rng = random.Random()


def outbox_ops(
    tenant_id: str, mode: str, type_: str, object_id: str, version: int, data: Mapping[str, Any], now: datetime
) -> list[Op]:
    """One webhook message and the job that hands it to every endpoint of the tenant and mode."""
    message = new_message(tenant_id, mode, type_, object_id=object_id, version=version, data=data, at=now)
    payload = {"message_id": message.message_id}
    return [
        message.insert_op(),
        job_op(tenant_id, "webhook.fan_out", message.message_id, payload, due_at=now, now=now),
    ]


def fan_out(platform: Platform, job: Job) -> Finished | Again:
    """One delivery job per endpoint that wants this message; no endpoint means nothing to do."""
    with platform.db.read() as connection:
        message = load_message(connection, job.tenant_id, job.payload["message_id"])
        endpoints = recipients(connection, job.tenant_id, message.mode, message.type) if message else []
    now = platform.clock.now()
    if message is None:
        return Finished()
    return Finished(
        WriteSet(ops=[delivery_job(job.tenant_id, message.message_id, end.endpoint_id, now) for end in endpoints])
    )


def delivery_job(
    tenant_id: str, message_id: str, endpoint_id: str, now: datetime, *, due_at: datetime | None = None
) -> Op:
    """Deliver this message to this endpoint, at once unless told otherwise, from the first pause on."""
    payload = {"message_id": message_id, "endpoint_id": endpoint_id}
    return job_op(tenant_id, "webhook.deliver", f"{message_id}:{endpoint_id}", payload, due_at=due_at or now, now=now)


def deliver_webhook(platform: Platform, job: Job) -> Finished | Again:
    """One attempt; the job comes back on the schedule of Standard Webhooks until delivered or dead."""
    with platform.db.read() as connection:
        message = load_message(connection, job.tenant_id, job.payload["message_id"])
        endpoint = load_endpoint(connection, job.tenant_id, job.payload["endpoint_id"])
    if message is None or endpoint is None or not message.has_body:
        return Finished()
    result = deliver(
        message,
        endpoint,
        attempt=job.attempts,
        sender=platform.webhook_sender,
        key=platform.settings.secret_key,
        clock=platform.clock,
        rng=_rng,
        allow_private=platform.settings.allow_private_webhooks,
    )
    warning = _warning(platform, endpoint) if result.tripped else []
    writes = WriteSet(ops=[*result.ops, *warning])
    return Finished(writes) if result.next_at is None else Again(result.next_at, writes, result.answer.error)


def _warning(platform: Platform, endpoint: Endpoint) -> list[Op]:
    """The mail about a breaker that has just opened."""
    link = console_link(
        platform, "u", endpoint.tenant_id, endpoint.mode, "developers", "webhooks", endpoint.endpoint_id
    )
    facts = {"endpoint": endpoint.url, "count": endpoint.failures + 1, "mode": endpoint.mode}
    return mail_ops(platform, endpoint.tenant_id, "breaker_opened", link, facts, platform.clock.now())
