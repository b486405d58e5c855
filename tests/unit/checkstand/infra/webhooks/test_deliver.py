"""What one answer of a receiver means."""

import dataclasses
import random
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from checkstand.infra.ops import Insert, Update
from checkstand.infra.webhooks import AddressPolicy, create_endpoint, new_message, rotate_secret
from checkstand.infra.webhooks.deliver import deliver, headers_of, judge_answer
from checkstand.infra.webhooks.endpoint import BREAKER_AFTER, check_events
from checkstand.infra.webhooks.errors import WebhookEventUnknown
from checkstand.infra.webhooks.sender import Answer
from checkstand.kernel import FrozenClock

KEY = b"k" * 32
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def endpoint():
    policy = AddressPolicy.of("test")
    return create_endpoint("lantern", "test", "http://127.0.0.1:9/hooks", key=KEY, policy=policy, at=NOW)[0]


@pytest.fixture
def message():
    return new_message("lantern", "test", "payment.succeeded", "pay_1", 3, {"order_no": "书-1"}, NOW)


def judged(message, endpoint, answer, attempt=1):
    return judge_answer(message, endpoint, answer, attempt=attempt, began_at=NOW, at=NOW, rng=random.Random(1))


def endpoint_update(result):
    return next((op for op in result.ops if isinstance(op, Update)), None)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "delivered"),
        (204, "delivered"),
        (299, "delivered"),
        (301, "retrying"),
        (307, "retrying"),
        (400, "retrying"),
        (404, "retrying"),
        (410, "dead"),
        (429, "retrying"),
        (500, "retrying"),
        (None, "retrying"),
    ],
)
def test_only_2xx_means_received(message, endpoint, status, state):
    assert judged(message, endpoint, Answer(status, "", None, 5)).state == state


def test_the_tenth_failure_goes_to_the_dead_letters(message, endpoint):
    result = judged(message, endpoint, Answer(500, "", None, 5), attempt=10)

    assert (result.state, result.next_at) == ("dead", None)


def test_410_disables_the_endpoint(message, endpoint):
    update = endpoint_update(judged(message, endpoint, Answer(410, "", None, 5)))

    assert update.values["disabled_reason"] == "gone"


def test_a_redirect_says_what_to_change(message, endpoint):
    row = next(op for op in judged(message, endpoint, Answer(302, "", None, 5)).ops if isinstance(op, Insert))

    assert "change the endpoint's URL" in row.values["error"]


def test_a_success_closes_the_breaker(message, endpoint):
    tripped = dataclasses.replace(endpoint, failures=BREAKER_AFTER + 3)
    assert tripped.status == "tripped"

    assert endpoint_update(judged(message, tripped, Answer(200, "", None, 5))).values["failures"] == 0


def test_the_failure_that_opens_the_breaker_is_told_once(message, endpoint):
    at = [dataclasses.replace(endpoint, failures=n) for n in (BREAKER_AFTER - 2, BREAKER_AFTER - 1, BREAKER_AFTER)]

    assert [judged(message, each, Answer(500, "", None, 5)).tripped for each in at] == [False, True, False]


class SenderThatMustNotBeCalled:
    def send(self, *_args):
        raise AssertionError("this message had to stay here")


class RecordingSender:
    def __init__(self):
        self.sent = []

    def send(self, url, body, headers, policy):
        self.sent.append((url, body, headers))
        return Answer(200, "ok", None, 3)


def delivered_with(sender, message, endpoint, now=NOW):
    clock = FrozenClock(now)
    return deliver(message, endpoint, attempt=1, sender=sender, key=KEY, clock=clock, rng=random.Random(1))


def test_a_tripped_endpoint_keeps_the_message_in_the_schedule_without_asking(message, endpoint):
    tripped = dataclasses.replace(endpoint, failures=BREAKER_AFTER, last_failure_at=NOW - timedelta(seconds=10))

    result = delivered_with(SenderThatMustNotBeCalled(), message, tripped)

    assert (result.state, endpoint_update(result)) == ("retrying", None)


def test_a_tripped_endpoint_is_probed_after_a_minute(message, endpoint):
    sender = RecordingSender()
    tripped = dataclasses.replace(endpoint, failures=BREAKER_AFTER, last_failure_at=NOW - timedelta(seconds=61))

    assert delivered_with(sender, message, tripped).state == "delivered"
    assert len(sender.sent) == 1


def test_a_disabled_endpoint_is_not_asked_again(message, endpoint):
    disabled = dataclasses.replace(endpoint, disabled_at=NOW, disabled_reason="gone")

    assert delivered_with(SenderThatMustNotBeCalled(), message, disabled).state == "dead"


def test_the_receiver_can_verify_the_signature_with_its_secret(message, endpoint):
    payload = Webhook(endpoint.secret(KEY)).verify(message.body, headers_of(message, endpoint, KEY, datetime.now(UTC)))

    assert payload["data"] == {"order_no": "书-1"}
    assert (payload["type"], payload["object_id"], payload["object_version"]) == ("payment.succeeded", "pay_1", 3)


def test_body_and_id_are_equal_over_repeats_and_the_timestamp_is_not(message, endpoint):
    first, second = (headers_of(message, endpoint, KEY, NOW + timedelta(seconds=s)) for s in (0, 90))

    assert first["webhook-id"] == second["webhook-id"] == message.message_id
    assert first["webhook-timestamp"] != second["webhook-timestamp"]


def test_both_secrets_verify_for_a_day_after_a_rotation(message, endpoint):
    old = endpoint.secret(KEY)
    new, update = rotate_secret(endpoint, key=KEY, at=NOW)
    rotated = dataclasses.replace(endpoint, **update.values)
    headers = headers_of(message, rotated, KEY, datetime.now(UTC))

    for secret in (old, new):
        Webhook(secret).verify(message.body, headers)
    assert " " not in rotated.signature(message, KEY, NOW + timedelta(hours=25))


def test_a_secret_is_not_readable_in_the_row(endpoint):
    assert endpoint.secret(KEY).encode() not in endpoint.secret_sealed


@pytest.mark.parametrize(
    ("events", "type", "wanted"),
    [
        ([], "payment.failed", True),
        (["payment.succeeded"], "payment.succeeded", True),
        (["payment.succeeded"], "payment.failed", False),
        (["payment.*"], "payment.failed", True),
        (["payment.*"], "refund.succeeded", False),
    ],
)
def test_an_endpoint_hears_of_what_it_wants(endpoint, events, type, wanted):
    assert dataclasses.replace(endpoint, events=events).wants(type) is wanted


def test_an_event_that_never_happens_cannot_be_waited_for():
    with pytest.raises(WebhookEventUnknown) as refused:
        check_events(["payment.*", "payment.suceeded"])

    assert refused.value.pointer == "/events/1"
