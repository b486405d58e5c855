"""Assignment is stable, even, and exactly what the GrowthBook SDKs compute."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkstand.app.experiments.assign_session import OverrideForbidden, refuse_override
from checkstand.experiment import bucket, choose, fnv1a_32, in_force
from checkstand.experiment.state import ExperimentState
from checkstand.scenario.plan import ExperimentPlan, VariationPlan

ids = st.text(min_size=1, max_size=40)
CRITICAL = {1: 10.83, 2: 13.82, 3: 16.27}  # χ² at p = 0.001, by degrees of freedom


def fits(observed: list[int], expected: list[float]) -> bool:
    """Whether these counts are no surprise; the hash is deterministic, so this never flickers."""
    statistic = sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))
    return statistic < CRITICAL[len(observed) - 1]


def experiment(
    *weights: float, layer: str = "books", experiment_id: str = "order", coverage: float = 1.0, **more: Any
) -> ExperimentPlan:
    arms = tuple(VariationPlan(f"v{i}", weight, {}) for i, weight in enumerate(weights or (0.5, 0.5)))
    standard = ExperimentPlan(
        id=experiment_id,
        layer=layer,
        range=(0.0, 1.0),
        unit="shopper",
        fallback_unit="device",
        when=None,
        variations=arms,
        goal_metric="paid_per_exposed",
        guardrail_metrics=(),
        coverage=coverage,
    )
    return replace(standard, **more)


@pytest.mark.parametrize(
    ("text", "value"),
    # The reference vectors of the FNV authors (draft-eastlake-fnv, appendix C).
    [("", 0x811C9DC5), ("a", 0xE40C292C), ("b", 0xE70C2DE5), ("foobar", 0xBF9CF968)],
)
def test_fnv_1a_agrees_with_its_authors(text: str, value: int) -> None:
    assert fnv1a_32(text) == value


def growthbook_v2(seed: str, value: str) -> float:
    """The hash as the GrowthBook documentation writes it down, independent of our code."""

    def fnv(text: str) -> int:
        result = 2166136261
        for byte in text.encode():
            result ^= byte
            result = (result + (result << 1) + (result << 4) + (result << 7) + (result << 8) + (result << 24)) % 2**32
        return result

    return (fnv(str(fnv(seed + value))) % 10000) / 10000


@given(seed=ids, value=ids)
def test_the_bucket_is_growthbooks(seed: str, value: str) -> None:
    assert bucket(seed, value) == growthbook_v2(seed, value)


@given(unit=ids)
def test_the_same_shopper_always_gets_the_same_arm(unit: str) -> None:
    assert choose(experiment(), {"shopper": unit}) == choose(experiment(), {"shopper": unit})


@given(unit=ids, small=st.floats(0, 1), more=st.floats(0, 1))
def test_growing_the_coverage_moves_nobody_to_another_arm(unit: str, small: float, more: float) -> None:
    before = choose(experiment(coverage=min(small, more)), {"shopper": unit})
    after = choose(experiment(coverage=max(small, more)), {"shopper": unit})

    assert before is None or before == after


@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.34, 0.33, 0.33), (0.1, 0.9)])
def test_arms_fill_as_their_weights_say(weights: tuple[float, ...]) -> None:
    found = Counter(choose(experiment(*weights), {"shopper": f"shopper-{n}"}) for n in range(20_000))

    observed = [found[f"v{i}"] for i in range(len(weights))]
    assert sum(observed) == 20_000
    assert fits(observed, [weight * 20_000 for weight in weights])


@given(unit=ids)
def test_nobody_is_in_two_experiments_of_one_layer(unit: str) -> None:
    units = {"shopper": unit}
    first = choose(experiment(range=(0.0, 0.5), experiment_id="one"), units)
    second = choose(experiment(range=(0.5, 1.0), experiment_id="two"), units)

    assert (first is None) != (second is None)


def test_the_next_experiment_of_a_layer_mixes_everybody_anew() -> None:
    pairs = Counter(
        (
            choose(experiment(experiment_id="one"), {"shopper": str(n)}),
            choose(experiment(experiment_id="two"), {"shopper": str(n)}),
        )
        for n in range(8000)
    )

    assert len(pairs) == 4
    assert fits(list(pairs.values()), [2000.0] * 4)


def test_a_guest_is_assigned_by_device() -> None:
    by_device = choose(experiment(), {"shopper": "", "device": "d1"})

    assert by_device == choose(experiment(unit="device"), {"device": "d1"})
    assert choose(experiment(fallback_unit=None), {"shopper": "", "device": "d1"}) is None


def test_who_is_held_out_is_in_no_experiment_of_the_layer_whatever_its_range() -> None:
    units = [{"shopper": f"shopper-{n}"} for n in range(20_000)]
    plans = [experiment(holdout=0.1, experiment_id=name) for name in ("one", "two")]
    out = [[choose(plan, each) is None for each in units] for plan in plans]

    assert out[0] == out[1]
    assert fits([sum(out[0]), 20_000 - sum(out[0])], [2_000.0, 18_000.0])


def test_the_holdout_says_nothing_about_the_arm() -> None:
    inside = Counter(choose(experiment(holdout=0.5), {"shopper": str(n)}) for n in range(20_000))

    assert fits([inside["v0"], inside["v1"]], [(20_000 - inside[None]) / 2] * 2)


@given(unit=ids, written=st.floats(0, 1), ramped=st.floats(0, 1))
def test_a_state_never_makes_an_experiment_narrower_than_its_file(unit: str, written: float, ramped: float) -> None:
    state = ExperimentState(coverage=ramped)
    plan = SimpleNamespace(experiments=(experiment(coverage=written),))
    (before,), (after,) = plan.experiments, in_force(plan, {"order": state})  # type: ignore[arg-type]
    arm = choose(before, {"shopper": unit})

    assert after.coverage == max(written, ramped)
    assert arm is None or choose(after, {"shopper": unit}) == arm


def test_a_stopped_experiment_takes_nobody_in() -> None:
    plan = SimpleNamespace(experiments=(experiment(experiment_id="one"), experiment(experiment_id="two")))
    running = in_force(plan, {"one": ExperimentState("stopped")})  # type: ignore[arg-type]

    assert [each.id for each in running] == ["two"]


def test_in_live_mode_nobody_chooses_an_arm() -> None:
    plan = SimpleNamespace(experiments=(experiment(),), scenario_id="books")
    refuse_override(plan, "test", {"order": "v1"})  # type: ignore[arg-type]
    refuse_override(plan, "live", {})  # type: ignore[arg-type]

    with pytest.raises(OverrideForbidden):
        refuse_override(plan, "live", {"order": "v1"})  # type: ignore[arg-type]
