"""When a failed webhook is tried again."""

import random

from hypothesis import given
from hypothesis import strategies as st

from checkstand.infra.webhooks.schedule import DELAYS_S, MAX_ATTEMPTS, next_delay_s


def test_the_schedule_is_the_recommended_one():
    assert DELAYS_S == (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


def test_the_last_attempt_comes_about_75_hours_after_the_first():
    assert 75 <= sum(DELAYS_S) / 3600 <= 76


def test_the_tenth_failure_is_the_last():
    assert next_delay_s(MAX_ATTEMPTS - 1, random.Random(1)) is not None
    assert next_delay_s(MAX_ATTEMPTS, random.Random(1)) is None


@given(attempt=st.integers(1, MAX_ATTEMPTS - 1), seed=st.integers())
def test_a_pause_is_never_more_than_a_tenth_off(attempt, seed):
    delay = next_delay_s(attempt, random.Random(seed))

    assert 0.9 * DELAYS_S[attempt - 1] <= delay <= 1.1 * DELAYS_S[attempt - 1]


def test_two_messages_of_one_outage_do_not_come_back_in_the_same_second():
    rng = random.Random(7)

    assert len({round(next_delay_s(3, rng)) for _ in range(20)}) > 10
