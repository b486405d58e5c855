"""Experiments of the published scenarios: what they have shown, and starting, widening and stopping them."""

from __future__ import annotations

import math
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app.experiments import steer
from checkstand.app.experiments.measure import Which
from checkstand.app.experiments.results import Results, experiment_results, list_experiments
from checkstand.experiment.stats.words import difference_words, metric_name, p_words, sentences, value_words
from checkstand.kernel import CheckstandError, Kind
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, headers, see_other
from checkstand_admin.experiments.chart import interval
from checkstand_admin.experiments.export import as_csv
from checkstand_admin.problems import STATUS

LIST = "/u/{unit:str}/{mode:str}/experiments"
ONE = f"{LIST}/{{scenario_id:str}}/{{experiment_id:str}}"


def routes(console: Console) -> list[Any]:
    return [*_reading(console), *_steering(console)]


def _reading(console: Console) -> list[Any]:
    platform = console.platform

    @get(LIST, needs="experiments.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        found = list_experiments(platform, who.unit, who.mode)
        return console.page(request, who, "experiments/index.html", experiments=found)

    @get(ONE, needs="experiments.read", sync_to_thread=True)
    def one(request: AnyRequest, scenario_id: FromPath[str], experiment_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        return result_page(console, request, who, _which(who, scenario_id, experiment_id))

    @get(f"{ONE}/results.csv", needs="experiments.read", sync_to_thread=True)
    def export(request: AnyRequest, scenario_id: FromPath[str], experiment_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        results = experiment_results(platform, _which(who, scenario_id, experiment_id))
        name = f"experiment-{results.running.plan.scenario_id}-{results.running.experiment.id}-{who.mode}.csv"
        more = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(as_csv(results), headers={**headers(), **more}, media_type="text/csv; charset=utf-8")

    return [index, one, export]


def _steering(console: Console) -> list[Any]:
    platform = console.platform

    @post(f"{ONE}/start", needs="experiments.write", sync_to_thread=True)
    def start(
        request: AnyRequest, scenario_id: FromPath[str], experiment_id: FromPath[str], body: RawBody
    ) -> Response[bytes]:
        who, form = console.submit(request, body)
        return decided(request, who, _which(who, scenario_id, experiment_id), form, "start")

    @post(f"{ONE}/stop", needs="experiments.write", sync_to_thread=True)
    def stop(
        request: AnyRequest, scenario_id: FromPath[str], experiment_id: FromPath[str], body: RawBody
    ) -> Response[bytes]:
        who, form = console.submit(request, body)
        return decided(request, who, _which(who, scenario_id, experiment_id), form, "stop")

    @post(f"{ONE}/ramp", needs="experiments.write", sync_to_thread=True)
    def ramp(
        request: AnyRequest, scenario_id: FromPath[str], experiment_id: FromPath[str], body: RawBody
    ) -> Response[bytes]:
        who, form = console.submit(request, body)
        return decided(request, who, _which(who, scenario_id, experiment_id), form, "ramp")

    def decided(request: AnyRequest, who: Visitor, which: Which, form: Form, act: str) -> Response[bytes]:
        """Do it, or the page again with what went wrong; nothing that was typed is lost."""
        reason, seen = form["reason"], int(form["seen"]) if form["seen"].isdecimal() else -1
        try:
            if act == "ramp":
                steer.ramp_experiment(platform, who.actor, which, _share(form["coverage"]), reason, seen=seen)
            else:
                change = steer.start_experiment if act == "start" else steer.stop_experiment
                change(platform, who.actor, which, reason, seen=seen)
        except CheckstandError as error:
            if error.kind is Kind.NOT_FOUND:
                raise
            return result_page(
                console, request, who, which, status=STATUS[error.kind], error=error, typed=form, act=act
            )
        return see_other(who.url("experiments", which.scenario_id, which.experiment_id), done=f"experiment_{act}")

    return [start, stop, ramp]


def result_page(
    console: Console, request: AnyRequest, who: Visitor, which: Which,
    *, status: int = 200, error: CheckstandError | None = None, typed: Form | None = None, act: str = "",
) -> Response[bytes]:  # fmt: skip
    """Everything about one experiment."""
    results = experiment_results(console.platform, which)
    locale, currency = console.locale(request, who), results.running.plan.currency
    t = console.texts.speaker(locale)
    problem = None
    if error is not None:
        problem = {"title": t("problem.title"), "remedy": t(f"experiments.problem.{error.code.rpartition('.')[2]}")}
    return console.page(
        request,
        who,
        "experiments/results.html",
        status=status,
        error=problem,
        typed=typed or {},
        act=act,
        found=results.running,
        report=results.report,
        theta=results.theta,
        verdicts=sentences(results.report, locale, currency),
        rows=_rows(results, locale),
        p_words=p_words,
        metric=lambda name: metric_name(name, locale),
        link=who.url("experiments", which.scenario_id, which.experiment_id),
    )


def _rows(results: Results, locale: str) -> list[dict[str, Any]]:
    """Every comparison with its words and its picture, goal first."""
    currency = results.running.plan.currency
    return [
        {
            "each": each,
            "name": metric_name(each.metric, locale),
            "control": value_words(each.metric, each.control, locale, currency),
            "value": value_words(each.metric, each.value, locale, currency),
            "difference": difference_words(each.metric, each.difference.estimate, locale, currency),
            "low": difference_words(each.metric, each.difference.low, locale, currency),
            "high": difference_words(each.metric, each.difference.high, locale, currency),
            "picture": interval(each) if each.difference.known else None,
        }
        for each in results.report.comparisons
    ]


def _which(who: Visitor, scenario_id: str, experiment_id: str) -> Which:
    return Which(who.unit, who.mode, scenario_id, experiment_id)


def _share(text: str) -> float:
    """Per cent as typed; what is no number is refused with the sentence about widening."""
    try:
        return float(text.replace("%", "").strip()) / 100
    except ValueError:
        return math.nan
