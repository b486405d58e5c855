"""What an experiment has shown so far, and every experiment of a business unit with the state it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checkstand.app.experiments.measure import MULTIPLE, Sums, Which, measure, measure_render
from checkstand.app.platform import Platform
from checkstand.experiment import first_exposure
from checkstand.experiment.layers import layers_of
from checkstand.experiment.state import ExperimentState, states_of
from checkstand.experiment.stats import (
    Adjusted,
    ArmData,
    Estimate,
    Proportion,
    Quantile,
    Ratio,
    Report,
    Sample,
    Setup,
    report_of,
    theta_of,
)
from checkstand.kernel import CheckstandError, Kind
from checkstand.scenario.plan import ExperimentPlan, Plan

P95: Final = "p95_render_ms"
_RATIOS: Final[Mapping[str, tuple[str, str]]] = {
    "paid_per_selected": ("paid", "started"),
    "time_to_paid": ("seconds", "paid"),
    "unknown_rate": ("unknown", "payments"),
    "fail_rate": ("failed", "payments"),
    "refund_rate": ("refunded", "succeeded"),
    "leave_rate": ("left", "sessions"),
}
_ADJUSTABLE: Final = {"paid_per_exposed": "bought", "revenue_per_exposed": "revenue"}  # CUPED knows these


class ExperimentUnknown(CheckstandError):
    code = "experiment.unknown"
    kind = Kind.NOT_FOUND
    message = "No published scenario has this experiment."
    remedy = "List the experiments; one that is not published any more is not among them."


@dataclass(frozen=True, slots=True)
class Running:
    """One published experiment and what was decided about it."""

    plan: Plan
    experiment: ExperimentPlan
    state: ExperimentState
    first_at: datetime | None  # when somebody saw it first

    @property
    def coverage(self) -> float:
        return self.state.covers(self.experiment.coverage)


@dataclass(frozen=True, slots=True)
class Results:
    """What is told about one experiment."""

    running: Running
    report: Report
    theta: float  # what CUPED took off per payment before the experiment; 0: nothing was known before


def list_experiments(platform: Platform, tenant_id: str, mode: str) -> list[Running]:
    """Every published experiment, by scenario."""
    with platform.db.read() as connection:
        layers = layers_of(connection, tenant_id, mode)
    scenarios = sorted({scenario for layer in layers.values() for scenario in layer.claims})
    plans = [platform.plans.published(tenant_id, scenario, mode) for scenario in scenarios]
    return [each for plan in plans if plan is not None for each in _of_plan(platform, tenant_id, mode, plan)]


def find_experiment(platform: Platform, which: Which) -> Running:
    """One of them. Raises `ExperimentUnknown`."""
    plan = platform.plans.published(which.tenant_id, which.scenario_id, which.mode)
    listed = _of_plan(platform, which.tenant_id, which.mode, plan) if plan is not None else []
    for each in listed:
        if each.experiment.id == which.experiment_id:
            return each
    raise ExperimentUnknown()


def experiment_results(platform: Platform, which: Which) -> Results:
    """Read and evaluate. Raises `ExperimentUnknown`."""
    running = find_experiment(platform, which)
    return evaluate(platform, which, running)


def evaluate(platform: Platform, which: Which, running: Running) -> Results:
    """The figures of an experiment that was found already."""
    experiment, now = running.experiment, platform.clock.now()
    first_at = running.first_at or now
    wanted = {experiment.goal_metric, *experiment.secondary_metrics, *experiment.guardrail_metrics}
    look_back = experiment.unit == "shopper" and bool(wanted & set(_ADJUSTABLE))
    with platform.db.read() as connection:
        sums = measure(connection, which, first_at=first_at, look_back=look_back)
        render = measure_render(connection, which) if P95 in wanted else {}
    arms = [sums.get(variation.id, _NOTHING) for variation in experiment.variations]
    column = _ADJUSTABLE.get(experiment.goal_metric, "")
    theta = theta_of([_covaried(arm, column) for arm in arms]) if look_back and column else 0.0
    data = []
    for variation, arm in zip(experiment.variations, arms, strict=True):
        took = render.get(variation.id, {})
        estimates = {name: _estimate(name, arm, took, _theta(name, experiment, theta)) for name in wanted}
        data.append(ArmData(variation.id, variation.weight, arm.units, estimates))
    multiple = sums[MULTIPLE].units if MULTIPLE in sums else 0
    report = report_of(_setup(experiment), data, multiple=multiple, age_s=(now - first_at).total_seconds())
    return Results(running, report, theta)


def _of_plan(platform: Platform, tenant_id: str, mode: str, plan: Plan) -> list[Running]:
    with platform.db.read() as connection:
        states = states_of(connection, tenant_id, mode, plan.scenario_id)
        return [
            Running(
                plan,
                each,
                states.get(each.id, ExperimentState()),
                first_exposure(
                    connection, tenant_id=tenant_id, mode=mode, scenario_id=plan.scenario_id, experiment_id=each.id
                ),
            )
            for each in plan.experiments
        ]


def _setup(experiment: ExperimentPlan) -> Setup:
    return Setup(
        goal=experiment.goal_metric,
        secondary=experiment.secondary_metrics,
        guardrails=experiment.guardrail_metrics,
        margin=experiment.guardrail_margin,
        min_duration_s=experiment.min_duration_s,
    )


def _theta(name: str, experiment: ExperimentPlan, theta: float) -> float:
    """Only the goal is adjusted: a guardrail is to be seen as it is."""
    return theta if name == experiment.goal_metric else 0.0


def _estimate(name: str, arm: Sums, render: Mapping[float, int], theta: float) -> Estimate:
    if name == P95:
        return Quantile.of(render, 0.95)
    if name in _RATIOS:
        top, bottom = _RATIOS[name]
        return Ratio(_sample(arm, top), _sample(arm, bottom), arm.products.get((top, bottom), 0.0))
    if theta:
        after, before, products = _covaried(arm, _ADJUSTABLE[name])
        return Adjusted(after, before, products, theta)
    if name == "revenue_per_exposed":
        return _sample(arm, "revenue")
    return Proportion(arm.units, arm.total.get("bought", 0.0))


def _covaried(arm: Sums, column: str) -> tuple[Sample, Sample, float]:
    return _sample(arm, column), _sample(arm, "before"), arm.products.get((column, "before"), 0.0)


def _sample(arm: Sums, column: str) -> Sample:
    return Sample(arm.units, arm.total.get(column, 0.0), arm.squares.get(column, 0.0))


_NOTHING: Final = Sums(0, {}, {}, {})
