"""The whole evaluation of one experiment: every comparison, every warning, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from checkstand.experiment.metrics import METRICS
from checkstand.experiment.stats.estimates import Estimate, plain_mean
from checkstand.experiment.stats.sequential import ALPHA, Difference, compare
from checkstand.experiment.stats.significance import MULTIPLE_SHARE, SRM_ALPHA, holm, srm_p

MIN_UNITS: Final = 100  # per arm; the intervals are asymptotic
DAY_S: Final = 86_400

Role = Literal["goal", "secondary", "guardrail"]
Status = Literal["better", "worse", "not_worse", "unclear", "no_data"]
Code = Literal["no_data", "srm", "multiple", "guardrail", "early", "better", "worse", "unclear"]


@dataclass(frozen=True, slots=True)
class Setup:
    """What was decided before the first exposure."""

    goal: str
    secondary: tuple[str, ...] = ()
    guardrails: tuple[str, ...] = ()
    margin: float = 0.1
    min_duration_s: int = 7 * DAY_S
    alpha: float = ALPHA


@dataclass(frozen=True, slots=True)
class ArmData:
    """What was counted in one arm; the first arm is the control."""

    variation: str
    weight: float
    units: int
    estimates: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric of one arm beside the control."""

    metric: str
    role: Role
    variation: str
    control: float
    value: float
    difference: Difference
    p: float  # of secondary metrics corrected by Holm
    status: Status
    margin: float = 0.0  # of a guardrail: how far on the bad side still counts as not worse


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one arm, or the whole experiment (no arm), comes to. `words.py` says it."""

    code: Code
    variation: str = ""
    days_left: int = 0
    units_left: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a results page shows."""

    setup: Setup
    arms: tuple[ArmData, ...]
    comparisons: tuple[Comparison, ...]
    srm: float
    multiple: int  # units seen in more than one arm; they are in none of the figures
    age_s: float
    verdicts: tuple[Verdict, ...]

    @property
    def units(self) -> int:
        return sum(arm.units for arm in self.arms)

    @property
    def srm_found(self) -> bool:
        return self.srm < SRM_ALPHA

    @property
    def multiple_found(self) -> bool:
        return self.multiple > MULTIPLE_SHARE * (self.units + self.multiple)

    def of(self, variation: str, role: Role) -> tuple[Comparison, ...]:
        return tuple(each for each in self.comparisons if (each.variation, each.role) == (variation, role))

    @property
    def guardrails_hit(self) -> tuple[Comparison, ...]:
        """What has to stop the experiment, whatever its goal does."""
        return tuple(each for each in self.comparisons if each.role == "guardrail" and each.status == "worse")


def report_of(setup: Setup, arms: Sequence[ArmData], *, multiple: int, age_s: float) -> Report:
    """Evaluate. The same function serves the page, the command line and the job that watches guardrails."""
    comparisons = [*_goals(setup, arms), *_secondaries(setup, arms), *_guardrails(setup, arms)]
    srm = srm_p([arm.units for arm in arms], [arm.weight for arm in arms])
    bare = Report(setup, tuple(arms), tuple(comparisons), srm, multiple, age_s, ())
    return Report(setup, bare.arms, bare.comparisons, srm, multiple, age_s, tuple(_verdicts(bare)))


def _goals(setup: Setup, arms: Sequence[ArmData]) -> list[Comparison]:
    """Several arms share α (Bonferroni), so that the interval that is drawn is the one that decides."""
    alpha = setup.alpha / max(1, len(arms) - 1)
    found = [_compared(setup.goal, "goal", arms[0], arm, alpha) for arm in arms[1:]]
    return [_with_status(each, significant=each.p < alpha) for each in found]


def _secondaries(setup: Setup, arms: Sequence[ArmData]) -> list[Comparison]:
    found = [
        _compared(metric, "secondary", arms[0], arm, setup.alpha) for metric in setup.secondary for arm in arms[1:]
    ]
    corrected = holm([each.p for each in found])
    return [_with_status(each, significant=p < setup.alpha, p=p) for each, p in zip(found, corrected, strict=True)]


def _guardrails(setup: Setup, arms: Sequence[ArmData]) -> list[Comparison]:
    """Not corrected for their number: a guardrail that is worse once too often costs less than one that is not seen."""
    return [_guarded(setup, metric, arms[0], arm) for metric in setup.guardrails for arm in arms[1:]]


def _guarded(setup: Setup, metric: str, control: ArmData, arm: ArmData) -> Comparison:
    each = _compared(metric, "guardrail", control, arm, setup.alpha)
    margin = setup.margin * abs(each.control)
    sign, difference = METRICS[metric].better, each.difference
    best, worst = sorted((sign * difference.low, sign * difference.high), reverse=True)
    status: Status = "unclear"
    if not difference.known:
        status = "no_data"
    elif best < 0:
        status = "worse"  # the whole interval is on the bad side
    elif worst > -margin:
        status = "not_worse"
    return _changed(each, status, each.p, margin)


def _compared(metric: str, role: Role, control: ArmData, arm: ArmData, alpha: float) -> Comparison:
    one, other = control.estimates[metric], arm.estimates[metric]
    difference = compare(one, other, alpha=alpha)
    if min(one.n, other.n) < MIN_UNITS:
        difference = Difference(difference.estimate, float("-inf"), float("inf"), 1.0)
    values = (plain_mean(one), plain_mean(other))
    return Comparison(metric, role, arm.variation, *values, difference, difference.p, "no_data")


def _with_status(each: Comparison, *, significant: bool, p: float | None = None) -> Comparison:
    if not each.difference.known:
        return each
    good = METRICS[each.metric].better * each.difference.estimate > 0
    status: Status = ("better" if good else "worse") if significant else "unclear"
    return _changed(each, status, each.p if p is None else p, 0.0)


def _changed(each: Comparison, status: Status, p: float, margin: float) -> Comparison:
    return Comparison(
        each.metric, each.role, each.variation, each.control, each.value, each.difference, p, status, margin
    )


def _verdicts(report: Report) -> list[Verdict]:
    """What is wrong with the experiment comes before what it says."""
    if not report.units:
        return [Verdict("no_data")]
    if report.srm_found:
        return [Verdict("srm")]
    if report.multiple_found:
        return [Verdict("multiple")]
    days = -(-max(0.0, report.setup.min_duration_s - report.age_s) // DAY_S)
    filled = [arm for arm in report.arms if arm.weight > 0]  # an arm without weight is never waited for
    units = max(0, MIN_UNITS - min(arm.units for arm in filled))
    return [_verdict(report, arm.variation, int(days), units) for arm in filled if arm is not report.arms[0]]


def _verdict(report: Report, variation: str, days: int, units: int) -> Verdict:
    if any(each.status == "worse" for each in report.of(variation, "guardrail")):
        return Verdict("guardrail", variation, days, units)
    if days or units:
        return Verdict("early", variation, days, units)
    (goal,) = report.of(variation, "goal")
    if goal.status == "better":
        return Verdict("better", variation)
    return Verdict("worse", variation) if goal.status == "worse" else Verdict("unclear", variation)
