"""One attempt at one message: send it, read the answer, decide what happens next."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from checkstand.infra.ops import Insert, Op, Update
from checkstand.infra.webhooks.address import AddressPolicy
from checkstand.infra.webhooks.endpoint import BREAKER_AFTER, Endpoint, disable_op
from checkstand.infra.webhooks.message import Message
from checkstand.infra.webhooks.schedule import next_delay_s
from checkstand.infra.webhooks.sender import Answer, Sender
from checkstand.infra.webhooks.store import webhook_delivery, webhook_endpoint
from checkstand.kernel import Clock, new_id

GONE = 410  # Standard Webhooks: the receiver wants no more of these, ever
USER_AGENT = "Checkstand-Webhooks/1"


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """`state` is delivered, retrying (again at `next_at`) or dead; commit `ops` together with the job's end."""

    delivery_id: str
    state: str
    next_at: datetime | None
    answer: Answer
    tripped: bool  # this failure opened the breaker: tell the owner
    ops: tuple[Op, ...]


def deliver(
    message: Message,
    endpoint: Endpoint,
    *,
    attempt: int,
    sender: Sender,
    key: bytes,
    clock: Clock,
    rng: random.Random,
    allow_private: bool = False,
) -> DeliveryResult:
    """Send the message once and say what to write and when to come back.

    `attempt` counts from 1 and only chooses the next pause; a redelivery starts at 1 again.
    """
    now = clock.now()
    if endpoint.disabled_at is not None:
        answer = Answer(None, None, f"the endpoint is disabled ({endpoint.disabled_reason})", 0, sent=False)
    elif endpoint.status == "tripped" and not endpoint.may_probe(now):
        answer = Answer(None, None, "the endpoint fails all the time; it is asked once a minute now", 0, sent=False)
    else:
        policy = AddressPolicy.of(message.mode, allow_private=allow_private)
        answer = sender.send(endpoint.url, message.body, headers_of(message, endpoint, key, now), policy)
    return judge_answer(message, endpoint, answer, attempt=attempt, began_at=now, at=clock.now(), rng=rng)


def headers_of(message: Message, endpoint: Endpoint, key: bytes, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks; the timestamp is the attempt's, so a replayed attempt grows stale."""
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": endpoint.signature(message, key, now),
    }


def judge_answer(
    message: Message,
    endpoint: Endpoint,
    answer: Answer,
    *,
    attempt: int,
    began_at: datetime,
    at: datetime,
    rng: random.Random,
) -> DeliveryResult:
    """Decide from the answer alone: 2xx is delivered, 410 and a disabled endpoint are final, all else comes back."""
    delivered = answer.status_code is not None and 200 <= answer.status_code < 300
    final = answer.status_code == GONE or endpoint.disabled_at is not None
    delay_s = None if delivered or final else next_delay_s(attempt, rng)
    next_at = None if delay_s is None else at + timedelta(seconds=delay_s)
    state = "delivered" if delivered else "dead" if next_at is None else "retrying"
    row: dict[str, Any] = {
        "tenant_id": message.tenant_id,
        "delivery_id": new_id("whd"),
        "message_id": message.message_id,
        "endpoint_id": endpoint.endpoint_id,
        "attempt": attempt,
        "state": state,
        "sent": answer.sent,
        "requested_at": began_at,
        "duration_ms": answer.duration_ms,
        "status_code": answer.status_code,
        "response_excerpt": answer.excerpt,
        "error": answer.error or _complaint(answer, delivered=delivered),
        "next_at": next_at,
    }
    ops: list[Op] = [Insert(webhook_delivery, row), *_record_ops(endpoint, answer, delivered=delivered, at=at)]
    tripped = not delivered and answer.sent and endpoint.failures + 1 == BREAKER_AFTER
    return DeliveryResult(row["delivery_id"], state, next_at, answer, tripped, tuple(ops))


def _record_ops(endpoint: Endpoint, answer: Answer, *, delivered: bool, at: datetime) -> list[Op]:
    """How the endpoint answers is kept in counters that only add, so attempts side by side do not collide."""
    if delivered:
        return [Update(webhook_endpoint, endpoint.key_columns(), {"failures": 0, "last_success_at": at})]
    if endpoint.disabled_at is not None or (not answer.sent and endpoint.status == "tripped"):
        return []
    values: dict[str, Any] = {"last_failure_at": at}
    if answer.status_code == GONE:
        values |= disable_op(endpoint, "gone", at).values
    return [Update(webhook_endpoint, endpoint.key_columns(), values, add={"failures": 1})]


def _complaint(answer: Answer, *, delivered: bool) -> str | None:
    status = answer.status_code
    if delivered or status is None:
        return None
    if 300 <= status < 400:
        return f"answered {status}: redirects are not followed; change the endpoint's URL instead"
    return f"answered {status}: any 2xx means received"
