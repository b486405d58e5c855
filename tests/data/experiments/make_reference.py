"""Writes gbstats_reference.json. GrowthBook's gbstats is no dependency of ours; it only made these numbers:

python -m venv /tmp/gbstats && /tmp/gbstats/bin/pip install gbstats==0.8.0
/tmp/gbstats/bin/python tests/data/experiments/make_reference.py
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import gbstats  # type: ignore[import-not-found]  # noqa: F401 - says at once what is missing
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest  # type: ignore[import-not-found]
from gbstats.models.statistics import (  # type: ignore[import-not-found]
    ProportionStatistic,
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
    compute_theta,
)
from gbstats.utils import check_srm  # type: ignore[import-not-found]

SPLITS = (
    ([1000, 1200], [0.5, 0.5]),
    ([500, 500], [0.5, 0.5]),
    ([1000, 980, 1040], [0.34, 0.33, 0.33]),
    ([310, 98, 102], [0.6, 0.2, 0.2]),
    ([90_000, 10_400], [0.9, 0.1]),
)


def sample(values: list[float]) -> Any:
    return SampleMeanStatistic(n=len(values), sum=sum(values), sum_squares=sum(v * v for v in values))


def told(statistic: Any) -> dict[str, float]:
    return {"mean": float(statistic.mean), "variance": float(statistic.variance)}


def compared(a: Any, b: Any, alpha: float, tuning: float) -> dict[str, Any]:
    config = SequentialConfig(difference_type="absolute", alpha=alpha, sequential_tuning_parameter=tuning)
    result = SequentialTwoSidedTTest(a, b, config).compute_result()
    return {
        "alpha": alpha, "tuning": tuning, "control": told(a), "arm": told(b),
        "estimate": float(result.expected), "low": float(result.ci[0]), "high": float(result.ci[1]),
        "p": float(result.p_value),
    }  # fmt: skip


def main() -> None:
    chance = random.Random(7)
    settings = [(0.05, 5000.0), (0.05, 1000.0), (0.01, 20000.0), (0.025, 5000.0)]
    proportions, means, ratios, adjusted = [], [], [], []
    for alpha, tuning in settings:
        for n_a, paid_a, n_b, paid_b in ((1000, 600, 1010, 655), (120, 60, 118, 64), (50000, 1000, 49800, 1201)):
            a, b = ProportionStatistic(n=n_a, sum=paid_a), ProportionStatistic(n=n_b, sum=paid_b)
            case = {"sums": [[n_a, paid_a], [n_b, paid_b]]}
            proportions.append(case | compared(a, b, alpha, tuning))
        values = [[round(chance.gauss(100 + 3 * arm, 25), 2) for _ in range(400)] for arm in (0, 1)]
        case = {"sums": [[len(v), sum(v), sum(x * x for x in v)] for v in values]}
        means.append(case | compared(sample(values[0]), sample(values[1]), alpha, tuning))
        statistics, sums = [], []
        for arm in (0, 1):
            d = [float(chance.randint(1, 4)) for _ in range(300)]
            m = [float(sum(chance.random() < 0.1 + 0.05 * arm for _ in range(int(x)))) for x in d]
            products = sum(x * y for x, y in zip(m, d, strict=True))
            statistics.append(RatioStatistic(300, sample(m), sample(d), products))
            sums.append([300, sum(m), sum(x * x for x in m), sum(d), sum(x * x for x in d), products])
        ratios.append({"sums": sums} | compared(*statistics, alpha, tuning))
        statistics, sums = [], []
        for arm in (0, 1):
            pre = [chance.gauss(10, 3) for _ in range(250)]
            post = [0.8 * x + chance.gauss(2 + 0.4 * arm, 1) for x in pre]
            products = sum(x * y for x, y in zip(post, pre, strict=True))
            statistics.append(RegressionAdjustedStatistic(250, sample(post), sample(pre), products, 0.0))
            sums.append([250, sum(post), sum(x * x for x in post), sum(pre), sum(x * x for x in pre), products])
        theta = float(compute_theta(*statistics))
        for each in statistics:
            each.theta = theta
        adjusted.append({"sums": sums, "theta": theta} | compared(*statistics, alpha, tuning))
    srm = [{"counts": counts, "weights": weights, "p": float(check_srm(counts, weights))} for counts, weights in SPLITS]
    found = {"source": "gbstats 0.8.0; see make_reference.py", "proportions": proportions, "means": means}
    found |= {"ratios": ratios, "adjusted": adjusted, "srm": srm}
    Path(__file__).with_name("gbstats_reference.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
