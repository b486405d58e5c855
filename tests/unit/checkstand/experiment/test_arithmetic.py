"""The steps that are told lead to the arm that is given."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.checkstand.scenario.example import plan

from checkstand.experiment import assign
from checkstand.experiment.arithmetic import bucketings, frozen_bucketings
from checkstand.experiment.state import ExperimentState

EXPERIMENT = {
    "id": "first",
    "layer": "books",
    "range": [0.2, 0.8],
    "coverage": 0.7,
    "when": "amount > 1000",
    "fallback_unit": "device",
    "variations": [{"id": "a", "weight": 0.25}, {"id": "b", "weight": 0.75}],
}
PLAN = plan(experiments=[EXPERIMENT])


@given(
    amount=st.integers(1, 2000), shopper=st.sampled_from(["", "mei", "otto"]) | st.text(max_size=8), device=st.text()
)
def test_following_the_steps_by_hand_gives_the_arm(amount: int, shopper: str, device: str) -> None:
    context, units = {"amount": amount}, {"shopper": shopper, "device": device}
    (told,) = bucketings(PLAN, context, units)

    by_hand = None
    if told.targeted and told.layer_position is not None and told.position is not None:
        low, high = told.range
        if low <= told.layer_position < high:
            by_hand = next((arm.variation for arm in told.arms if arm.start <= told.position < arm.end), None)

    assert told.variation == by_hand == assign(PLAN, context, units).get("first")
    assert (told.outcome == "assigned") == (by_hand is not None)


def test_each_step_that_fails_has_its_name() -> None:
    outcomes = {
        bucketings(PLAN, {"amount": amount}, {"shopper": f"s{n}" if n else ""})[0].outcome
        for amount in (1, 2000)
        for n in range(60)
    }

    assert outcomes == {"assigned", "not_targeted", "no_unit", "out_of_range", "not_covered"}


def test_a_frozen_arm_is_told_as_it_is_whatever_the_hash_says() -> None:
    (told,) = frozen_bucketings(PLAN, {"amount": 1}, {"shopper": "mei"}, {"first": "a"})

    assert (told.variation, told.outcome, told.position) == ("a", "frozen", None)


def test_the_held_out_and_the_stopped_say_so() -> None:
    held = plan(experiments=[{**EXPERIMENT, "when": "true"}], layers=[{"id": "books", "holdout": 0.5}])
    outcomes = {bucketings(held, {}, {"shopper": f"s{n}"})[0].outcome for n in range(60)}
    stopped = bucketings(PLAN, {"amount": 2000}, {"shopper": "mei"}, states={"first": ExperimentState("stopped")})

    assert "held_out" in outcomes
    assert (stopped[0].outcome, stopped[0].variation) == ("stopped", None)
