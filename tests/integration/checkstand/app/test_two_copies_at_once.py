"""Two copies of one keyed request run side by side: whichever finishes first has answered for both."""

import pytest
from tests.world import LANTERN, World

from checkstand.infra.idempotency import AlreadyAnswered, IdempotencyKey, IdempotencyMismatch
from checkstand.web.api.access import remember


def key(fingerprint: str = "same") -> IdempotencyKey:
    return IdempotencyKey(LANTERN, "test POST /v1/things", "intent-1", fingerprint)


def test_the_slower_one_tells_what_the_faster_one_told(world: World) -> None:
    remember(world.platform, key(), "thing_1", 201, b'{"seen": 1}')

    with pytest.raises(AlreadyAnswered) as repeated:
        remember(world.platform, key(), "thing_1", 200, b'{"seen": 2}')

    assert (repeated.value.stored.status, repeated.value.stored.body) == (201, b'{"seen": 1}')


def test_the_key_of_another_request_is_refused(world: World) -> None:
    remember(world.platform, key(), "thing_1", 201, b"{}")

    with pytest.raises(IdempotencyMismatch):
        remember(world.platform, key("another body"), "thing_2", 201, b"{}")
