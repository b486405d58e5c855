"""1,000 experiments without an effect and 1,000 with one, each looked at 20 times: what we declare is what happens.

The seed is fixed, so nothing flickers. A bound on a count of 1,000 draws is a quantile of the binomial distribution at
1 in 10,000, not a number that happened to hold.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from scipy import stats

from checkstand.experiment.stats import Proportion, compare, half_width, p_value, srm_p
from checkstand.experiment.stats.sequential import ALPHA
from checkstand.experiment.stats.significance import SRM_ALPHA

EXPERIMENTS: Final = 1_000
LOOKS: Final = 20
PER_LOOK: Final = 500  # units of each arm between two looks


def at_most(rate: float) -> int:
    """As many of 1,000 as this rate allows; more happens once in 10,000 seeds."""
    return int(stats.binom.ppf(1 - 1e-4, EXPERIMENTS, rate))


def looks_at_shares(chance: np.random.Generator, share: float) -> tuple[Any, Any]:
    """Mean and variance of one arm at every look."""
    paid = chance.binomial(PER_LOOK, share, (EXPERIMENTS, LOOKS)).cumsum(axis=1)
    mean = paid / (PER_LOOK * np.arange(1, LOOKS + 1))
    return mean, mean * (1 - mean)


def looks_at_revenue(chance: np.random.Generator, factor: float) -> tuple[Any, Any]:
    """A skewed metric: most units bring nothing, some bring much."""
    n = PER_LOOK * np.arange(1, LOOKS + 1)
    size = (EXPERIMENTS, LOOKS, PER_LOOK)
    values = (chance.random(size, dtype=np.float32) < 0.3) * np.exp(chance.standard_normal(size, dtype=np.float32))
    total = (factor * values).sum(axis=2, dtype=np.float64).cumsum(axis=1)
    squares = ((factor * values) ** 2).sum(axis=2, dtype=np.float64).cumsum(axis=1)
    return total / n, (squares - total**2 / n) / (n - 1)


def declared(control: tuple[Any, Any], arm: tuple[Any, Any]) -> tuple[Any, Any]:
    """Whether each experiment declares an effect at any look: ours, and a fixed-horizon test that is peeked at."""
    n = PER_LOOK * np.arange(1, LOOKS + 1)
    estimate, variance = arm[0] - control[0], (control[1] + arm[1]) / n
    ours = p_value(estimate, 2 * n, variance) < ALPHA
    outside = np.abs(estimate) > half_width(2 * n, variance)
    assert (ours == outside).all()
    peeked = np.abs(estimate) > stats.norm.ppf(1 - ALPHA / 2) * np.sqrt(variance)
    return ours.any(axis=1), peeked.any(axis=1)


@pytest.mark.parametrize("share", [0.6, 0.05])
def test_without_an_effect_at_most_the_declared_share_is_declared(share: float) -> None:
    chance = np.random.default_rng(20)
    ours, peeked = declared(looks_at_shares(chance, share), looks_at_shares(chance, share))

    assert ours.sum() <= EXPERIMENTS * ALPHA <= at_most(ALPHA)
    assert peeked.sum() > at_most(ALPHA)  # the same looks with an ordinary test: why we do not use one


def test_a_skewed_metric_keeps_the_declared_share_too() -> None:
    chance = np.random.default_rng(21)
    ours, _ = declared(looks_at_revenue(chance, 1.0), looks_at_revenue(chance, 1.0))

    assert ours.sum() <= at_most(ALPHA)


def test_planted_effects_are_found_and_on_the_right_side() -> None:
    chance = np.random.default_rng(22)
    control, arm = looks_at_shares(chance, 0.60), looks_at_shares(chance, 0.64)
    ours, _ = declared(control, arm)

    assert ours.sum() >= 0.95 * EXPERIMENTS
    assert ((arm[0] - control[0])[ours][:, -1] > 0).all()


def test_every_interval_of_an_experiment_holds_the_truth_at_once() -> None:
    chance = np.random.default_rng(23)
    control, arm = looks_at_shares(chance, 0.60), looks_at_shares(chance, 0.63)
    n = PER_LOOK * np.arange(1, LOOKS + 1)
    width = half_width(2 * n, (control[1] + arm[1]) / n)
    missed = (np.abs(arm[0] - control[0] - 0.03) > width).any(axis=1)

    assert missed.sum() <= at_most(ALPHA)


def test_what_is_simulated_is_what_the_results_page_computes() -> None:
    chance = np.random.default_rng(24)
    control, arm = looks_at_shares(chance, 0.6), looks_at_shares(chance, 0.62)
    n = PER_LOOK * LOOKS
    for each in range(25):
        one, other = control[0][each, -1], arm[0][each, -1]
        found = compare(Proportion(n, one * n), Proportion(n, other * n))
        width = half_width(2 * n, (control[1] + arm[1])[each, -1] / n)
        assert (found.estimate, found.high - found.estimate) == (pytest.approx(other - one), pytest.approx(width))


def test_a_wrong_split_is_detected_and_a_right_one_is_not() -> None:
    chance = np.random.default_rng(25)
    right = chance.binomial(20_000, 0.5, EXPERIMENTS)
    wrong = chance.binomial(20_000, 0.48, EXPERIMENTS)

    alarms = [sum(srm_p([a, 20_000 - a], [0.5, 0.5]) < SRM_ALPHA for a in counts) for counts in (right, wrong)]
    assert alarms[0] <= at_most(SRM_ALPHA)
    assert alarms[1] >= 0.98 * EXPERIMENTS
