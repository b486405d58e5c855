"""Our figures are those of gbstats and SciPy to the ninth decimal, and those of a pencil where one suffices."""

from __future__ import annotations

import json
from math import exp, inf, log, sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from checkstand.experiment.stats import (
    Adjusted,
    Estimate,
    Proportion,
    Quantile,
    Ratio,
    Sample,
    compare,
    holm,
    srm_p,
    theta_of,
)

REFERENCE: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[4] / "data" / "experiments" / "gbstats_reference.json").read_text(encoding="utf-8")
)
CLOSE: Final = 1e-9


def near(value: float) -> Any:
    return pytest.approx(value, abs=CLOSE, rel=CLOSE)


def agree(case: dict[str, Any], control: Estimate, arm: Estimate) -> None:
    for ours, theirs in ((control, case["control"]), (arm, case["arm"])):
        assert (ours.mean, ours.variance) == (near(theirs["mean"]), near(theirs["variance"]))
    found = compare(control, arm, alpha=case["alpha"], tuning=case["tuning"])
    assert (found.estimate, found.low, found.high) == (near(case["estimate"]), near(case["low"]), near(case["high"]))
    assert found.p == near(case["p"])


@pytest.mark.parametrize("case", REFERENCE["proportions"])
def test_proportions_are_gbstats(case: dict[str, Any]) -> None:
    agree(case, *(Proportion(n, total) for n, total in case["sums"]))


@pytest.mark.parametrize("case", REFERENCE["means"])
def test_means_are_gbstats(case: dict[str, Any]) -> None:
    agree(case, *(Sample(*sums) for sums in case["sums"]))


@pytest.mark.parametrize("case", REFERENCE["ratios"])
def test_ratios_are_gbstats(case: dict[str, Any]) -> None:
    agree(case, *(Ratio(Sample(n, m, mm), Sample(n, d, dd), md) for n, m, mm, d, dd, md in case["sums"]))


@pytest.mark.parametrize("case", REFERENCE["adjusted"])
def test_cuped_is_gbstats(case: dict[str, Any]) -> None:
    arms = [(Sample(n, y, yy), Sample(n, x, xx), xy) for n, y, yy, x, xx, xy in case["sums"]]
    theta = theta_of(arms)

    assert theta == near(case["theta"])
    agree(case, *(Adjusted(after, before, products, theta) for after, before, products in arms))


@pytest.mark.parametrize("case", REFERENCE["srm"])
def test_srm_is_gbstats_and_scipys_chi_square(case: dict[str, Any]) -> None:
    counts, weights = case["counts"], case["weights"]
    expected = [weight * sum(counts) / sum(weights) for weight in weights]

    assert srm_p(counts, weights) == near(case["p"])
    assert srm_p(counts, weights) == near(stats.chisquare(counts, expected).pvalue)


def test_a_split_of_few_units_is_no_mismatch() -> None:
    assert srm_p([8, 0], [0.5, 0.5]) == 1.0
    assert srm_p([0, 0], [0.5, 0.5]) == 1.0


numbers = st.lists(st.floats(-1000, 1000), min_size=3, max_size=30)


@given(values=numbers)
def test_the_moments_of_a_sample_are_numpys(values: list[float]) -> None:
    sample = Sample(len(values), sum(values), sum(value * value for value in values))

    assert sample.mean == pytest.approx(np.mean(values), abs=1e-6)
    assert sample.variance == pytest.approx(np.var(values, ddof=1), abs=1e-6)


def test_the_interval_by_hand() -> None:
    """40 of 100 and 50 of 100: V = 0.24/100 + 0.25/100, N = 200, and ρ² as the module says."""
    found = compare(Proportion(100, 40), Proportion(100, 50))
    rho_squared = (-2 * log(0.05) + log(1 - 2 * log(0.05))) / 5000
    spread = 200 * rho_squared + 1
    width = sqrt(0.0049 * 200) * sqrt(2 * spread * log(sqrt(spread) / 0.05) / (200**2 * rho_squared))

    assert (found.low, found.high) == (near(0.1 - width), near(0.1 + width))
    assert found.p == near(sqrt(spread) / exp(rho_squared * 0.01 * 200 / 0.0049 / (2 * spread)))


@given(n=st.integers(200, 50_000), share=st.floats(0.05, 0.9), effect=st.floats(-0.05, 0.09))
def test_the_p_value_and_the_interval_say_the_same(n: int, share: float, effect: float) -> None:
    found = compare(Proportion(n, share * n), Proportion(n, min(share + effect, 0.99) * n))

    if abs(found.p - 0.05) > 1e-6:
        assert (found.p < 0.05) == (not found.low <= 0 <= found.high)


def test_an_arm_without_variation_says_nothing() -> None:
    assert (compare(Proportion(100, 0), Proportion(100, 0)).low, compare(Sample(1, 5, 25), Sample(9, 1, 1)).high) == (
        -inf,
        inf,
    )


@given(p_values=st.lists(st.floats(0, 1), max_size=8))
def test_holm_rejects_what_stepping_down_by_hand_rejects(p_values: list[float]) -> None:
    rejected, left = set[int](), len(p_values)
    for index in sorted(range(left), key=lambda i: p_values[i]):
        if p_values[index] * left >= 0.05:
            break
        rejected.add(index)
        left -= 1

    assert {index for index, p in enumerate(holm(p_values)) if p < 0.05} == rejected


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == [near(0.03), near(0.06), near(0.06)]


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_a_quantile_and_its_error_are_those_of_the_normal_distribution(level: float) -> None:
    values = np.random.default_rng(5).normal(100, 10, 40_000).round(1)
    counts = dict(zip(*(each.tolist() for each in np.unique(values, return_counts=True)), strict=True))
    found = Quantile.of(counts, level, step=0.1)
    density = stats.norm.pdf(stats.norm.ppf(level)) / 10

    assert found.mean == pytest.approx(stats.norm.ppf(level, 100, 10), abs=0.4)
    assert found.mean == pytest.approx(np.quantile(values, level), abs=0.11)
    assert sqrt(found.variance / found.n) == pytest.approx(sqrt(level * (1 - level) / 40_000) / density, rel=0.25)


def test_equal_milliseconds_are_not_certain_to_be_equal() -> None:
    found = Quantile.of({12.0: 1000}, 0.95)

    assert found.mean == near(12.45)
    assert sqrt(found.variance / found.n) == near(sqrt(0.95 * 0.05 / 1000))


def test_nothing_measured_has_no_quantile() -> None:
    assert Quantile.of({}, 0.95) == Quantile(0, 0.0, 0.0)


def test_cuped_makes_the_interval_narrower_by_what_the_past_explains() -> None:
    chance = np.random.default_rng(11)
    before = chance.normal(10, 3, (2, 2000))
    after = before + chance.normal(0, 1, (2, 2000))
    samples = [
        (Sample(2000, y.sum(), (y * y).sum()), Sample(2000, x.sum(), (x * x).sum()), float((x * y).sum()))
        for x, y in zip(before, after, strict=True)
    ]
    theta = theta_of(samples)
    plain = compare(samples[0][0], samples[1][0])
    adjusted = compare(*(Adjusted(*arm, theta) for arm in samples))
    explained = np.corrcoef(before.ravel(), after.ravel())[0, 1] ** 2

    assert (adjusted.high - adjusted.low) / (plain.high - plain.low) == pytest.approx(sqrt(1 - explained), rel=0.03)
