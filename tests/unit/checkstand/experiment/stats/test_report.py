"""What follows from the figures, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from checkstand.experiment.metrics import METRICS
from checkstand.experiment.stats import ArmData, Proportion, Report, Setup, report_of
from checkstand.experiment.stats.report import DAY_S
from checkstand.experiment.stats.words import difference_words, sentences, value_words
from checkstand.scenario.schema import SCHEMA

SETUP = Setup("paid_per_exposed", guardrails=("unknown_rate",))


def arm(name: str, units: int, weight: float = 0.5, **shares: float) -> ArmData:
    shares = {"paid_per_exposed": 0.6, "unknown_rate": 0.02, **shares}
    return ArmData(name, weight, units, {key: Proportion(units, round(units * each)) for key, each in shares.items()})


def report(
    *others: ArmData, control: ArmData | None = None, setup: Setup = SETUP, multiple: int = 0, days: float = 8
) -> Report:
    return report_of(setup, [control or arm("control", 5000), *others], multiple=multiple, age_s=days * DAY_S)


def codes(found: Report) -> list[str]:
    return [verdict.code for verdict in found.verdicts]


# fmt: off
VERDICTS = [
    ("better",    report(arm("a", 5000, paid_per_exposed=0.68))),
    ("worse",     report(arm("a", 5000, paid_per_exposed=0.52))),
    ("unclear",   report(arm("a", 5000, paid_per_exposed=0.61))),
    ("guardrail", report(arm("a", 5000, paid_per_exposed=0.68, unknown_rate=0.06))),
    ("guardrail", report(arm("a", 5000, unknown_rate=0.06), days=0.1)),
    ("early",     report(arm("a", 5000, paid_per_exposed=0.68), days=3)),
    ("early",     report(arm("a", 60), control=arm("control", 60))),
    ("no_data",   report(arm("a", 0), control=arm("control", 0))),
    ("srm",       report(arm("a", 4000, paid_per_exposed=0.68))),
    ("multiple",  report(arm("a", 5000, paid_per_exposed=0.68), multiple=200)),
]
# fmt: on


@pytest.mark.parametrize(("code", "found"), VERDICTS)
def test_the_first_reason_decides(code: str, found: Report) -> None:
    assert codes(found) == [code]


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize(("code", "found"), VERDICTS)
def test_every_verdict_has_a_sentence_without_holes(code: str, found: Report, locale: str) -> None:
    (said,) = sentences(found, locale, "CNY")

    assert said
    assert not set("{}") & set(said)
    assert "inf" not in said


def test_a_verdict_names_the_goal_and_its_guardrails() -> None:
    found = report(arm("wx_first", 5000, paid_per_exposed=0.68))

    assert sentences(found, "en", "CNY") == [
        "wx_first is better. Goal, paid per exposed: 68 % instead of 60 %, a difference of +8 points "
        "(between +5.07 points and +10.93 points). Guardrails: unknown outcomes: not clear yet."
    ]
    assert sentences(found, "zh-CN", "CNY") == [
        "wx_first 更好。目标（曝光支付率）：68 %，对照组 60 %，差异 +8 个百分点"
        "（区间 +5.07 个百分点 至 +10.93 个百分点）。护栏：结果未知率尚不明确。"
    ]


# fmt: off
GUARDRAILS = [
    # units,  control, arm,    margin, status
    (5_000,   0.02,    0.06,   0.1,    "worse"),
    (5_000,   0.02,    0.021,  0.1,    "unclear"),     # too few to rule a tenth out
    (200_000, 0.02,    0.0205, 0.5,    "not_worse"),   # a little worse, and surely within the margin
    (200_000, 0.02,    0.0205, 0.05,   "unclear"),
    (200_000, 0.06,    0.02,   0.1,    "not_worse"),   # better is not worse
    (60,      0.02,    0.9,    0.1,    "no_data"),     # nothing is decided about a handful
    (5_000,   0.0,     0.06,   0.1,    "worse"),       # the control has none at all
    (5_000,   0.0,     0.0,    0.1,    "no_data"),
]
# fmt: on


@pytest.mark.parametrize(("units", "control", "value", "margin", "status"), GUARDRAILS)
def test_a_guardrail_is_worse_within_its_margin_or_not_known(
    units: int, control: float, value: float, margin: float, status: str
) -> None:
    found = report(
        arm("a", units, unknown_rate=value),
        control=arm("control", units, unknown_rate=control),
        setup=replace(SETUP, margin=margin),
    )

    assert [each.status for each in found.of("a", "guardrail")] == [status]
    assert bool(found.guardrails_hit) == (status == "worse")


def test_several_arms_share_the_declared_rate() -> None:
    third = {"weight": 1 / 3}
    one = report(arm("a", 5000, paid_per_exposed=0.64))
    two = report(
        arm("a", 5000, **third, paid_per_exposed=0.64),
        arm("b", 5000, **third),
        control=arm("control", 5000, **third),
    )
    wide, narrow = two.of("a", "goal")[0].difference, one.of("a", "goal")[0].difference

    assert wide.high - wide.low > narrow.high - narrow.low
    assert codes(two) == ["unclear" if wide.low <= 0 else "better", "unclear"]


def test_an_arm_without_weight_is_not_waited_for() -> None:
    found = report(arm("a", 5000, paid_per_exposed=0.68), arm("b", 0, weight=0.0))

    assert [(each.code, each.variation) for each in found.verdicts] == [("better", "a")]


def test_secondary_metrics_are_corrected_for_their_number() -> None:
    shares = {"paid_per_selected": 0.6185, "leave_rate": 0.1}
    alone = Setup("paid_per_exposed", secondary=("paid_per_selected",))
    both = Setup("paid_per_exposed", secondary=("paid_per_selected", "leave_rate"))
    control = arm("control", 15_000, paid_per_selected=0.6, leave_rate=0.1)
    found = [
        report(arm("a", 15_000, **shares), control=control, setup=setup).of("a", "secondary")[0]
        for setup in (alone, both)
    ]

    assert found[1].p == pytest.approx(2 * found[0].p)
    assert [each.status for each in found] == ["better", "unclear"]


def test_less_is_better_where_less_is_better() -> None:
    setup = Setup("leave_rate")
    found = report(arm("a", 5000, leave_rate=0.1), control=arm("control", 5000, leave_rate=0.2), setup=setup)

    assert codes(found) == ["better"]


@pytest.mark.parametrize(
    ("metric", "value", "said"),
    [
        ("paid_per_exposed", 0.6321, ("63.21 %", "+63.21 points", "+63.21 个百分点")),
        ("revenue_per_exposed", 12_345.0, ("CN¥123.45", "+CN¥123.45", "+¥123.45")),
        ("time_to_paid", 41.26, ("41.3 s", "+41.3 s", "+41.3 s")),
        ("p95_render_ms", 12.0, ("12 ms", "+12 ms", "+12 ms")),
    ],
)
def test_values_are_said_in_their_unit(metric: str, value: float, said: tuple[str, str, str]) -> None:
    assert value_words(metric, value, "en", "CNY") == said[0]
    assert (difference_words(metric, value, "en", "CNY"), difference_words(metric, value, "zh-CN", "CNY")) == said[1:]
    assert difference_words(metric, -value, "en", "CNY") == "−" + said[1][1:]


def test_every_metric_of_the_schema_can_be_counted() -> None:
    properties: Mapping[str, Any] = SCHEMA["$defs"]["experiment"]["properties"]
    named = {
        *properties["goal_metric"]["enum"],
        *properties["secondary_metrics"]["items"]["enum"],
        *properties["guardrail_metrics"]["items"]["enum"],
    }

    assert named == set(METRICS)
